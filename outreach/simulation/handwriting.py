"""How partners' clerks write things down: telephones, dates, amounts, streets, and where a door is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from outreach.simulation.buildings import DOOR_LABELS
from outreach.simulation.geography import TownMap
from outreach.simulation.partners import Particulars
from outreach.simulation.pools import Dates, Flags, Numbers, Reals, Texts, chance, draw, pick, texts

_SHORT_TYPES = {
    "Avenue": ("AV", "AVE"), "Boulevard": ("BD", "BLD"), "Allée": ("ALL", "AL"), "Place": ("PL", "PL"),
    "Square": ("SQ", "SQ"), "Impasse": ("IMP", "IMP"), "Chemin": ("CHE", "CHEM"), "Route": ("RTE", "RTE"),
    "Cours": ("CRS", "CRS"), "Passage": ("PASS", "PAS"), "Montée": ("MTE", "MTEE"), "Rue": ("R", "RUE"),
    "Lieu-dit": ("LD", "LIEU DIT"),
}  # fmt: skip
_SHORT_WORDS = {
    "Général": "Gal", "Docteur": "Dr", "Professeur": "Pr", "Président": "Pdt", "Maréchal": "Mal",
    "Saint": "St", "Sainte": "Ste", "Frères": "Fr",
}  # fmt: skip
PHONE_STYLES: tuple[Callable[[str], str], ...] = (
    lambda number: " ".join(number[at : at + 2] for at in range(0, 10, 2)),
    lambda number: ".".join(number[at : at + 2] for at in range(0, 10, 2)),
    lambda number: number,
    lambda number: f"+33 {number[1]} " + " ".join(number[at : at + 2] for at in range(2, 10, 2)),
    lambda number: number[1:],
)
"""Pairs and spaces, pairs and dots, ten digits, international, and the leading zero lost in a spreadsheet."""
_SIDES = {1: ("",), 2: ("gauche", "droite"), 3: ("gauche", "face", "droite")}
_STAIRCASE_LETTERS = "ABCD"


def write_phones(numbers: Texts, weights: tuple[float, ...], rng: np.random.Generator) -> Texts:
    """National numbers in the five styles, by weight; empty stays empty."""
    styles = draw(rng, weights, numbers.size).tolist()
    return texts([PHONE_STYLES[style](text) if text else "" for text, style in zip(numbers, styles, strict=True)])


def write_days(days: Dates, pattern: str) -> Texts:
    """Dates by a ``str.format`` pattern of ``{y}``, ``{yy}``, ``{m}``, ``{d}``; NaT gives ``""``."""
    written = np.datetime_as_string(days, unit="D").tolist()
    known = {day: pattern.format(y=day[:4], yy=day[2:4], m=day[5:7], d=day[8:10]) for day in set(written)}
    known["NaT"] = ""
    return texts([known[day] for day in written])


def write_amounts(cents: Numbers, rng: np.random.Generator) -> Texts:
    """Euros with a decimal comma; half of the thousands are set apart by a space, some unbreakable."""
    spaces = pick(rng, ("", " ", "\u00a0"), (5, 4, 1), cents.size)
    written = []
    for amount, space in zip(cents.tolist(), spaces, strict=True):
        euros, rest = divmod(amount, 100)
        written.append(f"{euros:,}".replace(",", space) + f",{rest:02d}")
    return texts(written)


def write_streets(town: TownMap, told: Particulars, shortened: float, rng: np.random.Generator) -> tuple[Texts, Texts]:
    """Number with its suffix, and street, for each row; ``shortened`` is the share of abbreviated streets."""
    streets, buildings = town.streets, town.buildings
    size = told.street.size
    pairs = list(zip(streets.kind, streets.rest, strict=True))
    long_forms = texts([f"{kind} {rest}" for kind, rest in pairs])
    short_forms = [texts([f"{_SHORT_TYPES[kind][n]} {_shorten(rest)}" for kind, rest in pairs]) for n in (0, 1)]
    form = draw(rng, (1 - shortened, shortened * 0.7, shortened * 0.3), size)
    street = np.select(
        [form == 0, form == 1],
        [long_forms[told.street], short_forms[0][told.street]],
        short_forms[1][told.street],
    )
    in_hamlet = streets.hamlet[told.street]
    street = np.where(in_hamlet & chance(rng, 0.4, size), streets.rest[told.street], street).astype(object)
    suffix = buildings.suffix[told.building]
    suffix = np.where(chance(rng, 0.4, size), _first_letters(suffix), suffix)
    number = texts([f"{number} {text}".rstrip() for number, text in zip(told.number, suffix, strict=True)])
    # Hamlets were numbered lately: most customer bases do not know it.
    return np.where(in_hamlet & chance(rng, 0.6, size), "", number).astype(object), street


def _first_letters(suffix: Texts) -> Texts:
    """``bis`` written ``B``, ``ter`` written ``T``."""
    return texts([text[:1].upper() for text in suffix])


def _shorten(rest: str) -> str:
    """Titles and Saint abbreviated."""
    return " ".join("-".join(_SHORT_WORDS.get(part, part) for part in word.split("-")) for word in rest.split(" "))


def door_labels(town: TownMap, doors: Numbers) -> Texts:
    """What is written on each door: a rank, floor and rank, a letter, or a side of the landing."""
    place_of, rank, floor = town.doors.place[doors], town.doors.rank[doors], town.doors.floor[doors]
    plan, building = town.buildings.plan, town.doors.building[doors]
    scheme, per_floor = plan.label[building].tolist(), plan.per_floor[building].tolist()
    single = (plan.doors[building] == 1).tolist()
    labels = []
    for kind, on_floor, alone, place, number, level in zip(
        scheme, per_floor, single, place_of.tolist(), rank.tolist(), floor.tolist(), strict=True
    ):
        if alone:
            labels.append("")
        elif DOOR_LABELS[kind] == "rank":
            labels.append(str(number + 1))
        elif DOOR_LABELS[kind] == "floor":
            labels.append(f"{level}{place + 1:02d}")
        elif DOOR_LABELS[kind] == "letter":
            labels.append("ABCD"[place])
        else:
            labels.append(_SIDES[on_floor][place])
    return texts(labels)


def staircase_labels(town: TownMap, doors: Numbers) -> Texts:
    """Number or letter of the staircase, ``""`` in buildings that have one only."""
    building = town.doors.building[doors]
    several = (town.buildings.plan.staircases[building] > 1).tolist()
    staircase = town.doors.staircase[doors].tolist()
    # Where buildings bear letters, staircases bear numbers.
    lettered = ((town.buildings.letter[building] == "") & (building % 2 == 0)).tolist()
    return texts(
        [
            "" if not many else _STAIRCASE_LETTERS[at] if by_letter else str(at + 1)
            for many, at, by_letter in zip(several, staircase, lettered, strict=True)
        ]
    )


def write_complements(town: TownMap, doors: Numbers, shown: Flags, rng: np.random.Generator) -> Texts:
    """The second address line: residence, building, staircase, floor, door, entry code, in many styles.

    ``shown`` says whether floor and door are told.
    """
    building = town.doors.building[doors]
    many = town.buildings.plan.doors[building] > 1
    style = rng.integers(0, len(_COMPLEMENTS), doors.size).tolist()
    code = np.where(chance(rng, 0.06, doors.size), town.buildings.entry_code[building], "")
    residence = np.where(chance(rng, 0.5, doors.size), town.buildings.residence[building], "")
    columns = (
        style,
        town.buildings.letter[building],
        staircase_labels(town, doors),
        town.doors.floor[doors].tolist(),
        door_labels(town, doors),
        shown.tolist(),
        residence,
        code,
    )
    rows = [
        _complement(*row) if lives_in_flat else "" for lives_in_flat, row in zip(many, zip(*columns, strict=True), strict=True)
    ]
    return texts(rows)


# Words for building, staircase, ground floor, floor, door; and what stands between them.
_COMPLEMENTS = (
    ("BAT {}", "ESC {}", "RDC", "ETG {}", "PTE {}", " "),
    ("Bât. {}", "esc. {}", "rez-de-chaussée", "{}e étage", "porte {}", ", "),
    ("BATIMENT {}", "ESCALIER {}", "ETAGE 0", "ETAGE {}", "APPT {}", " "),
    ("BT {}", "E{}", "RC", "{}EME", "LOGT {}", " "),
    ("Bat {}", "allée {}", "RDC", "{} ème étage", "appt {}", " - "),
    ("{}", "{}", "0", "{}", "{}", "/"),
)


def _complement(style: int, letter: str, staircase: str, floor: int, door: str, shown: bool, residence: str, code: str) -> str:
    """One second address line."""
    block, stairs, ground, level, gate, between = _COMPLEMENTS[style]
    parts = [block.format(letter)] if letter else []
    if staircase:
        parts.append(stairs.format(staircase))
    if shown:
        parts.append(level.format(floor) if floor else ground)
        if door:
            parts.append(gate.format(door))
    if code:
        parts.append(f"CODE {code}")
    line = between.join(parts)
    return f"{residence} {line}".strip() if residence else line


def to_cents(euros: Reals) -> Numbers:
    """Whole cents."""
    return np.rint(euros * 100).astype(np.int64)
