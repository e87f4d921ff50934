"""The energy partner: a full list of customers in arrears, then what changed each week.

All rows that will ever appear (first list and later entries) are prepared at once; a file is a choice of
rows. A reference identifies a customer from one file to the next.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from outreach.simulation.errors import mistype
from outreach.simulation.handwriting import (
    to_cents,
    write_amounts,
    write_complements,
    write_days,
    write_phones,
    write_streets,
)
from outreach.simulation.partners import Selection, particulars, select
from outreach.simulation.pools import (
    Dates,
    Flags,
    Numbers,
    Texts,
    blank,
    chance,
    draw,
    each,
    pick,
    stream,
    texts,
    unaccent,
)
from outreach.simulation.population import Town

HEADERS = (
    "Réf client", "Civilité", "Nom", "Prénom", "Date de naissance", "Adresse", "Complément", "CP", "Commune",
    "Tél fixe", "Tél portable", "Courriel", "Montant dû", "Date première facture impayée", "Stade",
    "Chèque énergie", "Langue", "Lit le français",
)  # fmt: skip
STAGES = ("relance 1", "relance 2", "avis de réduction", "réduit 1 kVA")
LIST_DAY = np.datetime64("2026-10-02")
FAULTS = ("name", "postal_code", "amount", "date")
_ROWS_PER_PERSON = 0.62
WEEKS = 4
WEEKLY_ENTRIES = 0.01
_STAGE_WEIGHTS = (0.45, 0.28, 0.17, 0.10)
# Days since the first unpaid invoice by stage: a first letter after 14 days and 15 or 30 more, a second 20
# days before any reduction, then 60 days at 1 kVA (decrees 2008-780 and 2023-133).
_STAGE_DAYS = ((14, 45), (40, 80), (70, 130), (120, 300))
_PHONE_WEIGHTS = (0.35, 0.15, 0.30, 0.12, 0.08)
_LANGUAGE_NAMES = {
    "fr": "français", "ar": "arabe", "kab": "kabyle", "wo": "wolof", "bm": "bambara", "en": "anglais",
    "tr": "turc", "pt": "portugais", "hy": "arménien", "ru": "russe", "es": "espagnol",
    "it": "italien", "ro": "roumain", "sq": "albanais",
}  # fmt: skip
_LYON_FORMS = ("LYON", "LYON {:02d}", "LYON {}EME", "LYON {}")


@dataclass(frozen=True)
class EnergyBase:
    """Every row the partner will ever send. ``cells`` are those that no date style and no change touches.

    The first ``listed`` rows make the first list; the others enter later.
    """

    chosen: Selection
    listed: int
    cells: dict[str, Texts]
    birth: Dates
    unpaid_since: Dates
    cents: Numbers
    stage: Numbers


def energy_base(town: Town, seed: int) -> EnergyBase:
    """The partner's customers in arrears, in the order of the first list; later entries follow."""
    rng = stream(seed, "energy")
    adults = np.flatnonzero(town.adult)
    wanted = round(town.people * _ROWS_PER_PERSON)
    listed = select(adults, wanted, FAULTS, rng)
    others = np.setdiff1d(adults, listed.person)
    entering = rng.permutation(others)[: WEEKS * round(wanted * WEEKLY_ENTRIES)]
    chosen = Selection(
        np.concatenate([listed.person, entering]),
        np.concatenate([listed.second, np.zeros(entering.size, dtype=np.bool_)]),
        np.concatenate([listed.fault, blank(entering.size)]),
    )
    stage = draw(rng, _STAGE_WEIGHTS, chosen.person.size)
    least, most = np.array(_STAGE_DAYS).T
    unpaid = LIST_DAY - rng.integers(least[stage], most[stage] + 1)
    # Later entries come from invoices that fell due later.
    unpaid[listed.person.size :] = LIST_DAY - rng.integers(0, 20, entering.size)
    stage[listed.person.size :] = 0
    cents = to_cents(np.clip(rng.lognormal(5.9, 0.75, chosen.person.size), 25, 9500))
    cells, birth = _cells(town, chosen, rng)
    return EnergyBase(chosen, listed.person.size, cells, birth, unpaid, cents, stage)


def _cells(town: Town, chosen: Selection, rng: np.random.Generator) -> tuple[dict[str, Texts], Dates]:
    """The cells about the person, and birth dates (NaT where unknown)."""
    told = particulars(town, chosen, np.arange(town.map.doors.building.size), rng)
    size = told.person.size
    number, street = write_streets(town.map, told, 0.55, rng)
    street = mistype(street, told.street_typo, rng)
    commune = town.map.streets.commune[told.street]
    household = town.members.household[told.person]
    voucher = pick(rng, ("N", "O"), (0.65, 0.35), town.households.size.size)
    upper = draw(rng, (0.84, 0.10, 0.06), size)
    rank = rng.choice(100_000_000, size, replace=False)
    cells = {
        "Réf client": texts([f"SIMUL-E{number:08d}" for number in rank.tolist()]),
        "Civilité": _civilities(told.female, rng),
        "Nom": _capitals(told.surname, upper),
        "Prénom": _capitals(told.first, upper),
        "Adresse": _capitals(texts([f"{n} {s}".lstrip() for n, s in zip(number, street, strict=True)]), upper),
        "Complément": write_complements(town.map, told.door, chance(rng, 0.6, size), rng),
        "CP": town.map.communes.postal[commune],
        "Commune": _communes(town, commune, rng),
        "Tél fixe": write_phones(told.landline, _PHONE_WEIGHTS, rng),
        "Tél portable": write_phones(told.mobile, _PHONE_WEIGHTS, rng),
        "Courriel": told.email,
        "Chèque énergie": np.where(chance(rng, 0.05, size), "", voucher[household]).astype(object),
        "Langue": np.where(chance(rng, 0.15, size), _languages(town.households.language[household], rng), ""),
        "Lit le français": np.where(chance(rng, 0.10, size), np.where(town.households.reads_french[household], "O", "N"), ""),
    }
    return cells, told.birth


def _capitals(words: Texts, upper: Numbers) -> Texts:
    """Capitals without accents for most rows, with accents for some, as spoken for the rest."""
    plain = each(words, lambda text: unaccent(text).upper())
    accented = each(words, lambda text: _in_code_page(text.upper()))
    spoken = each(words, _in_code_page)
    return np.select([upper == 0, upper == 1], [plain, accented], spoken).astype(object)


def _in_code_page(text: str) -> str:
    """Letters outside Windows-1252 (Turkish, for one) lose their marks in the partner's system."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return "".join(letter if _fits(letter) else unaccent(letter) for letter in text)
    return text


def _fits(letter: str) -> bool:
    """True where Windows-1252 has the letter."""
    return letter.encode("cp1252", "ignore") != b""


def _civilities(female: Flags, rng: np.random.Generator) -> Texts:
    """Form of address, missing or wrong at times."""
    women = pick(rng, ("MME", "Mme", "MLLE", "", "M"), (0.72, 0.15, 0.05, 0.07, 0.01), female.size)
    men = pick(rng, ("M", "M.", "MR", "", "MME"), (0.72, 0.15, 0.05, 0.07, 0.01), female.size)
    return np.where(female, women, men).astype(object)


def _languages(codes: Texts, rng: np.random.Generator) -> Texts:
    """Languages named in French, at times by a two-letter code."""
    named = each(codes, _LANGUAGE_NAMES.__getitem__)
    short = chance(rng, 0.25, codes.size) & (each(codes, lambda code: code[2:]) == "")
    return np.where(short, each(codes, str.upper), named).astype(object)


def _communes(town: Town, commune: Numbers, rng: np.random.Generator) -> Texts:
    """Name of the post town; the districts of Lyon in four forms, a typing error here and there."""
    names = town.map.communes.mail_name[commune]
    lyon = np.flatnonzero(names == "LYON")
    forms = pick(rng, _LYON_FORMS, (0.4, 0.2, 0.2, 0.2), lyon.size)
    district = [int(postal[-2:]) for postal in town.map.communes.postal[commune[lyon]]]
    written = names.copy()
    written[lyon] = texts([form.format(number) for form, number in zip(forms, district, strict=True)])
    return mistype(written, chance(rng, 0.008, written.size), rng)


def columns(base: EnergyBase, rows: Numbers, *, iso: bool, seed: int) -> dict[str, Texts]:
    """The cells of the given rows by header; dates in ISO 8601 or dd/mm/yyyy."""
    rng = stream(seed, "amounts")
    pattern = "{y}-{m}-{d}" if iso else "{d}/{m}/{y}"
    amounts = write_amounts(base.cents, rng)[rows]
    cells = {name: column[rows] for name, column in base.cells.items()}
    cells["Date de naissance"] = write_days(base.birth[rows], pattern)
    cells["Montant dû"] = amounts
    cells["Date première facture impayée"] = write_days(base.unpaid_since[rows], pattern)
    cells["Stade"] = texts(STAGES)[base.stage[rows]]
    _plant(cells, base.chosen.fault[rows])
    return {name: cells[name] for name in HEADERS}


def _plant(cells: dict[str, Texts], fault: Texts) -> None:
    """Overwrite the cells that make a row impossible to take in."""
    for name in ("Civilité", "Nom", "Prénom"):
        cells[name] = np.where(fault == "name", "", cells[name]).astype(object)
    for name, reason, cell in (
        ("CP", "postal_code", "ABC"),
        ("Montant dû", "amount", "??"),
        ("Date première facture impayée", "date", "31/02/2026"),
    ):
        cells[name] = np.where(fault == reason, cell, cells[name]).astype(object)
