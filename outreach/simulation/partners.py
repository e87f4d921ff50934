"""Who stands on a partner's list, and what the partner's customer base holds about each of them.

Both partners start here: a selection of people (some twice, some rows faulty, some repeated) and their
particulars with the mishaps of :mod:`outreach.simulation.errors`. How a partner writes them down is its own
affair (energy, landlord).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from outreach.simulation.errors import (
    cut_compound,
    cut_long,
    mistake_dates,
    mistype,
    rates,
    shift_numbers,
    struck,
    swap_digits,
)
from outreach.simulation.pools import Dates, Flags, Numbers, Texts, blank, chance, each, texts
from outreach.simulation.population import Town

SECOND_ROWS = 0.07
REPEATED_ROWS = 0.001
FAULTY_ROWS = 0.005
_BIRTH_MISSING = 0.37
_NO_NUMBER = 0.055
_NO_MOBILE = 0.03
_NO_LANDLINE = 0.12


@dataclass(frozen=True)
class Selection:
    """One element for each distinct row of a list: the person, is it a second row, the planted fault."""

    person: Numbers
    second: Flags
    fault: Texts


@dataclass(frozen=True)
class Particulars:
    """What the base holds for each row: texts as the person would say them, mishaps included.

    ``birth`` is NaT and texts are ``""`` where nothing is known. ``number`` is the house number told, which
    an error may have changed; ``building`` and ``door`` are the place told, which a move may have made stale.
    """

    person: Numbers
    first: Texts
    surname: Texts
    female: Flags
    birth: Dates
    mobile: Texts
    landline: Texts
    email: Texts
    door: Numbers
    building: Numbers
    street: Numbers
    number: Numbers
    street_typo: Flags


def select(eligible: Numbers, rows: int, faults: tuple[str, ...], rng: np.random.Generator) -> Selection:
    """People for ``rows`` distinct rows: each once, a share of them again, faults in some first rows.

    Fewer rows come back when ``eligible`` does not hold enough people.
    """
    again = round(rows * SECOND_ROWS)
    people = rng.choice(eligible, min(rows - again, eligible.size), replace=False)
    person = np.concatenate([people, rng.choice(people, again)])
    second = np.arange(person.size) >= people.size
    fault = blank(person.size)
    planted = rng.choice(people.size, max(len(faults), round(rows * FAULTY_ROWS)), replace=False)
    fault[planted] = texts(faults)[np.arange(planted.size) % len(faults)]
    order = rng.permutation(person.size)
    return Selection(person[order], second[order], fault[order])


def with_repeats(fault: Texts, rng: np.random.Generator) -> tuple[Numbers, Flags]:
    """Order of the rows of a file with a few exact repeats, each somewhere after the row it repeats."""
    size = fault.size
    sound = np.flatnonzero(fault == "")
    copied = rng.choice(sound, max(2, round(size * REPEATED_ROWS)), replace=False)
    keys = np.concatenate([np.arange(size, dtype=np.float64), rng.uniform(copied + 0.5, size)])
    order = np.argsort(keys, kind="stable")
    return np.concatenate([np.arange(size), copied])[order], order >= size


def particulars(town: Town, chosen: Selection, former_doors: Numbers, rng: np.random.Generator) -> Particulars:
    """What a partner's base holds about the chosen people; who moved is at one of ``former_doors``."""
    person, second = chosen.person, chosen.second
    first, surname = _told_names(town, person, second, rng)
    mobile, landline = _told_numbers(town, person, second, rng)
    birth = mistake_dates(
        town.members.birth[person],
        struck("birth_digit", second, rng),
        struck("birth_swapped", second, rng),
        rng,
    )
    birth[chance(rng, _BIRTH_MISSING, person.size)] = np.datetime64("NaT")
    door = town.door[person]
    elsewhere = rng.choice(former_doors, person.size)
    door = np.where(struck("moved", second, rng), elsewhere, door)
    building = town.map.doors.building[door]
    return Particulars(
        person=person,
        first=first,
        surname=surname,
        female=town.members.female[person],
        birth=birth,
        mobile=mobile,
        landline=landline,
        email=mistype(town.contacts.email[person], struck("email_altered", second, rng), rng),
        door=door,
        building=building,
        street=town.map.buildings.street[building],
        number=shift_numbers(town.map.buildings.number[building], struck("wrong_number", second, rng), rng),
        street_typo=struck("street_typo", second, rng),
    )


def _told_names(town: Town, person: Numbers, second: Flags, rng: np.random.Generator) -> tuple[Texts, Texts]:
    """First names and surnames with their mishaps."""
    first, surname = town.names.first[person], town.names.surname[person]
    birth_surname = town.names.birth_surname[person]
    other = struck("other_surname", second, rng) & (birth_surname != surname)
    doubled = [f"{name} {born}" for name, born in zip(surname, birth_surname, strict=True)]
    alternative = np.where(chance(rng, 0.4, person.size), texts(doubled), birth_surname)
    surname = np.where(other, alternative, surname).astype(object)
    surname = np.where(struck("cut_surname", second, rng), each(surname, cut_long), surname).astype(object)
    first = np.where(struck("cut_first", second, rng), each(first, cut_compound), first).astype(object)
    surname = mistype(surname, struck("surname_typo", second, rng), rng)
    first = mistype(first, struck("first_typo", second, rng), rng)
    first = np.where(struck("initial", second, rng), each(first, _initial), first).astype(object)
    swapped = struck("swapped", second, rng)
    return np.where(swapped, surname, first), np.where(swapped, first, surname)


def _initial(name: str) -> str:
    """``Marie`` becomes ``M.``."""
    return f"{name[:1]}."


def _told_numbers(town: Town, person: Numbers, second: Flags, rng: np.random.Generator) -> tuple[Texts, Texts]:
    """Mobile and landline known to the partner: a quarter of the rows end up with neither."""
    size = person.size
    former = town.contacts.former[rng.integers(0, town.contacts.former.size, size)]
    mobile = town.contacts.mobile[person]
    changed = (mobile != "") & chance(rng, rates("phone_changed", second), size)
    mobile = swap_digits(np.where(changed, former, mobile).astype(object), struck("phone_digits", second, rng), rng)
    none = chance(rng, _NO_NUMBER, size)
    mobile = np.where(none | chance(rng, _NO_MOBILE, size), "", mobile).astype(object)
    landline = town.contacts.landline[person]
    landline = np.where(none | chance(rng, _NO_LANDLINE, size), "", landline).astype(object)
    return mobile, landline
