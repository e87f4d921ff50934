"""Estimate parameters without labels from the records themselves."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pyarrow as pa

from outreach.matching.compare import pattern_counts
from outreach.matching.fields import FAR_FIELDS
from outreach.matching.frequencies import list_chances
from outreach.matching.model import estimate_moved, estimate_near, is_near, with_chances
from outreach.matching.parameters import Parameters, Stratum, Table
from outreach.matching.sampling import Levels
from outreach.matching.session import MatchSettings, compared_records, database

RANDOM_PAIRS = 400_000
# What strangers of one address look like is learnt from all of them, not from those who share something.
EVERY_NEIGHBOUR = 400
# Start of EM: the roles of the three classes at one address, worst level first. A landline belongs to the
# home, a mobile to a person, a crowded address to strangers.
START_NEAR = Stratum(
    weights={"same": 0.02, "household": 0.15, "stranger": 0.83},
    tables={
        "same": {
            "given_name": (0.02, 0.02, 0.08, 0.02, 0.16, 0.7),
            "family_name": (0.05, 0.06, 0.03, 0.14, 0.72),
            "birth_date": (0.02, 0.01, 0.1, 0.87),
            "mobile": (0.2, 0.04, 0.76),
            "fixed": (0.15, 0.04, 0.81),
            "email": (0.1, 0.9),
            "reference": (0.4, 0.6),
            "partner": (0.5, 0.5),
            "flat": (0.05, 0.95),
            "crowd": (0.4, 0.2, 0.15, 0.25),
        },
        "household": {
            "given_name": (0.9, 0.02, 0.02, 0.02, 0.03, 0.01),
            "family_name": (0.2, 0.02, 0.01, 0.01, 0.76),
            "birth_date": (0.955, 0.04, 0.002, 0.003),
            "mobile": (0.75, 0.01, 0.24),
            "fixed": (0.3, 0.02, 0.68),
            "email": (0.9, 0.1),
            "reference": (0.999, 0.001),
            "partner": (0.75, 0.25),
            "flat": (0.05, 0.95),
            "crowd": (0.4, 0.2, 0.15, 0.25),
        },
        "stranger": {
            "given_name": (0.93, 0.02, 0.01, 0.02, 0.01, 0.01),
            "family_name": (0.96, 0.01, 0.01, 0.01, 0.01),
            "birth_date": (0.96, 0.035, 0.004, 0.001),
            "mobile": (0.99, 0.005, 0.005),
            "fixed": (0.99, 0.005, 0.005),
            "email": (0.995, 0.005),
            "reference": (0.999, 0.001),
            "partner": (0.8, 0.2),
            "flat": (0.97, 0.03),
            "crowd": (0.02, 0.03, 0.05, 0.9),
        },
    },
)
# What a move changes: the address, the landline, sometimes the mobile. Pairs at one address do not show it; this is
# where learning it from the other pairs starts, as if seen on so many.
PRIOR_MOVED_PAIRS = 100.0
MOVED: dict[str, Table] = {
    "same": {"address": (0.55, 0.15, 0.30, 1e-12), "mobile": (0.25, 0.04, 0.71), "fixed": (0.55, 0.04, 0.41)},
    "household": {"address": (0.60, 0.20, 0.20, 1e-12)},
}
FAR_RATES = {"same": 0.02, "household": 0.01}
EQUAL_REFERENCES = 1e-7


def train(records: pd.DataFrame | pa.Table, *, settings: MatchSettings | None = None, version: str = "own") -> Parameters:
    """Parameters learnt from these records (columns as for match_records); a few thousand are needed."""
    settings = replace(settings or MatchSettings(), whole_address=EVERY_NEIGHBOUR)
    with database(settings) as connection:
        total, _ = compared_records(connection, records, settings)
        patterns, counts = pattern_counts(connection)
        near = is_near(patterns)
        if total < 2 or not near.any():  # noqa: PLR2004 - a pair needs two
            message = "too few records to learn from: no two of them share an address"
            raise ValueError(message)
        found = list_chances(connection, total, RANDOM_PAIRS)
        learnt = estimate_near(patterns[near], counts[near], START_NEAR)
        far = with_chances(_far_start(learnt, _strangers(found.levels)), found)
        far = estimate_moved(patterns[~near], counts[~near], far, total, PRIOR_MOVED_PAIRS)
        return Parameters(version, learnt, _anywhere(far, found.exact["postal_code"].rate(0.0, 0.0)))


def _anywhere(far: Stratum, town: float) -> Stratum:
    """Shipped tables speak of any list: a mover's new town is drawn again when a list is scored."""
    elsewhere, same_town, same_street, same = far.tables["same"]["address"]
    drawn = min(same_town, elsewhere * town / max(1 - town, 1e-9))
    address = (elsewhere + drawn, same_town - drawn, same_street, same)
    return replace(far, tables={
        **far.tables, "same": {**far.tables["same"], "address": address},
        "household": {**far.tables["household"], "address": MOVED["household"]["address"]},
    })  # fmt: skip


def _far_start(near: Stratum, strangers: Table) -> Stratum:
    tables = {
        name: {field: shares for field, shares in near.tables[name].items() if field in FAR_FIELDS} | dict(moved)
        for name, moved in MOVED.items()
    }
    return Stratum(FAR_RATES, {**tables, "stranger": strangers})


def _strangers(levels: Levels) -> Table:
    """The shares of the levels of random pairs."""
    tables = {field: tuple((count + 0.5) / (sum(seen) + 0.5 * len(seen)) for count in seen) for field, seen in levels.items()}
    return {**tables, "reference": (1 - EQUAL_REFERENCES, EQUAL_REFERENCES)}
