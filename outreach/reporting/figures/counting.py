"""Counts cases and months of one transaction: what changed is counted again, what it counted before is taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.core.joins import are_few
from outreach.core.words import Channel
from outreach.definitions.registry import in_force
from outreach.policy.dispositions import UNSEEN
from outreach.reporting.figures.lines import HELD, TURNING, bound, lines
from outreach.reporting.figures.months import COUNTED_BY_MONTH, FORGET_MONTHS, KEEP_MONTHS, TOUCH, TOUCH_ALL
from outreach.reporting.figures.sums import ADD_CELLS, ADD_COURSE, CELLS, COURSE, EMPTY, NEW_WAYS, WITH_WAY

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from outreach.definitions.campaign import Campaign as CampaignDefinition

MANY = 20_000
"""Cases from which on whole tables may be read rather than indexes asked."""
SETTINGS = (
    "timezone = 'Europe/Paris'",
    "work_mem = '384MB'",
    "hash_mem_multiplier = 2",
    "lock_timeout = '60s'",
    "enable_mergejoin = off",
)
"""Of the server while it counts: days and months are those of Paris, and a year's groups fit into its memory. Who writes about a
case without ever ending is not waited for; what is due stays so. For cases here and there, a merge would read all that lie
between."""
ALONE = "max_parallel_workers_per_gather = 0"
"""Who counts beside others has a processor: helpers of each would take it from the rest."""
INDEXED = ("enable_indexscan", "enable_bitmapscan", "enable_nestloop")
"""Off for many: tables are read as they lie and hashed; by an index each page would be read again and again, and in a loop without one
each table."""
# Cases are opened many at a time, by one statement: their numbers tell that they are new.
NEWEST = "SELECT coalesce(max(case_id), 0) FROM case_figure"
TAKE = """
CREATE TEMP TABLE due ON COMMIT DROP AS
WITH taken AS (DELETE FROM figure_due WHERE case_id BETWEEN :low AND :high RETURNING case_id, since)
SELECT case_id, min(since) AS since FROM (
  SELECT * FROM taken UNION ALL SELECT id, '-infinity' FROM "case" WHERE id BETWEEN :low AND :high AND id > :newest) d
GROUP BY 1
"""
CASES = 'SELECT count(*) FROM "case" WHERE id BETWEEN :low AND :high'
CAMPAIGNS = 'SELECT DISTINCT c.campaign_id FROM due d JOIN "case" c ON c.id = d.case_id'
# Month by month: one letter that came back after half a year shall not have all campaigns counted for half a year.
TOUCHED = "SELECT array_agg(campaign_id ORDER BY campaign_id) AS campaigns, ARRAY[month] AS months FROM figure_month GROUP BY month ORDER BY month"
LAUNCHED = "SELECT id FROM campaign WHERE version_id IS NOT NULL"
KNOWN = ("site_id", "segment", "wave", "building_id", "commune", "area", "language", "reading", "age", "size")
"""The columns that say who a case is about."""
COLUMNS = (
    f"case_id, campaign_id, run_id, {', '.join(KNOWN)}, contactable, opened_at, solicited_at, reached_at, accepted_at, mediated_at,"
    " kind, objected_at, ended_at, ended_as"
)
BEFORE_AND_NOW = f"""
SELECT {COLUMNS}, -1 AS sign FROM due JOIN case_figure USING (case_id) UNION ALL SELECT {COLUMNS}, 1 FROM ({{lines}}) n
"""
FORGET = "DELETE FROM case_figure f USING due d WHERE f.case_id = d.case_id"
KEEP = f"INSERT INTO case_figure ({COLUMNS}) SELECT {COLUMNS} FROM line WHERE sign > 0 ORDER BY case_id"


@dataclass(frozen=True)
class Range:
    """Cases by their numbers, both ends included, of which those are due that are marked or newer than ``newest``."""

    low: int
    high: int
    newest: int


def prepare(session: Session, *, beside: bool = False) -> None:
    """Set the server up for counting, until the transaction ends. ``beside``: others count at the same time."""
    for setting in (*SETTINGS, ALONE) if beside else SETTINGS:
        session.execute(text(f"SET LOCAL {setting}"))


def count_cases(session: Session, chosen: Range, turn: Callable[[], None] | None = None) -> int:
    """Count the cases of a range again that are due; returns how many.

    ``turn``: waits until it may add to sums that others add to.
    """
    session.execute(text(TAKE), {"low": chosen.low, "high": chosen.high, "newest": chosen.newest})
    session.execute(text("ANALYZE due"))
    count = int(session.execute(text("SELECT count(*) FROM due")).scalar_one())
    many = are_many(session, count)
    campaigns = list(session.execute(text(LAUNCHED if many else CAMPAIGNS)).scalars())
    each = many and count == session.execute(text(CASES), {"low": chosen.low, "high": chosen.high}).scalar_one()
    values = bound() | channels_used(definitions(session, campaigns)) | {"low": chosen.low, "high": chosen.high}
    _gather(session, "held", HELD, values)
    by_index(session, wanted=not many)
    _gather(session, "line", WITH_WAY.format(lines=BEFORE_AND_NOW.format(lines=lines(each=each, many=many))), values)
    session.execute(text(FORGET))
    session.execute(text(KEEP))
    _gather(session, "cell_sum", CELLS, {})
    _gather(session, "course_sum", COURSE, {})
    if turn is not None:
        turn()
    by_index(session, wanted=True)
    for statement in (NEW_WAYS, ADD_CELLS, ADD_COURSE):
        session.execute(text(statement))
    if chosen.newest:
        session.execute(text(TOUCH), {"turning": TURNING})
    else:
        session.execute(text(TOUCH_ALL))
    for statement in EMPTY:
        session.execute(text(statement), {"campaigns": campaigns})
    session.execute(text("DROP TABLE due, held, line, cell_sum, course_sum"))
    return count


def count_months(session: Session, tables: Iterable[str] = tuple(COUNTED_BY_MONTH), *, many: bool = False) -> None:
    """Count the months anew in which something was done or said, for some tables. ``many``: most of all there are."""
    by_index(session, wanted=not many)
    touched = session.execute(text(TOUCHED)).all()
    for campaigns, months in [_together(touched)] if many and touched else touched:
        found = definitions(session, campaigns)
        values = {
            "campaigns": campaigns, "since": clock.at(months[0], "00:00"), "until": clock.at(clock.next_month(months[-1]), "00:00"),
            "unseen": UNSEEN, "months": months, "starts": [clock.at(month, "00:00") for month in months],
        }  # fmt: skip
        for table in tables:
            _count_month(session, table, values | (windows(found) if table == "figure_credit" else {}))


def _together(touched: Sequence[Any]) -> tuple[list[int], list[date]]:
    """All that was touched as one: the campaigns, and every month from the first to the last."""
    everybody = sorted({campaign for campaigns, _months in touched for campaign in campaigns})
    return everybody, clock.months(touched[0].months[0], touched[-1].months[0])


def _count_month(session: Session, table: str, values: dict[str, Any]) -> None:
    month, columns, query = COUNTED_BY_MONTH[table]
    # Gathered apart, as only then the server uses all of its processors.
    _gather(session, "month_sum", query, values)
    session.execute(text(FORGET_MONTHS.format(table=table, month=month)), {"months": values["months"]})
    session.execute(text(KEEP_MONTHS.format(table=table, month=month, columns=columns)), {"months": values["months"]})
    session.execute(text("DROP TABLE month_sum"))


def are_many(session: Session, cases: int) -> bool:
    """Whether so many cases are counted faster by reading whole tables: they are many, and many of all there are."""
    return cases >= MANY and not are_few(session, cases, '"case"')


def by_index(session: Session, *, wanted: bool) -> None:
    """Whether the server may ask indexes, until the transaction ends."""
    for setting in INDEXED:
        session.execute(text(f"SET LOCAL {setting} = {'on' if wanted else 'off'}"))


def _gather(session: Session, table: str, query: str, values: dict[str, Any]) -> None:
    session.execute(text(f"CREATE TEMP TABLE {table} ON COMMIT DROP AS {query}"), values)


def definitions(session: Session, campaigns: Sequence[int]) -> dict[int, CampaignDefinition]:
    """The definitions of campaigns in force."""
    return {number: loaded.folder.campaign for number, (loaded, _agreed) in in_force(session, campaigns).items()}


def channels_used(found: dict[int, CampaignDefinition]) -> dict[str, Any]:
    """Which ways to people each campaign uses, to be bound."""
    used = [definition.channels for definition in found.values()]
    return {
        "use_campaign": list(found),
        "use_phones": [bool(channels & {Channel.SMS, Channel.CALL}) for channels in used],
        "use_calls": [Channel.CALL in channels for channels in used],
        "use_doors": [bool(channels & {Channel.LETTER, Channel.VISIT}) for channels in used],
    }


def windows(found: dict[int, CampaignDefinition]) -> dict[str, Any]:
    """For how many days each channel of each campaign is credited, to be bound."""
    rows = [
        (number, channel.value, definition.attribution.days(channel))
        for number, definition in found.items() for channel in Channel
    ]  # fmt: skip
    return {
        "window_campaign": [row[0] for row in rows], "window_channel": [row[1] for row in rows],
        "window_days": [row[2] for row in rows],
    }  # fmt: skip
