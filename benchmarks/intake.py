"""Takes partners' lists in, from a file of 40 rows to one of 1.4 million, beside a raw COPY and beside rows as objects.

    python benchmarks/intake.py [--quick] [--json FILE]

Prints one table; ``--json`` writes {figure: {value, unit, target, ok, peer}}. Machines are noisy: read the ratios.

Peers, in the same run: PostgreSQL's own COPY of the same file, unchecked, once into bare text columns and once into a table
with the same keys and foreign keys as ours; and what most programs do: pandas reads, ``phonenumbers`` parses each number,
an ORM object a row is stored. Each measurement is the real command in a process of its own on a fresh database, its start
included; memory is the peak of its largest process (for a workbook, the child that reads it).
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from homes import own_home

FULL, QUICK = (88_000, 176_000, 352_000, 704_000, 1_408_000), (2_000, 4_000, 8_000)
NETWORK = 704_000
FAULTY, WEEKLY = 100_000, 40
DAY = date(2026, 10, 5)
LEFT_OUT = ("Chèque énergie", "Langue", "Lit le français")
"""Of the eighteen columns of the simulated list, so that fifteen remain."""
MOST_GROWTH = 2.2
TARGETS = {"csv": (30.0, 400.0), "xlsx": (75.0, 1300.0), "faulty": (5.0, 250.0), "weekly": (2.0, 400.0)}
"""Seconds and megabytes (of the child for XLSX) at the sizes that the network needs."""
RATIO = 6.0
PEERS = ("copy", "copy keyed", "objects")
"""Their memory is not told: the server's is not ours, and the objects live in the measuring process."""


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small files, to see that it runs")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        what, path = chosen.measure
        print(json.dumps(MEASURES[what](Path(path))))
        return
    with own_home() as home:
        found = run(home, quick=chosen.quick)
    print_table(found)
    if chosen.json:
        chosen.json.write_text(json.dumps(figures(found), indent=2), encoding="utf-8")


def run(home: Path, *, quick: bool) -> dict[str, dict[str, Any]]:
    """Every measurement by its name."""
    sizes = QUICK if quick else FULL
    network, faulty = (sizes[-1], sizes[-1]) if quick else (NETWORK, FAULTY)
    files = write_lists(home, sizes, faulty)
    found = {}
    with cluster_kept():
        for size in sizes:
            found[f"csv {size}"] = measured("csv", files[size]) | {"rows": size}
        for peer in ("copy", "copy keyed"):
            found[peer] = measured(peer, files[network]) | {"rows": network}
        found["xlsx"] = measured("csv", as_workbook(files[network])) | {"rows": network}
        found["faulty"] = measured("csv", files["faulty"]) | {"rows": faulty}
        found["objects"] = measured("objects", files["faulty"]) | {"rows": faulty}
        found["weekly"] = measured("weekly", files["weekly"]) | {"rows": WEEKLY}
    found["csv"] = found[f"csv {network}"]
    return found


def write_lists(home: Path, sizes: tuple[int, ...], faulty: int) -> dict[Any, Path]:
    """The energy partner's list in Windows-1252, cut to each size; one with faults in 5 % of its rows, and one of 40 rows."""
    import numpy as np

    from outreach.simulation.energy import columns, energy_base
    from outreach.simulation.population import populate
    from outreach.simulation.writers import write_csv

    largest = max(sizes)
    base = energy_base(populate(int(largest / 0.62) + 100, 1), 1)
    cells = columns(base, np.arange(largest), iso=False, seed=1)
    cells = {name: column for name, column in cells.items() if name not in LEFT_OUT}
    files: dict[Any, Path] = {}
    for size in (*sizes, WEEKLY):
        files["weekly" if size == WEEKLY else size] = path = home / f"list-{size}.csv"
        write_csv(path, {name: column[:size] for name, column in cells.items()}, encoding="cp1252")
    rng = np.random.default_rng(5)
    spoilt = {name: column[:faulty].copy() for name, column in cells.items()}
    for name, cell in (
        ("CP", "ABC"),
        ("Montant dû", "??"),
        ("Tél portable", "06 12"),
        ("Date première facture impayée", "31/02/2026"),
    ):
        spoilt[name][rng.choice(faulty, faulty // 80, replace=False)] = cell
    files["faulty"] = home / "faulty.csv"
    write_csv(files["faulty"], spoilt, encoding="cp1252")
    return files


def as_workbook(path: Path) -> Path:
    """The same rows as an XLSX."""
    import csv

    import xlsxwriter

    target = path.with_suffix(".xlsx")
    with (
        xlsxwriter.Workbook(target, {"constant_memory": True, "strings_to_formulas": False}) as book,
        path.open(encoding="cp1252", newline="") as file,
    ):
        sheet = book.add_worksheet()
        for number, row in enumerate(csv.reader(file, delimiter=";")):
            for at, cell in enumerate(row):
                if cell:
                    sheet.write_string(number, at, cell)
    return target


@contextmanager
def cluster_kept() -> Any:
    """One server for all measurements, so that none pays for its start."""
    from outreach.core.database import open_database

    kept = open_database("kept")
    yield kept
    if kept.cluster:
        kept.cluster.close()


def measured(what: str, path: Path) -> dict[str, float]:
    """Run one measurement in a process of its own."""
    done = subprocess.run([sys.executable, __file__, "--measure", what, str(path)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout))


def own_database() -> str:
    """The database of this measurement: the server may still be tidying up after the last one."""
    return f"bench_{os.getpid()}"


def fresh_campaign() -> Any:
    """A fresh database with the energy campaign in force."""
    from outreach.core.database import open_database
    from outreach.definitions.loader import read_folder
    from outreach.definitions.registry import launch_campaign
    from outreach.migrations import run as migrations

    database = open_database(own_database())
    migrations.upgrade(database)
    with database.session() as session:
        launch_campaign(session, read_folder(Path("campaigns/energy-arrears")), actor="bench")
    return database


def timed(work: Callable[[], Any]) -> dict[str, float]:
    """Seconds of ``work``, and the peak memory of the largest process that it started, in megabytes."""
    begin = time.perf_counter()
    work()
    seconds = time.perf_counter() - begin
    return {"seconds": seconds, "megabytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024}


def measure_command(path: Path, *options: str) -> dict[str, float]:
    """The command that takes a file in, from its start to its end, with the server running and a fresh campaign in force."""
    from outreach.core import clock

    with clock.travel(clock.at(DAY, "05:00")):
        fresh_campaign().dispose()
    environment = {**os.environ, "OUTREACH_DATABASE_NAME": own_database()}
    command = [sys.executable, "-m", "outreach.cli", "import", "energy-arrears", str(path), "--json", *options]
    return timed(lambda: subprocess.run(command, env=environment, capture_output=True, check=True))


KEYED = (
    "CREATE TABLE raw (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, partner_id bigint DEFAULT {partner} REFERENCES partner,"
    " campaign_id bigint DEFAULT {campaign} REFERENCES campaign, {columns})"
)


def measure_copy(path: Path, *, keyed: bool = False) -> dict[str, float]:
    """The same file by PostgreSQL's COPY into text columns, logged and committed; ``keyed``: with keys as ours has."""
    from sqlalchemy import create_engine, text

    with path.open("rb") as file:
        width = file.readline().count(b";") + 1
    database = fresh_campaign()
    engine = create_engine(database.owner_url)
    names = [f"c{at}" for at in range(width)]
    with engine.begin() as connection:
        partner, campaign = connection.execute(text("SELECT (SELECT id FROM partner), (SELECT id FROM campaign)")).one()
        columns = ", ".join(f"{name} text" for name in names)
        shape = KEYED if keyed else "CREATE TABLE raw ({columns})"
        connection.execute(text(shape.format(columns=columns, partner=partner, campaign=campaign)))
        if keyed:
            connection.execute(text("CREATE INDEX ON raw (campaign_id, partner_id, c0)"))

    def copy() -> None:
        with engine.begin() as connection, path.open("rb") as file:
            cursor = connection.connection.driver_connection.cursor()
            target = f"COPY raw ({', '.join(names)}) FROM STDIN WITH (FORMAT csv, DELIMITER ';', HEADER, ENCODING 'WIN1252')"
            cursor.copy_expert(target, file, 1 << 18)

    return timed(copy)


def measure_objects(path: Path) -> dict[str, float]:
    """What most programs do: pandas, ``phonenumbers`` for each number, an ORM object a row."""
    import pandas as pd
    import phonenumbers
    from sqlalchemy import BigInteger, Identity, Text, create_engine
    from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

    width = 15

    class Base(DeclarativeBase):
        """The tables of this peer."""

    fields = {f"c{at}": mapped_column(Text) for at in range(width)}
    row = type(
        "Row", (Base,), {"__tablename__": "peer_row", "id": mapped_column(BigInteger, Identity(), primary_key=True), **fields}
    )
    engine = create_engine(fresh_campaign().owner_url)
    Base.metadata.create_all(engine)

    def phone(cell: str) -> str | None:
        try:
            number = phonenumbers.parse(cell, "FR")
        except phonenumbers.NumberParseException:
            return None
        valid = phonenumbers.is_valid_number(number)
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if valid else None

    def load() -> None:
        frame = pd.read_csv(path, sep=";", encoding="cp1252", dtype="str", keep_default_na=False)
        for name in ("Tél fixe", "Tél portable"):
            frame[name] = [phone(cell) if cell else None for cell in frame[name]]
        with Session(engine) as session, session.begin():
            session.add_all(
                row(**{f"c{at}": cell for at, cell in enumerate(values)}) for values in frame.itertuples(index=False, name=None)
            )

    return timed(load)


MEASURES: dict[str, Callable[[Path], dict[str, float]]] = {
    "csv": measure_command,
    "weekly": lambda path: measure_command(path, "--preview"),
    "copy": measure_copy,
    "copy keyed": lambda path: measure_copy(path, keyed=True),
    "objects": measure_objects,
}


def figures(found: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Every figure with its target and peer."""
    out: dict[str, dict[str, Any]] = {}

    def add(name: str, value: float, unit: str, target: float | None = None, peer: str | None = None) -> None:
        ok = None if target is None else bool(value <= target)
        out[name] = {"value": round(value, 2), "unit": unit, "target": target, "ok": ok, "peer": peer}

    for name, (seconds, megabytes) in TARGETS.items():
        add(f"{name}_seconds", found[name]["seconds"], "s", seconds)
        add(f"{name}_memory", found[name]["megabytes"], "MB", megabytes)
    add("over_copy", found["csv"]["seconds"] / found["copy"]["seconds"], "x", RATIO, "raw COPY into bare text columns")
    add("over_keyed_copy", found["csv"]["seconds"] / found["copy keyed"]["seconds"], "x", RATIO, "raw COPY into a keyed table")
    add("over_objects", found["faulty"]["seconds"] / found["objects"]["seconds"], "x", 1.0, "pandas, phonenumbers, ORM")
    sizes = sorted(int(name.split()[1]) for name in found if name.startswith("csv "))
    for small, large in itertools.pairwise(sizes):
        growth = found[f"csv {large}"]["seconds"] / found[f"csv {small}"]["seconds"]
        add(f"growth_{large}", growth, "x per doubling", MOST_GROWTH)
    return out


def print_table(found: dict[str, dict[str, Any]]) -> None:
    """One line a measurement, then the figures with targets."""
    print(f"{'measurement':<16}{'rows':>12}{'seconds':>10}{'rows/s':>10}{'MB':>8}")
    for name, line in found.items():
        if name == "csv":
            continue
        rate = line["rows"] / line["seconds"]
        print(
            f"{name.split()[0] if name.startswith('csv') else name:<16}{line['rows']:>12,}{line['seconds']:>10.2f}{rate:>10,.0f}"
            + (f"{line['megabytes']:>8.0f}" if name not in PEERS else "")
        )
    print(f"\n{'figure':<20}{'value':>10} {'unit':<16}{'target':>8}  ok")
    for name, line in figures(found).items():
        print(f"{name:<20}{line['value']:>10} {line['unit']:<16}{line['target'] or '':>8}  {line['ok']}")


if __name__ == "__main__":
    main()
