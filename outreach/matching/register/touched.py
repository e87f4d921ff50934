"""Which rows a match of everybody says anything new of: the others are written down as they are.

What is written down of a row hangs on the rows that are tied to it, by a person or a household, as they were before or as they
are now. Where all of these stand as the match found them, writing them again would change nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from outreach.core import bulk
from outreach.matching.clusters import components

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# ``stands``: whoever the row belongs to is themselves, belongs to their household, and whoever it belonged to first is merged
# into them.
HELD = """
SELECT r.id AS record_id, r.person_id, r.first_person_id, p.household_id,
       CAST(coalesce(p.merged_into IS NULL AND h.person_id IS NOT NULL
                     AND (r.first_person_id = r.person_id OR f.merged_into = r.person_id), false) AS int) AS stands
FROM list_row r LEFT JOIN person p ON p.id = r.person_id
     LEFT JOIN person f ON f.id = r.first_person_id AND r.first_person_id <> r.person_id
     LEFT JOIN (SELECT DISTINCT person_id, household_id FROM household_member WHERE until IS NULL) h
       ON h.person_id = p.id AND h.household_id = p.household_id
ORDER BY r.id
"""
TYPES = {
    "record_id": pa.int64(), "person_id": pa.int64(), "first_person_id": pa.int64(), "household_id": pa.int64(), "stands": pa.int8()
}  # fmt: skip
Numbers = NDArray[np.int64]


def held(session: Session) -> pa.Table:
    """What is written down of each row: record_id, person_id, first_person_id, household_id, stands (0 or 1)."""
    return bulk.arrow_out(session, HELD, {}, TYPES)


def touched(found: pa.Table, known: pa.Table) -> pa.Table:
    """The rows of ``found`` (record_id, person_key, household_key) that must be written down, with all that are tied to them.

    ``known``: as ``held`` gives it. Both ascend by record_id.
    """
    rows, total = _numbers(found, "record_id"), found.num_rows
    person_key, household_key = _numbers(found, "person_key"), _numbers(found, "household_key")
    place = np.searchsorted(_numbers(known, "record_id"), rows)
    # A number for every row, for what is null ties nobody to anybody.
    own = -1 - np.arange(total)
    person, first, household = (
        _filled(_numbers(known, name)[place], own) for name in ("person_id", "first_person_id", "household_id")
    )
    stands = _numbers(known, "stands")[place] > 0
    changed = ~stands | (person < 0) | (first < 0) | (household < 0)
    alike = [_first(person_key), _first(household_key), _first(person), _first(household)]
    for key, value, of_key, of_value in (
        (person_key, person, alike[0], alike[2]),
        (household_key, household, alike[1], alike[3]),
    ):
        changed |= (value != value[of_key]) | (key != key[of_value])
    # Whoever a row belonged to first is a person like any other.
    both = _first(np.concatenate([person, first])) % total
    all_rows = np.arange(total)
    left = np.concatenate([*(all_rows for _ in alike), all_rows, all_rows]).astype(np.int32)
    right = np.concatenate([*alike, both[:total], both[total:]]).astype(np.int32)
    group = components(total, left, right)
    again = np.zeros(total, dtype=bool)
    again[group[changed]] = True
    return found.filter(pa.array(again[group]))


def _numbers(table: pa.Table, name: str) -> Numbers:
    return np.asarray(table.column(name).fill_null(-1).to_numpy(), dtype=np.int64)


def _filled(values: Numbers, own: Numbers) -> Numbers:
    return np.asarray(np.where(values < 0, own, values))


def _first(values: Numbers) -> Numbers:
    """For each value the place at which it stands first."""
    _, places, inverse = np.unique(values, return_index=True, return_inverse=True)
    return np.asarray(places[inverse])
