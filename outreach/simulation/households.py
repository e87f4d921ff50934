"""Who lives together: sizes and roles of households, ages, sexes, shared traits (language, reading)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from outreach.simulation.names import POOL_WEIGHTS, POOLS
from outreach.simulation.pools import (
    Dates,
    Flags,
    Numbers,
    Texts,
    chance,
    draw,
    pick,
    place_in_group,
    starts_of,
    stream,
    texts,
)

REFERENCE_DAY = np.datetime64("2026-10-02")
HEAD, PARTNER, MINOR, GROWN_CHILD, GRANDPARENT, SHARER = range(6)
_ROLE_LETTERS = "HPCAGS"
# Households by composition (letters of _ROLE_LETTERS), in per cent. Sizes follow the French census closely
# enough (about 36 % of one person, mean 2.2); grown children, grandparents and sharers are what tries a
# matching engine.
_COMPOSITIONS = {
    "H": 35.0, "HP": 24.0,
    "HPC": 6.5, "HPCC": 7.0, "HPCCC": 2.6, "HPCCCC": 0.9,
    "HC": 4.2, "HCC": 2.8, "HCCC": 0.9,
    "HA": 3.0, "HAA": 0.8, "HAC": 0.8, "HPA": 3.6, "HPAC": 1.6, "HPAA": 1.2,
    "HG": 0.9, "HAG": 0.3, "HPG": 0.4, "HPCG": 0.6, "HPCCG": 0.5, "HPAG": 0.3,
    "HS": 2.6, "HSS": 1.2, "HSSS": 0.5,
}  # fmt: skip
_TWINS = 0.03
_LANGUAGES = {
    "fr": (("fr",), (1.0,)),
    "maghreb": (("fr", "ar", "kab"), (0.68, 0.28, 0.04)),
    "westafrica": (("fr", "wo", "bm", "en"), (0.78, 0.09, 0.06, 0.07)),
    "turkish": (("fr", "tr"), (0.45, 0.55)),
    "portuguese": (("fr", "pt"), (0.68, 0.32)),
    "armenian": (("fr", "hy", "ru"), (0.70, 0.22, 0.08)),
    "world": (("fr", "en", "es", "it", "ro", "ru", "sq"), (0.45, 0.14, 0.10, 0.06, 0.09, 0.06, 0.10)),
}
# Together these leave about 20 % of the people with trouble in French (the share the network states); native
# speakers who read with difficulty are part of it. Priority areas count more of them than other streets.
_TROUBLE_OTHER_LANGUAGE = 0.72
_TROUBLE_FRENCH = {True: 0.185, False: 0.115}


@dataclass(frozen=True)
class Households:
    """One element for each household; ``door`` is its dwelling's index in the town map."""

    size: Numbers
    pool: Numbers
    door: Numbers
    language: Texts
    reads_french: Flags


@dataclass(frozen=True)
class Members:
    """One element for each person, household by household; ages are whole years on the reference day."""

    household: Numbers
    role: Numbers
    female: Flags
    age: Numbers
    birth: Dates


def household_sizes(people: int, seed: int) -> tuple[Numbers, Numbers]:
    """Composition (index) and size of enough households to hold exactly ``people`` persons."""
    compositions = list(_COMPOSITIONS)
    sizes = np.array([len(letters) for letters in compositions])
    mean = float(np.average(sizes, weights=list(_COMPOSITIONS.values())))
    rng = stream(seed, "compositions")
    drawn = draw(rng, list(_COMPOSITIONS.values()), int(people / mean * 1.2) + 30)
    full = int(np.searchsorted(np.cumsum(sizes[drawn]), people, side="right"))
    alone = people - int(sizes[drawn[:full]].sum())
    chosen = np.append(drawn[:full], np.full(alone, compositions.index("H")))
    return chosen, sizes[chosen]


def settle(sizes: Numbers, door: Numbers, priority: Flags, seed: int) -> Households:
    """Give each household its name pool, language and reading; ``priority`` marks those in priority areas."""
    rng = stream(seed, "traits")
    pool = draw(rng, POOL_WEIGHTS, sizes.size)
    language = texts(["fr"] * sizes.size)
    for index, name in enumerate(POOLS):
        here = np.flatnonzero(pool == index)
        language[here] = pick(rng, *_LANGUAGES[name], here.size)
    trouble = np.where(
        language != "fr",
        _TROUBLE_OTHER_LANGUAGE,
        np.where(priority, _TROUBLE_FRENCH[True], _TROUBLE_FRENCH[False]),
    )
    return Households(sizes, pool, door, language, ~chance(rng, trouble, sizes.size))


def people_of(composition: Numbers, sizes: Numbers, seed: int) -> Members:
    """The members of the households: roles, sexes and ages that fit together."""
    rng = stream(seed, "members")
    roles = np.full((len(_COMPOSITIONS), int(max(map(len, _COMPOSITIONS)))), HEAD)
    for row, letters in enumerate(_COMPOSITIONS):
        roles[row, : len(letters)] = [_ROLE_LETTERS.index(letter) for letter in letters]
    household = np.repeat(np.arange(sizes.size), sizes)
    role = roles[composition[household], place_in_group(starts_of(household))]
    age = _ages(_head_ages(composition, rng)[household], role, rng)
    birth = REFERENCE_DAY - (np.floor(age * 365.2425).astype(np.int64) + rng.integers(1, 365, age.size))
    birth = _with_twins(birth, household, role, rng)
    return Members(household, role, _sexes(household, role, rng), age, birth)


def _head_ages(composition: Numbers, rng: np.random.Generator) -> Numbers:
    """Age of each household's head, within the range its composition allows."""
    ranges = []
    for letters in _COMPOSITIONS:
        if "S" in letters:
            ranges.append((19, 36))
        elif "A" in letters:
            ranges.append((42, 72))
        elif "G" in letters:
            ranges.append((30, 64) if "C" not in letters else (28, 50))
        elif "C" in letters:
            ranges.append((22, 53))
        else:
            ranges.append((20, 93))
    low, high = np.array(ranges).T
    ages: Numbers = rng.integers(low[composition], high[composition] + 1)
    return ages


def _ages(head: Numbers, role: Numbers, rng: np.random.Generator) -> Numbers:
    """Age of each person from the age of the household's head."""
    size = role.size
    gap = np.rint(rng.normal(0, 4, size)).astype(np.int64)
    ages: Numbers = np.select(
        [role == HEAD, role == PARTNER, role == MINOR, role == GROWN_CHILD, role == GRANDPARENT],
        [
            head,
            np.clip(head - gap, 18, 97),
            rng.integers(0, np.minimum(17, np.maximum(head - 19, 1)) + 1),
            rng.integers(18, np.maximum(np.minimum(36, head - 20), 18) + 1),
            np.minimum(head + rng.integers(21, 33, size), 97),
        ],
        default=np.clip(head + gap, 18, 40),
    )
    return ages


def _sexes(household: Numbers, role: Numbers, rng: np.random.Generator) -> Flags:
    """True for women. Partners are mostly of the other sex; single parents are mostly women."""
    female = chance(rng, 0.51, role.size)
    head_index = np.arange(role.size) - place_in_group(starts_of(household))
    alone_with_child = np.isin(np.roll(role, -1), (MINOR, GROWN_CHILD)) & (role == HEAD)
    female = np.where(alone_with_child, chance(rng, 0.83, role.size), female)
    same = chance(rng, 0.03, role.size)
    return np.where(role == PARTNER, female[head_index] == same, female)


def _with_twins(birth: Dates, household: Numbers, role: Numbers, rng: np.random.Generator) -> Dates:
    """Some children share the birth date of the child before them in the household."""
    twin = (role[1:] == role[:-1]) & (household[1:] == household[:-1]) & np.isin(role[1:], (MINOR, GROWN_CHILD))
    twin &= chance(rng, _TWINS, twin.size)
    shared = birth.copy()
    shared[1:][twin] = birth[:-1][twin]
    return shared
