"""The register of people: matching's answers written down as persons, households, buildings and explained links.

The whole register is matched once; after that, only what is new, gone, or newly decided, and what that touches.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pyarrow as pa
from sqlalchemy import select, text

from outreach.core import audit, bulk, clock, progress
from outreach.core.abreast import beside
from outreach.core.i18n import N_
from outreach.core.settings import settings
from outreach.core.words import ListState, RunKind
from outreach.matching import known
from outreach.matching.engine import Matching
from outreach.matching.increment import MOST_NEWS, News, match_again, match_all, match_news
from outreach.matching.register import decisions
from outreach.matching.register.buildings import write_all_buildings, write_buildings
from outreach.matching.register.households import find_stale_households, number_households, write_households
from outreach.matching.register.learnt import parameters_in_force
from outreach.matching.register.persons import find_stale_persons, number_persons, write_persons
from outreach.matching.register.rows import records
from outreach.matching.register.touched import held, touched
from outreach.matching.session import MatchSettings
from outreach.models import MatchRun, TargetList

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from sqlalchemy.orm import Session

LOCK = 4_100
"""The advisory lock of matching: one run at a time."""
TOTALS = """
SELECT (SELECT count(*) FROM usable_row) AS rows, count(*) AS persons, count(DISTINCT household_id) AS households
FROM person WHERE merged_into IS NULL
"""
COUNTED = """
SELECT list_id, count(*) AS rows, sum(id) AS ids FROM usable_row WHERE list_id = ANY(:lists) GROUP BY list_id
"""


@dataclass(frozen=True)
class MatchResult:
    """What a run found.

    ``rows``, ``persons``, ``households`` and ``links`` (by decision) count the whole register; ``new`` the rows that this run
    saw first, ``settled`` those whose person or household was looked at again. ``parameters``: the version in force.
    """

    kind: str
    rows: int
    new: int
    settled: int
    persons: int
    households: int
    links: dict[str, int]
    merge_at: float
    parameters: str


def match_people(session: Session, *, actor: str, full: bool = False) -> MatchResult:
    """Match what is new in the register (all of it the first time, or when ``full``) and write down who is behind it.

    Running it again changes nothing.
    """
    hold_matching(session)
    run = _Run(session, actor)
    matching = None if full else run.remembered()
    if matching is None:
        matching = run.everything()
    return run.written(matching)


class _Run:
    """One run: what it is matched with, and the row of ``match_run`` that tells of it."""

    def __init__(self, session: Session, actor: str) -> None:
        self.session, self.actor = session, actor
        self.lists = _committed(session)
        self.bound = decisions.bound(session)
        self.parameters = parameters_in_force(session)
        self.stamp = str(uuid4())
        self.kind, self.new = RunKind.FULL, 0
        self.path = register_file(session)
        self.held: pa.Table | None = None
        """Of a match of everybody: what is written down of each row."""

    def remembered(self) -> Matching | None:
        """What is new against the remembered register; None when there is nothing to go by.

        Where too much is new for the model to hold, or another one is in force, everybody is compared again, but not read again.
        """
        last = self.session.scalars(select(MatchRun).order_by(MatchRun.id.desc()).limit(1)).one_or_none()
        if last is None or last.stamp is None:
            return None
        with known.opened(self.path, MatchSettings()) as opened:
            if opened is None or opened[1].stamp != last.stamp:
                return None
            before = known.deliveries(opened[0])
            fresh = _records(self.session, self.lists - before)
            news = News(fresh, frozenset(before - self.lists), self.bound.pending.ravel())
            grown = known.size(opened[0]) + fresh.num_rows > (1 + MOST_NEWS) * opened[1].records
            if (
                grown
                or opened[1].model != self.parameters.version
                or _partners(self.session, self.lists) - _partners(self.session, before)
            ):
                return self._again(opened, news)
            self.kind, self.new = RunKind.INCREMENT, fresh.num_rows
            return match_news(opened, self.stamp, news, constraints=self.bound.constraints)

    def _again(self, opened: tuple[DuckDBPyConnection, known.Memory], news: News) -> Matching | None:
        """Everybody, by what is remembered of the rows in force; None when that is not what they are."""
        stays = {delivery: counted for delivery, counted in known.held(opened[0]).items() if delivery not in news.gone}
        if stays != _counted(self.session, set(stays)):
            return None
        constraints = self.bound.constraints
        with beside(self._look_at_everybody):
            found = match_again(opened, self.path, self.stamp, news, parameters=self.parameters, constraints=constraints)
        self.new = found.stats.records
        return found

    def everything(self) -> Matching:
        """The whole register."""
        everybody = _records(self.session, self.lists)
        self.new = everybody.num_rows
        with beside(self._look_at_everybody):
            return match_all(self.path, self.stamp, everybody, parameters=self.parameters, constraints=self.bound.constraints)

    def _look_at_everybody(self) -> None:
        """What does not hang on who is who, done by the server while rows are compared."""
        write_all_buildings(self.session)
        find_stale_persons(self.session)
        find_stale_households(self.session)
        self.held = held(self.session)

    def written(self, matching: Matching) -> MatchResult:
        """Write the answers down."""
        full = self.kind is RunKind.FULL
        run = MatchRun(
            ran_at=clock.now(), kind=self.kind, parameters=matching.parameters_version, figures=self._figures(matching),
            stamp=self.stamp, fitted=known.fitted_data(matching.fitted) if full else None,
        )  # fmt: skip
        self.session.add(run)
        self.session.flush()
        with progress.step(N_("Inscription au registre"), matching.persons.num_rows):
            written = _matched(self.session, matching, self.held)
            _write_links(self.session, run.id, matching, everything=full)
            if not full:
                write_buildings(self.session)
            number_persons(self.session)
            number_households(self.session)
            write_persons(self.session, run.id, everything=full)
            # Households are looked for among the persons that have just been written.
            bulk.analyse_grown(self.session, dict.fromkeys(("person", "person_merge", "list_row"), written))
            write_households(self.session, everything=full)
            bulk.analyse_grown(self.session, dict.fromkeys(("household", "household_member"), written))
            for table in ("matched", "cluster", "home", *(("stale_person", "stale_household") if full else ())):
                self.session.execute(text(f"DROP TABLE {table}"))
        decisions.applied(self.session, run.id)
        result = self._result(matching)
        audit.record(
            self.session, self.actor, "match.run", f"match_run/{run.id}",
            {"kind": self.kind, "rows": result.rows, "new": self.new, "persons": result.persons},
        )  # fmt: skip
        return result

    def _figures(self, matching: Matching) -> dict[str, Any]:
        return {
            "records": matching.stats.records,
            "new": self.new,
            "settled": matching.persons.num_rows,
            "pairs_compared": matching.stats.pairs_compared,
            "patterns": matching.stats.patterns,
            "merge_at": float(matching.merge_at),
            "seconds": {phase: round(seconds, 3) for phase, seconds in matching.stats.seconds.items()},
        }

    def _result(self, matching: Matching) -> MatchResult:
        totals = self.session.execute(text(TOTALS)).one()
        links = self.session.execute(text("SELECT decision, count(*) FROM match_link GROUP BY 1 ORDER BY 1")).all()
        return MatchResult(
            kind=self.kind, rows=totals.rows, new=self.new, settled=matching.persons.num_rows, persons=totals.persons,
            households=totals.households, links={decision: int(count) for decision, count in links},
            merge_at=float(matching.merge_at), parameters=matching.parameters_version,
        )  # fmt: skip


def register_records(session: Session) -> pa.Table:
    """Every row of the register as matching sees it."""
    return _records(session, _committed(session))


def _committed(session: Session) -> set[int]:
    return set(session.scalars(select(TargetList.id).where(TargetList.state == ListState.COMMITTED)))


def _partners(session: Session, lists: set[int]) -> set[int]:
    """Who sent these lists: a partner that the model has not seen is a reason to fit it anew."""
    return set(session.scalars(select(TargetList.partner_id).where(TargetList.id.in_(lists)).distinct()))


def _counted(session: Session, lists: set[int]) -> dict[int, tuple[int, int]]:
    """By list, how many of its rows are in force, and the sum of their ids."""
    return {row.list_id: (row.rows, int(row.ids)) for row in session.execute(text(COUNTED), {"lists": sorted(lists)})}


def _records(session: Session, lists: set[int]) -> pa.Table:
    return records(session, "r.list_id = ANY(%(lists)s)", {"lists": sorted(lists)})


def register_file(session: Session) -> Path:
    """Where the register of this database is remembered in compared form."""
    return settings().home / "matching" / f"{session.scalar(text('SELECT current_database()'))}.duckdb"


def hold_matching(session: Session) -> None:
    """Wait for a match under way, and hold the next one back until the transaction ends."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def forget_remembered(session: Session) -> None:
    """Drop what is remembered of the register beside the database, names included; the next match reads it all anew.

    Holds matching.
    """
    hold_matching(session)
    for file in known.files(register_file(session)):
        file.unlink(missing_ok=True)


def _matched(session: Session, matching: Matching, known: pa.Table | None) -> int:
    """Table ``matched``: all rows that news touch, or, of everybody's (``known``), those that must be written down; how many."""
    session.execute(text("CREATE TEMP TABLE matched (record_id bigint, person_key bigint, household_key bigint) ON COMMIT DROP"))
    table = matching.persons.append_column("household_key", matching.households.column("household_key"))
    if known is not None:
        table = touched(table, known)
    with bulk.Loading(session, "matched", ("record_id", "person_key", "household_key")) as loading:
        loading.write(table)
    session.execute(text("ANALYZE matched"))
    return int(table.num_rows)


def _write_links(session: Session, run_id: int, matching: Matching, *, everything: bool) -> None:
    """The new links of the rows in ``matched`` take the place of the old ones; no link leads out of them."""
    session.execute(text("DELETE FROM match_link" + ("" if everything else " l USING matched m WHERE l.left_row = m.record_id")))
    columns = ("run_id", "left_row", "right_row", "p_same", "p_household", "decision", "pattern")
    links = matching.links.rename_columns(["left_row", "right_row", "p_same", "p_household", "decision", "pattern"])
    links = links.set_column(4, "decision", links.column("decision").cast(pa.string()))
    links = links.append_column("run_id", pa.repeat(pa.scalar(run_id, pa.int64()), links.num_rows))
    with bulk.Loading(session, "match_link", columns) as loading:
        for batch in links.to_batches(max_chunksize=bulk.CHUNK):
            loading.write(pa.Table.from_batches([batch]))
    bulk.analyse_grown(session, {"match_link": links.num_rows})
