"""A year of the network, day by day: 704,000 people on 40 lists of 12 partners, 66 sites of 36 associations, 400 mediators.

    python benchmarks/network_year.py [--quick] [--people N] [--days N] [--json FILE]

Prints one table; ``--json`` writes {figure: {value, unit, target, ok, peer}}. Machines are noisy: read the shares.

Everybody is invented. Files arrive, are matched, segmented, planned, sent (to a provider inside this process), tracked, and told to
partners in released summaries, on a simulated clock; mediators, people and the post answer from outside, at rates that
``outreach/simulation/residents.py`` cites. Timed as the engine is all that an installation of it does, recording what people did
included; the drawing of what they did, and the writing of the files, are not.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from year.shape import FULL, QUICK, Shape


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a hundredth of the people, three weeks: to see that it runs")
    parser.add_argument("--people", type=int, help="people on the lists (704,000)")
    parser.add_argument("--days", type=int, help="working days played, of the 250 of the year")
    parser.add_argument("--profile", type=Path, help="write what Python did to this file (cProfile)")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    shape = QUICK if chosen.quick else FULL
    shape = replace(shape, people=chosen.people or shape.people, days=min(chosen.days or shape.days, shape.whole))
    home = Path(tempfile.mkdtemp(prefix="outreach-year-"))
    home.chmod(0o711)
    os.environ["OUTREACH_HOME"] = str(home)
    try:
        found = measure(shape, home, profile=chosen.profile)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print_table(found)
    if chosen.json:
        chosen.json.write_text(json.dumps(figures(found), indent=2), encoding="utf-8")


def measure(shape: Shape, home: Path, profile: Path | None = None) -> dict[str, Any]:
    """The year on a database of its own, which is dropped at the end."""
    from outreach.core.database import drop_database, open_database
    from outreach.migrations import run as migrations

    database = open_database("bench_year")
    assert database.cluster is not None
    try:
        migrations.upgrade(database)
        return _played(database, shape, home, profile)
    finally:
        database.dispose()
        drop_database(database.cluster, "bench_year")
        database.cluster.close()


def _played(database: Any, shape: Shape, home: Path, profile: Path | None) -> dict[str, Any]:
    """The year, its invariants, and the limits of the machine for as many rows."""
    from outreach.channels.senders import set_sender
    from outreach.core import clock
    from outreach.core.words import Channel
    from outreach.flows.invariants import all_invariants
    from outreach.intake.points import load_address_points
    from outreach.simulation.twilio import SENDER
    from year import campaigns
    from year.files import write_files
    from year.places import places
    from year.play import Year
    from year.stages import OUTSIDE, Stages

    begin = time.perf_counter()
    sites = places(shape)
    households = {number for number in range(shape.lists) if campaigns.kind_of(number) == "arrears"}
    files = write_files(shape, sites, households, home / "files")
    pattern = campaigns.pattern()
    rows = {one.number: one.rows for one in files.arrivals if one.is_full}
    folders = {number: campaigns.folder_of(shape, number, sites, rows[number], pattern) for number in range(shape.lists)}
    days = shape.working_days()[: shape.days]
    print(f"{files.rows:,} rows in {len(files.arrivals)} files, written in {time.perf_counter() - begin:.0f} s", file=sys.stderr)
    with Stages(int((database.cluster.data / "postmaster.pid").read_text().split()[0])) as stages:
        with clock.travel(clock.at(days[0], "03:00")):
            with stages.stage("register of addresses"), database.session() as session:
                load_address_points(session, files.addresses)
            with database.session() as session:
                set_sender(session, Channel.SMS, SENDER, actor="bench")
        year = Year(database, shape, files, folders, stages, home / "out")
        with _profiled(profile):
            last = time.perf_counter()
            for place, day in enumerate(year.play(days), start=1):
                if place % 10 == 0 or place == len(days):
                    last = _tell(place, day, stages, last)
            year.end(days[-1])
        stages.spent[OUTSIDE].seconds = time.perf_counter() - begin - stages.engine_seconds
        with stages.stage("invariants, once at the end"), database.session() as session, clock.travel(clock.at(days[-1], "23:30")):
            findings = all_invariants(session)
    return {
        "shape": shape, "stages": stages, "counts": year.counts, "files": files, "sms": year.provider.sent, "wall": time.perf_counter() - begin,
        "faults": {one.code: one.faults for one in findings if one.faults}, "checked": {one.code: one.checked for one in findings},
        "totals": totals(database),
    }  # fmt: skip


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
    told = "  ".join(f"{name[:14]} {spent.seconds:.0f}" for name, spent in stages.spent.items())
    print(f"day {place:>3} {day}  {now - last:.1f} s  engine {stages.engine_seconds:.0f} s  {told}", file=sys.stderr, flush=True)
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


def figures(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every figure with its target."""
    stages = found["stages"]
    out = {}
    for name, spent in stages.spent.items():
        out[f"{name}: seconds"] = {"value": round(spent.seconds, 1), "unit": "s", "target": None, "ok": None, "peer": None}
        out[f"{name}: memory"] = {"value": round(spent.engine + spent.server), "unit": "MB", "target": None, "ok": None, "peer": None}
    return out


def print_table(found: dict[str, Any]) -> None:
    """Stages down: seconds, share, memory."""
    from year.stages import OUTSIDE

    stages, shape = found["stages"], found["shape"]
    engine = stages.engine_seconds
    print(f"{shape.people:,} people, {shape.days} working days; {found['totals']}")
    print(f"{'stage':<46}{'s':>9}{'share':>8}{'MB engine':>11}{'MB server':>11}  work")
    for name, spent in sorted(stages.spent.items(), key=lambda item: -item[1].seconds):
        share = "" if name == OUTSIDE else f"{100 * spent.seconds / engine:.1f} %"
        work = ", ".join(f"{number:,} {what}" for what, number in spent.work.items())
        print(f"{name:<46}{spent.seconds:>9.1f}{share:>8}{spent.engine:>11.0f}{spent.server:>11.0f}  {work}")
    print(f"{'the engine':<46}{engine:>9.1f}{'100 %':>8}   (wall {found['wall']:.0f} s)")
    print("invariants:", found["faults"] or "all hold", f"({sum(found['checked'].values()):,} things looked at)")
    print(dict(found["counts"]))


if __name__ == "__main__":
    main()
