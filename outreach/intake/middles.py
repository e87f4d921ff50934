"""The middle of each commune, where no register of addresses says better: for the nearest site, never for a round.

GeoNames' places of 500 inhabitants or more (CC BY 4.0), by INSEE's code; smaller communes have the middle of those that
share their postal code. See docs/data.md.
"""

from __future__ import annotations

import csv
import gzip
from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).with_name("data") / "commune_points.csv.gz"


@lru_cache(maxsize=1)
def commune_points() -> dict[str, tuple[float, float]]:
    """Longitude and latitude (degrees) by INSEE code."""
    with gzip.open(DATA, "rt", encoding="utf-8", newline="") as lines:
        return {row["insee"]: (float(row["lon"]), float(row["lat"])) for row in csv.DictReader(lines)}
