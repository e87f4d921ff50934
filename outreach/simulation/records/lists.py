"""Rows of several partners' lists beside the truth: who is who, and who lives with whom.

Figures follow what such lists look like: about 8 % of the rows repeat a person, birth dates are missing on 40 % of the
rows and e-mails on half of them, members of a household share surname, address and often a phone, a third of the
households live in blocks of flats whose door is written on six rows out of ten only. Nobody here exists.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from outreach.simulation.pools import each, stream, unaccent
from outreach.simulation.records.homes import Columns
from outreach.simulation.records.mistakes import repeat_with_mistakes
from outreach.simulation.records.people import invent_people, partner_codes
from outreach.simulation.records.shape import ListShape

COLUMNS = (
    "record_id", "partner", "reference", "given_name", "family_name", "birth_date", "mobile", "fixed", "email",
    "house_number", "repetition", "street", "postal_code", "city", "building", "staircase", "floor", "door",
)  # fmt: skip
HIDDEN_TOGETHER = ("door", "floor", "building")


@dataclass(frozen=True)
class Lists:
    """Rows as the matching room receives them, and the truth (record_id, person, household) in the same order."""

    records: pd.DataFrame
    truth: pd.DataFrame


def generate(rows: int, seed: int, shape: ListShape | None = None) -> Lists:
    """Invent ``rows`` rows; the same seed and shape give the same lists."""
    shape = shape or ListShape()
    people = invent_people(max(1, round(rows * (1 - shape.duplicates))), stream(seed, "people"), shape)
    repeated = repeat_with_mistakes(people, rows - people["person"].size, stream(seed, "mistakes"), shape)
    rng = stream(seed, "rows")
    order = rng.permutation(rows)
    columns = {name: np.concatenate([people.pop(name), repeated.pop(name)])[order] for name in list(people)}
    _lose_fields(columns, rng, shape)
    _write_in_partner_style(columns, shape)
    columns["record_id"] = np.arange(1, rows + 1)
    records, truth = (
        pd.DataFrame({name: columns[name] for name in names}) for names in (COLUMNS, ("record_id", "person", "household"))
    )
    return Lists(records, truth)


def _lose_fields(columns: Columns, rng: np.random.Generator, shape: ListShape) -> None:
    count = columns["person"].size
    for name, share in shape.missing.items():
        lost = rng.random(count) < share
        for column in HIDDEN_TOGETHER if name == "flat" else (name,):
            columns[column][lost] = None


def _write_in_partner_style(columns: Columns, shape: ListShape) -> None:
    """Every second partner writes Title case; every third loses the accents."""
    ranks = {code: rank for rank, code in enumerate(partner_codes(shape).tolist())}
    rank = np.array([ranks[code] for code in columns["partner"].tolist()])
    for column in ("given_name", "family_name"):
        names = columns[column]
        for chosen, change in ((rank % 2 == 1, str.title), (rank % 3 == 0, unaccent)):
            names[chosen] = each(names[chosen], change)
