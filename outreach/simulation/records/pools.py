"""Names for invented people: real first names and surnames, a long tail of invented ones, and spellings of one name."""

from __future__ import annotations

from functools import cache

import numpy as np
from faker.providers.person.es_ES import Provider as Spanish
from faker.providers.person.fr_BE import Provider as Belgian
from faker.providers.person.fr_FR import Provider as French
from faker.providers.person.it_IT import Provider as Italian
from faker.providers.person.pt_PT import Provider as Portuguese
from faker.providers.person.tr_TR import Provider as Turkish

from outreach.simulation.pools import Numbers, Reals, Texts, texts

FIRST_NAMES, SURNAMES = 1_500, 12_000
STARTS = (
    "MAR", "BER", "DU", "RO", "RI", "MO", "SI", "LAU", "LE", "GAR", "DA", "FER", "BEN", "DIA",
    "TRA", "KO", "OLI", "PE", "SAN", "LO", "GI", "BOU", "CHA", "FON", "VI", "GUE",
)  # fmt: skip
ENDS = (
    "TIN", "NARD", "BOIS", "BERT", "CHARD", "REAU", "MON", "RENT", "FEBVRE", "NIER", "VID", "REIRA",
    "ALI", "LLO", "ORE", "ULIBALY", "VEIRA", "TOS", "LLET",
)  # fmt: skip
SPELLINGS = (
    "MOHAMED/MOHAMMED/MUHAMMAD/MOHAMMAD/MOUHAMED", "YOUSSEF/YUSUF/YOUCEF/YOUSSOUF", "AHMED/AHMAD/AHMET",
    "ABDELKADER/ABD EL KADER/ABDULKADIR", "ABDALLAH/ABDULLAH/ABDOULAYE", "FATIMA/FATMA/FATEMEH", "AICHA/AISHA/AYSE",
    "KHADIJA/KHADIDJA/HATICE", "HUSSEIN/HOCINE/HUSEYIN/HOUSSINE", "HASSAN/HACENE/HASAN", "MUSTAPHA/MOUSTAFA/MUSTAFA",
    "IBRAHIM/BRAHIM/IBRAHIMA", "SAID/SAEED/SAYED", "RACHID/RASHID/RECHID", "NOUREDDINE/NOUR EDDINE/NURETTIN",
    "OUMAR/OMAR/UMAR/OMER", "ABDERRAHMANE/ABD ER RAHMANE/ABDOURAHMANE", "SAMIR/SAMEER", "MALIKA/MALEEKA",
    "DJAMEL/JAMAL/JAMEL/CEMAL", "DJAMILA/JAMILA/CEMILE", "ZINEB/ZAINAB/ZEYNEP", "LEILA/LAYLA/LEYLA", "ISMAEL/ISMAIL/SMAIL",
    "OLEKSANDR/ALEXANDR/OLEXANDRE", "SERGUEI/SERHIY/SERGEY", "KATERYNA/EKATERINA/KATERINA", "DMITRI/DMYTRO/DIMITRI",
    "HAMID/HAMEED", "KARIM/KAREEM/KERIM", "NADJIA/NAJIA", "SOULEYMANE/SULAYMAN/SLIMANE/SULEYMAN",
)  # fmt: skip


@cache
def given_names() -> Texts:
    """About 1,500 first names in upper case, in an order of frequency drawn once."""
    names = [name.upper() for pool in (French, Portuguese, Belgian, Turkish) for name in pool.first_names if "-" not in name]
    pool = texts(list(dict.fromkeys(names))[:FIRST_NAMES])
    return pool[np.random.default_rng(3).permutation(len(pool))]


@cache
def surnames() -> Texts:
    """Twelve thousand surnames in upper case: real ones first, then invented ones."""
    pools = (French, Portuguese, Belgian, Spanish, Italian, Turkish)
    names = dict.fromkeys(name.upper() for pool in pools for name in pool.last_names)
    rng = np.random.default_rng(2)
    while len(names) < SURNAMES:
        middle = rng.choice(STARTS) if rng.random() < 0.8 else ""  # noqa: PLR2004 - one in five is short
        names[f"{rng.choice(STARTS)}{middle}{rng.choice(ENDS)}"] = None
    return texts(list(names))


@cache
def spellings() -> dict[str, tuple[str, ...]]:
    """The other ways to write a first name, by each way to write it."""
    groups = [tuple(group.split("/")) for group in SPELLINGS]
    return {name: tuple(other for other in group if other != name) for group in groups for name in group}


def long_tail(size: int, exponent: float, offset: float) -> Reals:
    """Weights that fall with rank, a little flatter at the head than a pure power (sums to 1)."""
    weights = (np.arange(size) + offset) ** -exponent
    return np.asarray(weights / weights.sum())


def draw_given_names(count: int, abroad: float, rng: np.random.Generator) -> Texts:
    """First names: one in fourteen compound, a share of those that are spelt in several ways."""
    pool = given_names()
    names = rng.choice(pool, count, p=long_tail(len(pool), 0.8, 5))
    compound = np.flatnonzero(rng.random(count) < 1 / 14)
    names[compound] = names[compound] + "-" + rng.choice(pool[:60], compound.size)
    foreign = np.flatnonzero(rng.random(count) < abroad)
    written = texts(list(spellings()))
    names[foreign] = rng.choice(written, foreign.size, p=long_tail(len(written), 0.5, 3))
    return np.asarray(names)


def draw_surnames(count: int, rng: np.random.Generator) -> Texts:
    """Surnames, a few thousand of them frequent."""
    pool = surnames()
    return np.asarray(rng.choice(pool, count, p=long_tail(len(pool), 0.75, 5)))


def codes(prefix: str, numbers: Numbers, digits: int) -> Texts:
    """Texts of a prefix and a number padded with zeros."""
    return texts([f"{prefix}{number:0{digits}d}" for number in numbers.tolist()])
