"""Why a pair was linked: each field's agreement and what it weighed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from outreach.matching.fields import FIELDS, SAME_ADDRESS, columns, unpack
from outreach.matching.parameters import Parameters


@dataclass(frozen=True)
class Evidence:
    """One field of a compared pair.

    level names the agreement ("missing" when a side lacks the field). `same` and `household` are the weights
    in bits of this agreement for one person, and for one household, against strangers: +10 is a thousand to
    one.
    """

    field: str
    level: str
    same: float
    household: float


def explain(pattern: int, parameters: Parameters) -> tuple[Evidence, ...]:
    """The evidence of a link's pattern, field by field; `parameters` are those of the run (Matching)."""
    levels = unpack(np.array([pattern], dtype=np.int32))
    near = int(levels["address"][0]) == SAME_ADDRESS
    logs = (parameters.near if near else parameters.far).log_tables() / np.log(2)
    where = columns()
    found = []
    for field in FIELDS:
        level = int(levels[field.name][0])
        if level < 0:
            found.append(Evidence(field.name, "missing", 0.0, 0.0))
            continue
        same, household, stranger = logs[:, where[field.name].start + level]
        found.append(Evidence(field.name, field.levels[level], float(same - stranger), float(household - stranger)))
    return tuple(found)
