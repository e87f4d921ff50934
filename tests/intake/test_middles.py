"""The middles of communes: plausible points, for nearly everybody."""

from __future__ import annotations

import csv
import math
from pathlib import Path

from outreach.core.communes import lines
from outreach.intake.middles import commune_points

NEAR = 7
"""Kilometres between a commune's middle and what the synthetic town takes for it."""


def test_nearly_everybody_lives_in_a_commune_whose_middle_is_known():
    people = {insee: int(population) for insee, _name, _codes, population in lines() if population}
    points = commune_points()
    known = sum(number for insee, number in people.items() if insee in points)
    assert known > 0.97 * sum(people.values())
    assert set(points) <= set(people)


def test_middles_are_where_the_communes_are():
    towns = Path("outreach/simulation/data/communes.csv")
    with towns.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["insee"] in commune_points()]
    assert len(rows) == 20
    for row in rows:
        lon, lat = commune_points()[row["insee"]]
        assert math.hypot((lon - float(row["lon"])) * 77, (lat - float(row["lat"])) * 111) < NEAR, row["name"]
