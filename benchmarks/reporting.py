"""A year of the network counted: figures rebuilt and kept, a partner's summary, its files, and events appended.

    python benchmarks/reporting.py [--quick] [--json FILE]

Prints one table; ``--json`` writes {figure: {value, unit, target, ok, peer}}. Machines are noisy: read the ratios, and the CPU
seconds of the server's own process beside the wall.

704,000 cases with some three and a half million events are invented and written straight into the tables, as a year leaves them. Peers, in the
same run: pandas, which reads the same events out of the database and counts the same outcomes in memory; and a bare ``INSERT`` of
the same events, without statuses.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from figures.year import LAST, fill

FULL, QUICK = 704_000, 6_000
APPENDED = 20_000
TARGETS = {
    "rebuild": 20.0, "summary": 1.0, "files": 5.0, "append": 3_000.0,
}  # fmt: skip
KEPT = (
    "SELECT campaign_id, dimension, value, way_id, n FROM figure_cell", "SELECT campaign_id, subject, code, cohort, mediated, objected, said, n, amount FROM figure_answer",
    "SELECT * FROM figure_work", "SELECT * FROM figure_course", "SELECT * FROM figure_credit",
)  # fmt: skip


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small year, to see that it runs")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="outreach-bench-"))
    home.chmod(0o711)
    os.environ["OUTREACH_HOME"] = str(home)
    try:
        found = measure(QUICK if chosen.quick else FULL, home)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print_table(found)
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=2), encoding="utf-8")


def measure(units: int, home: Path) -> dict[str, dict[str, Any]]:
    """Every figure of one year."""
    from sqlalchemy import text

    from outreach.core import clock
    from outreach.core.database import open_database
    from outreach.reporting import campaign_funnel, partner_summary, rebuild_figures

    database = open_database("bench_reporting")
    loaded = fill(database, units)
    found: dict[str, dict[str, Any]] = {}
    with clock.travel(clock.at(LAST, "20:00")):
        begin = time.perf_counter()
        rebuild_figures(database)
        rebuilt = time.perf_counter() - begin
        with database.session() as session:
            events = session.execute(text("SELECT count(*) FROM event")).scalar_one()
            begin = time.perf_counter()
            outcomes = in_pandas(session)
            pandas = time.perf_counter() - begin
            funnel = campaign_funnel(session, loaded)
            if {step.id: step.count for step in funnel.outcomes if step.count} != outcomes:
                raise SystemExit(f"pandas counts {outcomes}, the funnel {funnel.outcomes}")
        found["rebuild"] = figure(rebuilt["wall"], "s", TARGETS["rebuild"], least=False) | {
            "cpu": rebuilt["cpu"],
            "events": events,
        }
        found["rebuild over pandas"] = figure(rebuilt["wall"] / pandas, "x", None)
        quarter = {"start": date(2026, 1, 1), "end": date(2026, 11, 30)}
        for name in ("summary, first time", "summary"):
            begin = time.perf_counter()
            with database.session() as session:
                told = partner_summary(session, loaded, out=home / "out", actor="bench", **quarter)
            found[name] = figure(time.perf_counter() - begin, "s", None)
        begin = time.perf_counter()
        from outreach.reporting.summary import files_of

        with database.session() as session:
            files_of(session, told.summary_id, home / "again")
        found["files"] = figure(time.perf_counter() - begin, "s", TARGETS["files"], least=False)
        counted = found["summary"]["value"] - found["files"]["value"]
        found["summary, counted"] = figure(counted, "s", TARGETS["summary"], least=False)
        found["append"], found["append over bare INSERT"] = append(database, loaded)
        with database.session() as session:
            begin = time.perf_counter()
            campaign_funnel(session, loaded)
            found["refresh"] = figure(time.perf_counter() - begin, "s", None)
            kept = [sorted(map(str, session.execute(text(query)))) for query in KEPT]
            rebuild_figures(session)
            if [sorted(map(str, session.execute(text(query)))) for query in KEPT] != kept:
                raise SystemExit("figures kept are not figures rebuilt")
    database.dispose()
    if database.cluster:
        database.cluster.close()
    return found


@contextmanager
def timed(session: Any) -> Iterator[dict[str, float]]:
    """Wall seconds of a block, and CPU seconds of the server's process that serves the session (not of its helpers)."""
    from sqlalchemy import text

    process = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    found: dict[str, float] = {}
    begin, before = time.perf_counter(), cpu(process)
    yield found
    found["wall"], found["cpu"] = time.perf_counter() - begin, round(cpu(process) - before, 1)


def cpu(process: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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
    """Events a second with their cases' statuses, in batches of a thousand; beside a bare insert of as many."""
    from sqlalchemy import text

    from outreach.core import clock
    from outreach.core.words import EventKind
    from outreach.tracking import NewEvent, append_events

    with database.session() as session:
        query = 'SELECT id FROM "case" WHERE campaign_id = :campaign ORDER BY id LIMIT :n'
        cases = list(session.execute(text(query), {"campaign": loaded.campaign.id, "n": APPENDED}).scalars())
    at = clock.now() - timedelta(hours=1)
    events = [NewEvent(case, EventKind.ATTEMPTED, "bench", at, "bench", "call", "no_answer") for case in cases]
    begin = time.perf_counter()
    for start in range(0, len(events), 1_000):
        with database.session() as session:
            append_events(session, events[start : start + 1_000])
    seconds = time.perf_counter() - begin
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
    rate = figure(len(events) / seconds, "events/s", TARGETS["append"] if len(events) == APPENDED else None, least=True)
    return rate, figure(seconds / bare, "x", None)


def figure(value: float, unit: str, target: float | None, *, least: bool = False) -> dict[str, Any]:
    """One figure; ``least``: the target is the least that will do, else the most."""
    ok = None if target is None else value >= target if least else value <= target
    return {"value": round(value, 2), "unit": unit, "target": target, "ok": ok}


def print_table(found: dict[str, dict[str, Any]]) -> None:
    """A line a figure."""
    print(f"{'':<26}{'measured':>12} {'':<10}{'target':>8}")
    for name, one in found.items():
        mark = {True: "met", False: "missed", None: ""}[one["ok"]]
        extra = f"  (server's CPU {one['cpu']} s, {one['events']:,} events)" if "cpu" in one else ""
        print(f"{name:<26}{one['value']:>12,.2f} {one['unit']:<10}{one['target'] or '':>8} {mark}{extra}")


if __name__ == "__main__":
    main()
