"""The communes of France: INSEE's « code officiel géographique » of 2026 with La Poste's postal codes (Licence Ouverte 2.0).

Former communes are included, so that an old name still finds the present commune; see docs/data.md.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).with_name("data") / "communes.csv.gz"
_DISTRICT = " Arrondissement"


def lines() -> Iterator[list[str]]:
    """Code, name, postal codes and population of each; a former commune has the present one's code and no population."""
    with gzip.open(DATA, "rt", encoding="utf-8", newline="") as written:
        next(written)
        yield from csv.reader(written)


@lru_cache(maxsize=1)
def commune_names() -> dict[str, str]:
    """Of each code the commune's name as it is officially written; of a district ``Lyon 8e``."""
    return {insee: name.removesuffix(_DISTRICT) for insee, name, _codes, population in lines() if population}
