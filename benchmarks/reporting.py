"""A year of the network counted: figures rebuilt and kept, a partner's summary, its files, and events appended.

    python benchmarks/reporting.py [--quick] [--json FILE]

Prints one table; ``--json`` writes {figure: {value, unit, target, ok}}. Machines are noisy: read the ratios.

704,000 cases with some three and a half million events are invented and written straight into the tables, as a year leaves them. Peers, in the
same run: pandas, which reads the same events out of the database and counts the same outcomes in memory; and a bare ``INSERT`` of
the same events, without statuses.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from figures.year import FIRST_OF_YEAR, LAST, fill
from homes import own_home

FULL, QUICK = 704_000, 6_000
APPENDED = 20_000
TARGETS = {"rebuild": 20.0, "read": 1.0, "files": 5.0, "append": 3_000.0}
KEPT = (
    "SELECT campaign_id, dimension, value, way_id, n FROM figure_cell", "SELECT campaign_id, subject, code, cohort, mediated, objected, said, n, amount FROM figure_answer",
    "SELECT * FROM figure_work", "SELECT * FROM figure_course", "SELECT * FROM figure_credit",
)  # fmt: skip
# What is told about: calls of this month, to cases of all months.
CALLS = """
INSERT INTO contact (campaign_id, case_id, person_id, step, attempt, channel, language, state, due_at, useful_until, disposition, done_at)
SELECT campaign_id, id, person_id, 'bench', 1, 'call', 'fr', 'done', :at, :at, 'no_answer', :at FROM "case" WHERE campaign_id = :campaign
ORDER BY id LIMIT :n RETURNING case_id, id
"""


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small year, to see that it runs")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    with own_home() as home:
        found = measure(QUICK if chosen.quick else FULL, home)
    print_table(found)
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=2), encoding="utf-8")


def measure(units: int, home: Path) -> dict[str, dict[str, Any]]:
    """Every figure of one year."""
    from sqlalchemy import text

    from outreach.core import clock
    from outreach.core.database import open_database
    from outreach.reporting import campaign_funnel, partner_summary, rebuild_figures
    from outreach.reporting.left_out import left_out
    from outreach.reporting.summary import files_of
    from outreach.reporting.summary.content import summary_content

    database = open_database("bench_reporting")
    loaded = fill(database, units)
    found: dict[str, dict[str, Any]] = {}
    year = {"start": FIRST_OF_YEAR, "end": LAST}
    with clock.travel(clock.at(LAST, "20:00")):
        rebuilt = seconds(lambda: rebuild_figures(database))
        with database.session() as session:
            events = session.execute(text("SELECT count(*) FROM event")).scalar_one()
            outcomes: dict[str, int] = {}
            pandas = seconds(lambda: outcomes.update(in_pandas(session)))
            funnel = campaign_funnel(session, loaded)
            if {step.id: step.count for step in funnel.outcomes if step.count} != outcomes:
                raise SystemExit(f"pandas counts {outcomes}, the funnel {funnel.outcomes}")
        found["rebuild"] = figure(rebuilt, "s", TARGETS["rebuild"]) | {"events": events}
        found["rebuild over pandas"] = figure(rebuilt / pandas, "x", None)
        with database.session() as session:
            summary_content(session, loaded, **year)  # lists are looked at once a day
            found["funnel"] = figure(seconds(lambda: campaign_funnel(session, loaded)), "s", TARGETS["read"])
            found["breakdowns"] = figure(seconds(lambda: left_out(session, [loaded.campaign.id])), "s", TARGETS["read"])
            found["summary"] = figure(seconds(lambda: summary_content(session, loaded, **year)), "s", TARGETS["read"])
        with database.session() as session:
            told = partner_summary(session, loaded, out=home / "out", actor="bench", **year)
        with database.session() as session:
            found["files"] = figure(seconds(lambda: files_of(session, told.summary_id, home / "again")), "s", TARGETS["files"])
        found["append"], found["append over bare INSERT"] = append(database, loaded)
        with database.session() as session:
            found["refresh after that"] = figure(seconds(lambda: campaign_funnel(session, loaded)), "s", None)
        kept = figures(database)
        rebuild_figures(database)
        if figures(database) != kept:
            raise SystemExit("figures kept are not figures rebuilt")
    database.dispose()
    if database.cluster:
        database.cluster.close()
    return found


def seconds(work: Callable[[], object]) -> float:
    """How long some work takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def figures(database: Any) -> list[list[str]]:
    """All that is kept, to be compared."""
    from sqlalchemy import text

    with database.session() as session:
        return [sorted(map(str, session.execute(text(query)))) for query in KEPT]


def in_pandas(session: Any) -> dict[str, int]:
    """The outcomes of those solicited, from the same events in memory."""
    import pandas as pd

    from outreach.core import bulk
    from outreach.policy.dispositions import CLOSING

    events = bulk.copy_out(session, "SELECT case_id, kind, code, occurred_at FROM event")
    events["occurred_at"] = pd.to_datetime(events["occurred_at"], utc=True, format="ISO8601")
    solicited = events.loc[events["kind"].isin(["sent", "attempted"]), "case_id"].unique()
    mediated = set(events.loc[events["kind"] == "mediated", "case_id"])
    objected = set(events.loc[events["kind"] == "objected", "case_id"])
    ends = events["kind"].map({"withdrawn": "withdrawn", "exhausted": "unreachable"})
    ends = ends.where(events["kind"] != "attempted", events["code"].map({code: str(status) for code, status in CLOSING.items()}))
    ending = (
        events.assign(ends=ends).dropna(subset=["ends"]).sort_values(["occurred_at", "kind", "code"]).drop_duplicates("case_id")
    )
    ended = dict(zip(ending["case_id"], ending["ends"], strict=True))
    stands = pd.Series(
        [
            "objected" if case in objected else "mediated" if case in mediated else ended.get(case, "open")
            for case in solicited.tolist()
        ]
    )
    return {str(name): int(number) for name, number in stands.value_counts().items()}


def append(database: Any, loaded: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Results of calls a second with their cases' statuses, in batches of a thousand; beside a bare insert of as many."""
    from sqlalchemy import text

    from outreach.core import clock
    from outreach.core.words import EventKind
    from outreach.tracking import NewEvent, append_events

    at = clock.now() - timedelta(hours=1)
    with database.session() as session:
        values = {"campaign": loaded.campaign.id, "n": APPENDED, "at": at}
        calls = dict(session.execute(text(CALLS), values).all())
    cases = list(calls)
    events = [
        NewEvent(case, EventKind.ATTEMPTED, "bench", at, "bench", "call", "no_answer", contact) for case, contact in calls.items()
    ]
    begin = time.perf_counter()
    for start in range(0, len(events), 1_000):
        with database.session() as session:
            append_events(session, events[start : start + 1_000])
    taken = time.perf_counter() - begin
    begin = time.perf_counter()
    for start in range(0, len(cases), 1_000):
        with database.session() as session:
            session.execute(
                text(
                    "INSERT INTO event (id, case_id, kind, code, occurred_at, recorded_at, actor, source, data) SELECT gen_random_uuid(), c,"
                    " 'snoozed', 'bare', :at, :at, 'bench', 'bench', '{}' FROM unnest(CAST(:cases AS bigint[])) c"
                ),
                {"cases": cases[start : start + 1_000], "at": at},
            )
    bare = time.perf_counter() - begin
    rate = figure(len(events) / taken, "events/s", TARGETS["append"] if len(events) == APPENDED else None, least=True)
    return rate, figure(taken / bare, "x", None)


def figure(value: float, unit: str, target: float | None, *, least: bool = False) -> dict[str, Any]:
    """One figure; ``least``: the target is the least that will do, else the most."""
    ok = None if target is None else value >= target if least else value <= target
    return {"value": round(value, 2), "unit": unit, "target": target, "ok": ok}


def print_table(found: dict[str, dict[str, Any]]) -> None:
    """A line a figure."""
    print(f"{'':<26}{'measured':>12} {'':<10}{'target':>8}")
    for name, one in found.items():
        mark = {True: "met", False: "missed", None: ""}[one["ok"]]
        extra = f"  ({one['events']:,} events)" if "events" in one else ""
        print(f"{name:<26}{one['value']:>12,.2f} {one['unit']:<10}{one['target'] or '':>8} {mark}{extra}")


if __name__ == "__main__":
    main()
