"""Times every stage of the demonstration as the town doubles, beside a raw COPY of the same list.

    python benchmarks/spine.py [--quick] [--json FILE]

Prints one table; ``--json`` writes {figure: {value, unit, target, ok, peer}}. Machines are noisy: read the ratios.
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import date
from pathlib import Path
from typing import Any

from homes import own_home

FULL, QUICK = (20_000, 40_000, 80_000), (1_000, 2_000, 4_000)
DAY = date(2026, 10, 5)
MOST_GROWTH = 2.2
"""A doubling of the town may cost each stage at most this many times as much."""
CHAIN = ("intake", "matching", "segments", "planning", "channels", "tracking", "reporting")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small towns, to see that it runs")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    sizes = QUICK if chosen.quick else FULL
    with own_home() as home:
        measured = {size: measure(size, home) for size in sizes}
    print_table(measured)
    if chosen.json:
        chosen.json.write_text(json.dumps(figures(measured), indent=2), encoding="utf-8")


def measure(people: int, home: Path) -> dict[str, float]:
    """Seconds of each stage for the first day of a town of ``people``, and of the raw COPY of its energy list."""
    from outreach.core import clock
    from outreach.core.database import drop_database, open_database
    from outreach.definitions.loader import read_folder
    from outreach.definitions.registry import launch_campaign
    from outreach.flows import pipeline
    from outreach.intake.points import load_address_points, load_priority_streets
    from outreach.migrations import run as migrations
    from outreach.simulation.town import ENERGY_LIST, write_town

    town = home / f"town-{people}"
    write_town(people, 1, town)
    database = open_database(f"bench_{people}")
    migrations.upgrade(database)
    seconds: dict[str, float] = {}

    def timed(stage: str, work: Any) -> Any:
        begin = time.perf_counter()
        result = work()
        seconds[stage] = time.perf_counter() - begin
        return result

    with clock.travel(clock.at(DAY, "05:00")):
        with database.session() as session:
            load_address_points(session, town / "ban.csv")
            load_priority_streets(session, town / "qpv.csv")
            launch_campaign(session, read_folder(Path("campaigns/energy-arrears")), actor="bench")
        loaded = pipeline.loaded_campaign(database, "energy-arrears")
        timed("raw COPY", lambda: raw_copy(database, town / ENERGY_LIST))
        timed("intake", lambda: pipeline.import_file(database, loaded, town / ENERGY_LIST, actor="bench"))
        timed("matching", lambda: pipeline.match(database, actor="bench"))
        timed("segments", lambda: pipeline.segment(database, loaded, actor="bench"))
        timed("planning", lambda: pipeline.plan(database, loaded, actor="bench"))
    with clock.travel(clock.at(DAY, "07:00")):
        timed("channels", lambda: pipeline.dispatch(database, loaded, pipeline.Lines(), home / "out", worker="bench"))
        timed("tracking", lambda: pipeline.close_cases(database, loaded, actor="bench"))
        timed("reporting", lambda: pipeline.report(database, loaded, home / "out", actor="bench"))
    database.dispose()
    if database.cluster:
        drop_database(database.cluster, f"bench_{people}")
        database.cluster.close()
    return seconds


def raw_copy(database: Any, path: Path) -> None:
    """The peer of intake: the same file through PostgreSQL's COPY into text columns, unchecked."""
    lines = path.read_bytes().split(b"\n", 1)[1]
    width = lines.split(b"\n", 1)[0].count(b";") + 1
    import io

    with database.engine.begin() as connection:
        cursor = connection.connection.driver_connection.cursor()
        cursor.execute(f"CREATE TEMP TABLE raw ({', '.join(f'c{index} text' for index in range(width))})")
        cursor.copy_expert("COPY raw FROM STDIN WITH (FORMAT csv, DELIMITER ';', HEADER, ENCODING 'WIN1252')", io.BytesIO(lines))


def figures(measured: dict[int, dict[str, float]]) -> dict[str, dict[str, Any]]:
    """Every figure with its target and peer."""
    largest = max(measured)
    found = {
        f"{stage}_seconds_{size}": {"value": round(seconds[stage], 3), "unit": "s", "target": None, "ok": None, "peer": None}
        for size, seconds in measured.items()
        for stage in CHAIN
    }
    for stage in CHAIN:
        growth = measured[largest][stage] / max(measured[largest // 2][stage], 1e-9)
        found[f"{stage}_growth"] = {
            "value": round(growth, 2), "unit": "x per doubling", "target": MOST_GROWTH, "ok": growth <= MOST_GROWTH, "peer": None,
        }  # fmt: skip
    ratio = measured[largest]["intake"] / measured[largest]["raw COPY"]
    found["intake_over_copy"] = {
        "value": round(ratio, 1),
        "unit": "x",
        "target": None,
        "ok": None,
        "peer": "raw COPY of the same file",
    }
    return found


def print_table(measured: dict[int, dict[str, float]]) -> None:
    """Stages down, towns across, the growth of the last doubling at the end."""
    sizes = sorted(measured)
    print(f"{'seconds':<12}" + "".join(f"{size:>10,}" for size in sizes) + f"{'growth':>9}")
    for stage in ("raw COPY", *CHAIN):
        row = [measured[size][stage] for size in sizes]
        print(f"{stage:<12}" + "".join(f"{value:>10.2f}" for value in row) + f"{row[-1] / max(row[-2], 1e-9):>8.2f}x")


if __name__ == "__main__":
    main()
