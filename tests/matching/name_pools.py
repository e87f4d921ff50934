"""Names for invented people: real first names and surnames, and a long tail of invented ones."""

from functools import cache

import numpy as np
from faker.providers.person.es_ES import Provider as Spanish
from faker.providers.person.fr_BE import Provider as Belgian
from faker.providers.person.fr_FR import Provider as French
from faker.providers.person.it_IT import Provider as Italian
from faker.providers.person.pt_PT import Provider as Portuguese
from faker.providers.person.tr_TR import Provider as Turkish

STARTS = [
    "MAR",
    "BER",
    "DU",
    "RO",
    "RI",
    "MO",
    "SI",
    "LAU",
    "LE",
    "GAR",
    "DA",
    "FER",
    "BEN",
    "DIA",
    "TRA",
    "KO",
    "OLI",
    "PE",
    "SAN",
    "LO",
    "GI",
    "BOU",
    "CHA",
    "FON",
    "VI",
    "GUE",
]
ENDS = [
    "TIN",
    "NARD",
    "BOIS",
    "BERT",
    "CHARD",
    "REAU",
    "MON",
    "RENT",
    "FEBVRE",
    "NIER",
    "VID",
    "REIRA",
    "ALI",
    "LLO",
    "ORE",
    "ULIBALY",
    "VEIRA",
    "TOS",
    "LLET",
]


@cache
def given_names() -> np.ndarray:
    """About 1,500 first names in upper case, in an order of frequency drawn once."""
    pools = (French, Portuguese, Belgian, Turkish)
    names = [name.upper() for pool in pools for name in pool.first_names if "-" not in name]
    pool = np.array(list(dict.fromkeys(names))[:1500], dtype=object)
    return pool[np.random.default_rng(3).permutation(len(pool))]


@cache
def surnames() -> np.ndarray:
    """Twelve thousand surnames in upper case: real ones first, then invented ones."""
    pools = (French, Portuguese, Belgian, Spanish, Italian, Turkish)
    names = dict.fromkeys(name.upper() for pool in pools for name in pool.last_names)
    rng = np.random.default_rng(2)
    while len(names) < 12_000:
        middle = rng.choice(STARTS) if rng.random() < 0.8 else ""
        names[f"{rng.choice(STARTS)}{middle}{rng.choice(ENDS)}"] = None
    return np.array(list(names), dtype=object)
