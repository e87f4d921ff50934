"""Write a synthetic town: its partners' lists, the public registers that go with them, and the truth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from outreach.core import progress
from outreach.core.i18n import N_
from outreach.simulation.energy import columns as energy_columns
from outreach.simulation.energy import energy_base
from outreach.simulation.landlord import landlord_list
from outreach.simulation.partners import with_repeats
from outreach.simulation.pools import Numbers, stream, texts
from outreach.simulation.population import Town, populate
from outreach.simulation.registers import address_points, densities, priority_streets
from outreach.simulation.truth import OK, Truth, expectations, residents
from outreach.simulation.weekly import weeks
from outreach.simulation.writers import (
    MARK,
    TownFile,
    sha256,
    write_csv,
    write_json,
    write_parquet,
    write_sheet,
)

VERSION = 2
"""Raised when the same people and seed give other files than before."""
FEWEST_PEOPLE = 200
ENERGY_LIST = "energie/2026-10-02_impayes.csv"
ENERGY_DELTAS = tuple(f"energie/2026-10-{day}_delta.csv" for day in ("09", "16", "23", "30"))
LANDLORD_LIST = "bailleur/2026-10-05_compteurs.xlsx"
ADDRESSES = "ban.csv"
PRIORITY_STREETS = "qpv.csv"
DENSITIES = "densite.csv"
TRUTH = "truth.parquet"
RESIDENTS = "residents.parquet"
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class TownResult:
    """What was written under ``out``. ``rows`` counts the rows of the partners' lists, deltas included."""

    out: Path
    people: int
    households: int
    seed: int
    rows: int
    files: tuple[TownFile, ...]


def write_town(people: int, seed: int, out: Path) -> TownResult:
    """Write a town of exactly ``people`` persons under ``out``; the same people and seed give the same bytes.

    Raises ``ValueError`` below :data:`FEWEST_PEOPLE`, where lists would be too short to hold every kind of row.
    """
    if people < FEWEST_PEOPLE:
        message = f"Une ville simulée compte au moins {FEWEST_PEOPLE} personnes, {people} demandées."
        raise ValueError(message)
    town = populate(people, seed)
    truth = Truth()
    files: list[TownFile] = []
    listed = 0
    with progress.step(N_("Ville fictive")) as advance:
        for path, rows in _written(town, seed, out, truth):
            files.append(TownFile(path, rows, sha256(out / path)))
            listed = sum(lines.size for _, lines, _, _ in truth.parts)
            advance(rows)
    result = TownResult(out, people, int(town.households.size.size), seed, listed, tuple(files))
    _write_manifest(result)
    return result


def _written(town: Town, seed: int, out: Path, truth: Truth) -> Iterator[tuple[str, int]]:
    """Write the files one after the other; yield path and number of rows of each."""
    yield from _energy_files(town, seed, out, truth)
    yield _landlord_file(town, seed, out, truth)
    yield ADDRESSES, write_csv(out / ADDRESSES, address_points(town.map, seed), encoding="utf-8").size
    yield (
        PRIORITY_STREETS,
        write_csv(out / PRIORITY_STREETS, priority_streets(town.map), encoding="utf-8").size,
    )
    yield DENSITIES, write_csv(out / DENSITIES, densities(town.map), encoding="utf-8").size
    yield TRUTH, write_parquet(out / TRUTH, truth.columns(town))
    yield RESIDENTS, write_parquet(out / RESIDENTS, residents(town))


def _energy_files(town: Town, seed: int, out: Path, truth: Truth) -> Iterator[tuple[str, int]]:
    """The full list in Windows-1252 under a title line, then the deltas in UTF-8 with a byte-order mark."""
    base = energy_base(town, seed)
    fault = base.chosen.fault
    order, repeated = with_repeats(fault[: base.listed], stream(seed, "energy repeats"))
    title = f"{MARK} - clients en situation d'impayé au 02/10/2026"
    cells = energy_columns(base, order, iso=False, seed=seed)
    lines = write_csv(out / ENERGY_LIST, cells, encoding="cp1252", title=title)
    truth.note(ENERGY_LIST, lines, base.chosen.person[order], expectations(fault[order], repeated))
    yield ENERGY_LIST, lines.size
    for path, week in zip(ENERGY_DELTAS, weeks(base, seed), strict=True):
        cells = {"Mouvement": week.movement} | energy_columns(week.base, week.rows, iso=True, seed=seed)
        lines = write_csv(out / path, cells, encoding="utf-8-sig")
        truth.note(path, lines, base.chosen.person[week.rows], texts([OK] * lines.size))
        yield path, lines.size


def _landlord_file(town: Town, seed: int, out: Path, truth: Truth) -> tuple[str, int]:
    """The landlord's spreadsheet."""
    tenants = landlord_list(town, seed)
    order, repeated = with_repeats(tenants.chosen.fault, stream(seed, "landlord repeats"))
    cells = {name: column[order] for name, column in tenants.columns.items()}
    title = f"{MARK} - compteurs d'eau à relever, situation au 05/10/2026"
    lines: Numbers = write_sheet(out / LANDLORD_LIST, cells, title=title, dates=tenants.dates)
    expected = expectations(tenants.chosen.fault[order], repeated)
    truth.note(LANDLORD_LIST, lines, tenants.chosen.person[order], expected)
    return LANDLORD_LIST, lines.size


def _write_manifest(result: TownResult) -> None:
    """Say what the folder holds, and that nobody in it exists."""
    content = {
        "simulated": True,
        "version": VERSION,
        "people": result.people,
        "households": result.households,
        "seed": result.seed,
        "files": [asdict(file) for file in result.files],
    }
    write_json(result.out / MANIFEST, content)


def is_written(out: Path) -> bool:
    """Whether a town of this version lies in a folder."""
    manifest = out / MANIFEST
    return manifest.exists() and json.loads(manifest.read_text(encoding="utf-8"))["version"] == VERSION
