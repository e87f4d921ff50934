"""A year of the network, day by day: 704,000 people on 40 lists of 12 partners, 66 sites of 36 associations, 400 mediators.

    python benchmarks/network_year.py [--quick] [--people N] [--days N] [--bulk] [--growth [--largest]] [--json FILE]

Prints one table; ``--json`` writes {figure: {value, unit, target, ok, peer}}. Machines are noisy: beside the clock stand processor
seconds, of the engine and of its PostgreSQL together.

Everybody is invented. Files arrive, are matched, segmented, planned, sent (to a provider inside this process), tracked, and told to
partners in released summaries, on a simulated clock; mediators, people and the post answer from outside, at rates that
``outreach/simulation/residents.py`` cites. Timed as the engine is all that an installation of it does, recording what people did
included; the drawing of what they did, and the writing of the files, are not.
"""

from __future__ import annotations

import argparse
import gc
import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from homes import own_home
from year import growth
from year.shape import FULL, QUICK, Shape
from year.stages import OUTSIDE

YEAR, BULK, BULK_MEMORY = 1800.0, 180.0, 3072.0
"""Targets: seconds of the engine for the year, seconds and megabytes of one campaign of everybody."""
INVARIANTS = "invariants, once at the end"


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a hundredth of the people, three weeks: to see that it runs")
    parser.add_argument("--people", type=int, help="people on the lists (704,000)")
    parser.add_argument("--days", type=int, help="working days played, of the 250 of the year")
    parser.add_argument(
        "--bulk", action="store_true", help="only the one campaign of everybody, from its file to the first contact"
    )
    parser.add_argument("--no-bulk", action="store_true", help="the year alone")
    parser.add_argument("--growth", action="store_true", help="two weeks of networks that double, instead of the year")
    parser.add_argument("--largest", action="store_true", help="with --growth: up to 1.4 million people")
    parser.add_argument("--profile", type=Path, help="write what Python did to this file (cProfile)")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    with own_home() as home:
        found = run_growth(chosen, home) if chosen.growth else run_year(chosen, home)
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=2), encoding="utf-8")


def run_year(chosen: Any, home: Path) -> dict[str, dict[str, Any]]:
    """The campaign of everybody, then the year; returns the figures."""
    from year import bulk

    shape = QUICK if chosen.quick else FULL
    shape = replace(shape, people=chosen.people or shape.people, days=min(chosen.days or shape.days, shape.whole))
    told: dict[str, dict[str, Any]] = {}
    if not chosen.no_bulk:
        once = bulk.measure(shape.people, home)
        print_bulk(once)
        told |= figures_of_bulk(once)
    if not chosen.bulk:
        found = measure(shape, home, profile=chosen.profile)
        print_table(found)
        told |= figures(found)
    return told


def run_growth(chosen: Any, home: Path) -> dict[str, dict[str, Any]]:
    """Two weeks at each size; returns the figures."""
    sizes = growth.QUICK_SIZES if chosen.quick else (*growth.SIZES, *([growth.LARGEST] if chosen.largest else []))
    found = {}
    for people in sizes:
        shape = growth.shape_of(people)
        played = measure(shape, home)
        if played["shape"].days < shape.days:
            # Somebody interrupted it: a part of its days says nothing of growth.
            break
        found[people] = {name: spent.cpu for name, spent in played["stages"].spent.items() if name != OUTSIDE}
        growth.print_table(found)
    return growth.figures(found) if found else {}


def measure(shape: Shape, home: Path, profile: Path | None = None) -> dict[str, Any]:
    """The year on a database of its own, which is dropped at the end."""
    from outreach.core.database import drop_database, open_database
    from outreach.migrations import run as migrations

    database = open_database("bench_year")
    try:
        migrations.upgrade(database)
        return _played(database, shape, home, profile)
    finally:
        database.dispose()
        if database.cluster:
            drop_database(database.cluster, "bench_year")
            database.cluster.close()


def _played(database: Any, shape: Shape, home: Path, profile: Path | None) -> dict[str, Any]:
    """The year, its invariants, and the limits of the machine for as many rows."""
    from year import campaigns, limits
    from year.files import write_files
    from year.places import places
    from year.play import Year
    from year.stages import Stages

    from outreach.channels.senders import set_sender
    from outreach.core import clock
    from outreach.core.collection import look_rarely
    from outreach.core.words import Channel
    from outreach.flows.invariants import all_invariants_of
    from outreach.intake.points import load_address_points
    from outreach.simulation.twilio import SENDER

    begin = time.perf_counter()
    sites = places(shape)
    households = {number for number in range(shape.lists) if campaigns.kind_of(number) == "arrears"}
    files = write_files(shape, sites, households, home / "files")
    pattern = campaigns.pattern()
    rows = {one.number: one.rows for one in files.arrivals if one.is_full}
    folders = {number: campaigns.folder_of(shape, number, sites, rows[number], pattern) for number in range(shape.lists)}
    days = shape.working_days()[: shape.days]
    print(f"{files.rows:,} rows in {len(files.arrivals)} files, written in {time.perf_counter() - begin:.0f} s", file=sys.stderr)
    with Stages(database.cluster) as stages:
        with clock.travel(clock.at(days[0], "03:00")):
            with stages.stage("register of addresses"), database.session() as session:
                load_address_points(session, files.addresses)
            with database.session() as session:
                set_sender(session, Channel.SMS, SENDER, actor="bench")
        year = Year(database, shape, files, folders, stages, home / "out")
        look_rarely()
        # What was invented stays; a process of the engine holds none of it.
        gc.collect()
        gc.freeze()
        _stop_in_the_evening(year)
        with _profiled(profile):
            last = time.perf_counter()
            for place, day in enumerate(year.play(days), start=1):
                if place % 10 == 0 or place == len(days):
                    last = _tell(place, day, stages, last)
            days = days[:place]
            year.end(days[-1])
        gc.unfreeze()
        stages.spent[OUTSIDE].seconds = time.perf_counter() - begin - stages.engine_seconds
        with stages.stage(INVARIANTS), clock.travel(clock.at(days[-1], "23:30")):
            findings = all_invariants_of(database)
    faults = {one.code: one.faults for one in findings if one.faults}
    _tell_of_faults(database, faults.get("policy", []))
    known = totals(database)
    bare = {"copy": limits.copied(database, known["events"]), "pairs": limits.compared(), "disk": limits.written(home)}
    return {
        "bare": bare, "shape": replace(shape, days=len(days)), "stages": stages, "counts": year.counts, "planning": year.planning.seconds, "files": files, "sms": year.provider.sent, "wall": time.perf_counter() - begin,
        "faults": faults, "checked": {one.code: one.checked for one in findings},
        "totals": known,
    }  # fmt: skip


FAULTS = """
SELECT e.id, e.kind, k.channel, e.occurred_at, e.recorded_at, o.occurred_at AS said_at, o.recorded_at AS heard_at, o.source,
       b.insee AS lives_in
FROM event e JOIN contact k ON k.id = e.contact_id LEFT JOIN objection o ON o.person_id = k.person_id JOIN person p ON p.id = k.person_id
     JOIN person l ON l.id = coalesce(p.merged_into, p.id) LEFT JOIN household h ON h.id = l.household_id LEFT JOIN building b ON b.id = h.building_id
WHERE CAST(e.id AS text) = ANY(:events) ORDER BY e.occurred_at LIMIT 50
"""


def _tell_of_faults(database: Any, faults: list[str]) -> None:
    """What lies behind contacts that should not have been: the database is gone when somebody asks."""
    from sqlalchemy import text

    if faults:
        with database.session() as session:
            for row in session.execute(text(FAULTS), {"events": [fault.removeprefix("event ") for fault in faults]}).mappings():
                print(f"fault: {dict(row)}", file=sys.stderr)


def _stop_in_the_evening(year: Any) -> None:
    """Somebody who interrupts a long year is told all of it up to that evening."""

    def stop(_signal: int, _frame: Any) -> None:
        year.stopped = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


@contextmanager
def _profiled(path: Path | None) -> Iterator[None]:
    if path is None:
        yield
        return
    import cProfile

    with cProfile.Profile() as profiler:
        yield
    profiler.dump_stats(path)


def _tell(place: int, day: Any, stages: Any, last: float) -> float:
    """How far the year has come; returns the moment."""
    now = time.perf_counter()
    told = ", ".join(f"{name} {spent.seconds:.0f} ({spent.cpu:.0f})" for name, spent in stages.spent.items() if name != OUTSIDE)
    print(f"day {place:>3}, {day}: {now - last:.0f} s", file=sys.stderr)
    print(f"  engine {stages.engine_seconds:.0f} s ({stages.engine_cpu:.0f} of processor): {told}", file=sys.stderr, flush=True)
    return now


TOTALS = {
    "persons": "SELECT count(*) FROM person", "cases": 'SELECT count(*) FROM "case"', "contacts": "SELECT count(*) FROM contact",
    "events": "SELECT count(*) FROM event", "list rows": "SELECT count(*) FROM list_row", "mediations": "SELECT count(*) FROM mediation",
    "solicited": "SELECT count(*) FROM \"case\" WHERE status <> 'waiting' AND EXISTS (SELECT FROM contact k WHERE k.case_id = \"case\".id AND k.state IN ('sent', 'done'))",
    "mediated": "SELECT count(*) FROM \"case\" WHERE status = 'mediated'", "summaries": "SELECT count(*) FROM summary WHERE state <> 'produced'",
    "megabytes": "SELECT pg_database_size(current_database()) / 1048576",
}  # fmt: skip


def totals(database: Any) -> dict[str, int]:
    """What lies in the tables at the end."""
    from sqlalchemy import text

    with database.session() as session:
        return {name: int(session.execute(text(query)).scalar_one()) for name, query in TOTALS.items()}


def _figure(value: float, unit: str, target: float | None = None, peer: str | None = None) -> dict[str, Any]:
    ok = None if target is None else bool(value <= target)
    return {"value": round(value, 2), "unit": unit, "target": target, "ok": ok, "peer": peer}


def figures_of_bulk(once: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Of the one campaign of everybody."""
    is_whole = once["people"] == FULL.people
    return {
        "bulk: seconds": _figure(once["seconds"], "s", BULK if is_whole else None),
        "bulk: memory": _figure(_most(once["stages"]), "MB", BULK_MEMORY if is_whole else None),
    }


def figures(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every figure of the year with its target."""
    stages, shape = found["stages"], found["shape"]
    is_whole = (shape.people, shape.days) == (FULL.people, FULL.whole)
    out = {
        "year: engine": _figure(stages.engine_seconds, "s", YEAR if is_whole else None),
        "year: engine, processor": _figure(stages.engine_cpu, "s"),
        "year: broken invariants": _figure(len(found["faults"]), "", 0),
        "year: events over bare COPY": _figure(
            stages.engine_seconds / found["bare"]["copy"], "x", None, "bare COPY of as many events"
        ),
    }
    for name, spent in stages.spent.items():
        out[f"{name}: seconds"] = _figure(spent.seconds, "s")
        out[f"{name}: processor"] = _figure(spent.cpu, "s")
        out[f"{name}: memory"] = _figure(spent.engine + spent.server, "MB")
    return out


def _most(stages: Any) -> float:
    return max(spent.engine + spent.server for spent in stages.spent.values())


def print_stages(stages: Any) -> None:
    """Stages down: seconds, processor seconds, share, memory."""
    engine = stages.engine_seconds
    print(f"{'stage':<46}{'s':>9}{'cpu s':>9}{'share':>8}{'MB engine':>11}{'MB server':>11}  work")
    for name, spent in sorted(stages.spent.items(), key=lambda item: (item[0] == OUTSIDE, -item[1].seconds)):
        if spent.seconds:
            share = "" if name == OUTSIDE else f"{100 * spent.seconds / engine:.1f} %"
            work = ", ".join(f"{number:,} {what}" for what, number in spent.work.items())
            print(f"{name:<46}{spent.seconds:>9.1f}{spent.cpu:>9.1f}{share:>8}{spent.engine:>11.0f}{spent.server:>11.0f}  {work}")
    print(f"{'the engine':<46}{engine:>9.1f}{stages.engine_cpu:>9.1f}{'100 %':>8}")


def print_bulk(once: dict[str, Any]) -> None:
    """The one campaign of everybody."""
    print(f"one campaign of {once['people']:,} rows, from its file to the first planned contact")
    print_stages(once["stages"])
    print(
        f"in all {once['seconds']:.1f} s (target {BULK:.0f}), most memory {_most(once['stages']):.0f} MB (target {BULK_MEMORY:.0f})\n"
    )


def print_table(found: dict[str, Any]) -> None:
    """The year, and what the machine can do."""
    shape, known, bare = found["shape"], found["totals"], found["bare"]
    print(f"{shape.people:,} people, {shape.lists} lists, {shape.sites} sites, {shape.days} working days")
    print_stages(found["stages"])
    print("of planning, by the clock: " + ", ".join(f"{name} {seconds:.0f} s" for name, seconds in found["planning"].items()))
    print(f"target of the year {YEAR:.0f} s; wall with residents and files {found['wall']:.0f} s")
    print("in the tables: " + ", ".join(f"{number:,} {name}" for name, number in known.items()))
    print(
        f"bare COPY of as many events with their key alone {bare['copy']:.1f} s; names compared, nothing else: {bare['pairs']:,.0f} pairs/s;"
    )
    print(
        f"written to the disk {bare['disk']:.0f} MB/s, so the database as it lies there takes {known['megabytes'] / bare['disk']:.1f} s"
    )
    print("invariants:", found["faults"] or "all hold", f"({sum(found['checked'].values()):,} things looked at)")
    print(
        "results: "
        + ", ".join(f"{number:,} {name}" for name, number in sorted(found["counts"].items(), key=lambda item: -item[1]))
    )


if __name__ == "__main__":
    main()
