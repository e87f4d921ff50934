"""The landlord: tenants whose water meter cannot be reached, one row for each adult of its blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from outreach.simulation.buildings import ESTATE
from outreach.simulation.errors import mistype
from outreach.simulation.handwriting import (
    door_labels,
    staircase_labels,
    write_days,
    write_phones,
    write_streets,
)
from outreach.simulation.partners import SECOND_ROWS, Selection, particulars, select
from outreach.simulation.pools import Dates, Flags, Numbers, Texts, chance, draw, pick, stream, texts
from outreach.simulation.population import Town

HEADERS = (
    "N° locataire", "Nom et prénom occupant", "Né(e) le", "N°", "Voie", "Bât.", "Esc.", "Étage", "Porte",
    "Code postal", "Ville", "Téléphone", "Logement n°", "Relevé", "Motif",
)  # fmt: skip
FAULTS = ("name", "postal_code", "date")
_ROWS_PER_PERSON = 0.40
_MOTIVES = ("Compteur inaccessible", "Relevé non fait", "Remplacement du compteur", "Consommation anormale")
_PHONE_WEIGHTS = (0.04, 0.86, 0.04, 0.02, 0.04)
_TEXT_DATES = 0.25
# A spreadsheet counts days from here (its 1900 leap-year fault included), so that 2 January 1900 onwards is
# exact.
_SHEET_EPOCH = np.datetime64("1899-12-30")


@dataclass(frozen=True)
class LandlordList:
    """Rows in the order of the sheet: texts and whole numbers, which are days in the ``dates`` columns."""

    chosen: Selection
    columns: dict[str, Texts]
    dates: frozenset[str] = frozenset({"Né(e) le", "Relevé"})


def landlord_list(town: Town, seed: int) -> LandlordList:
    """All tenants of the landlord: buildings are taken, estates first, until the list is long enough."""
    rng = stream(seed, "landlord")
    wanted = round(town.people * _ROWS_PER_PERSON)
    owned = _estate(town, wanted, rng)
    tenants = np.flatnonzero(town.adult & owned[town.door])
    chosen = _by_address(town, select(tenants, wanted, FAULTS, rng))
    told = particulars(town, chosen, np.flatnonzero(owned), rng)
    size = told.person.size
    number, street = write_streets(town.map, told, 0.25, rng)
    street = mistype(street, told.street_typo, rng)
    commune = town.map.streets.commune[told.street]
    phone = np.where((told.mobile != "") & chance(rng, 0.85, size), told.mobile, told.landline).astype(object)
    phone = np.where(phone == "", told.mobile, phone).astype(object)
    reading = np.datetime64("2026-09-15") - rng.integers(200, 1100, size)
    rank = rng.choice(10_000_000, size, replace=False)
    columns = {
        "N° locataire": texts([f"SIMUL-L{reference:07d}" for reference in rank.tolist()]),
        "Nom et prénom occupant": _occupants(told.surname, told.first, rng),
        "Né(e) le": _mixed_dates(told.birth, rng),
        "N°": _numeric(number),
        "Voie": street,
        "Bât.": town.map.buildings.letter[told.building],
        "Esc.": _numeric(staircase_labels(town.map, told.door)),
        "Étage": _floors(town.map.doors.floor[told.door], rng),
        "Porte": _numeric(np.where(chance(rng, 0.92, size), door_labels(town.map, told.door), "").astype(object)),
        "Code postal": _numeric(town.map.communes.postal[commune]),
        "Ville": _towns(town, commune),
        "Téléphone": write_phones(phone, _PHONE_WEIGHTS, rng),
        "Logement n°": texts([f"{building + 1}-{rank + 1:02d}" for building, rank in _dwellings(town, told.door)]),
        "Relevé": _mixed_dates(reading, rng),
        "Motif": pick(rng, _MOTIVES, (0.45, 0.30, 0.17, 0.08), size),
    }
    _plant(columns, chosen.fault)
    return LandlordList(chosen, columns)


def _estate(town: Town, wanted: int, rng: np.random.Generator) -> Flags:
    """True for the doors of the landlord: whole blocks of flats, with just enough adults for the list."""
    buildings = town.map.doors.building[town.door]
    plan = town.map.buildings.plan
    adults = np.bincount(buildings[town.adult], minlength=plan.kind.size)
    shuffled = rng.permutation(np.flatnonzero(plan.block))
    # Estates, and the few blocks of the villages, belong to the landlord before other blocks do.
    last = (plan.kind != ESTATE) & town.map.communes.urban[plan.commune]
    order = shuffled[np.argsort(last[shuffled], kind="stable")]
    people = round(wanted * (1 - SECOND_ROWS))
    enough = int(np.searchsorted(np.cumsum(adults[order]), people)) + 1
    owned = np.zeros(plan.kind.size, dtype=np.bool_)
    owned[order[:enough]] = True
    doors: Flags = owned[town.map.doors.building]
    return doors


def _by_address(town: Town, chosen: Selection) -> Selection:
    """A landlord's list runs along its buildings."""
    order = np.argsort(town.door[chosen.person], kind="stable")
    return Selection(chosen.person[order], chosen.second[order], chosen.fault[order])


def _dwellings(town: Town, doors: Numbers) -> list[tuple[int, int]]:
    """Building and rank of the dwelling in it."""
    return list(zip(town.map.doors.building[doors].tolist(), town.map.doors.rank[doors].tolist(), strict=True))


def _occupants(surname: Texts, first: Texts, rng: np.random.Generator) -> Texts:
    """Surname and first name in one cell: DUPONT Marie for most rows."""
    style = draw(rng, (0.78, 0.14, 0.05, 0.03), surname.size).tolist()
    forms = ("{upper} {first}", "{upper} {upper_first}", "{surname} {first}", "{first} {upper}")
    return texts(
        [
            forms[kind].format(surname=name, first=given, upper=name.upper(), upper_first=given.upper())
            for kind, name, given in zip(style, surname, first, strict=True)
        ]
    )


def _mixed_dates(days: Dates, rng: np.random.Generator) -> Texts:
    """Real spreadsheet dates (day numbers), or dd.mm.yy typed as text for a quarter of the rows."""
    cells = write_days(days, "{d}.{m}.{yy}")
    as_numbers = np.flatnonzero(~chance(rng, _TEXT_DATES, days.size) & ~np.isnat(days))
    cells[as_numbers] = (days[as_numbers] - _SHEET_EPOCH).astype(np.int64)
    return cells


def _numeric(cells: Texts) -> Texts:
    """Digits become numbers, as a spreadsheet does on its own: a postal code loses its leading zero."""
    return _objects([_numeric_cell(cell) for cell in cells])


def _floors(floor: Numbers, rng: np.random.Generator) -> Texts:
    """Floor number; the ground floor as RDC or 0."""
    ground = pick(rng, ("RDC", "0", "RdC"), (0.7, 0.2, 0.1), floor.size)
    return _objects([level or _numeric_cell(word) for level, word in zip(floor.tolist(), ground, strict=True)])


def _numeric_cell(cell: str) -> int | str:
    """A number where the text is one."""
    return int(cell) if cell.isdigit() else cell


def _towns(town: Town, commune: Numbers) -> Texts:
    """Commune with accents, in capitals; the districts of Lyon as LYON 8E."""
    communes = town.map.communes
    names = [
        f"LYON {int(postal[-2:])}E" if mail == "LYON" else name.upper()
        for name, mail, postal in zip(communes.name, communes.mail_name, communes.postal, strict=True)
    ]
    return texts(names)[commune]


def _plant(columns: dict[str, Texts], fault: Texts) -> None:
    """Overwrite the cells that make a row impossible to take in."""
    for name, reason, cell in (
        ("Nom et prénom occupant", "name", ""),
        ("Code postal", "postal_code", "ABC"),
        ("Né(e) le", "date", "31.02.84"),
    ):
        columns[name] = np.where(fault == reason, cell, columns[name]).astype(object)


def _objects(cells: list[int | str]) -> Texts:
    """A column of numbers and texts."""
    column = np.empty(len(cells), dtype=object)
    column[:] = cells
    return column
