"""What two records are compared on, and how a comparison is packed into one number.

A pair's comparison is a *pattern*: one small level per field, 0 the worst, -1 when either side lacks the
field. Patterns are packed by mixed radix into a 32-bit number, so that a million pairs weigh four megabytes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MISSING = -1


@dataclass(frozen=True)
class Field:
    """A compared field and the names of its levels, worst first."""

    name: str
    levels: tuple[str, ...]


FIELDS: tuple[Field, ...] = (
    Field("given_name", ("different", "initial", "beginning", "close", "very_close", "equal_or_swapped")),
    Field("family_name", ("different", "contained", "close", "very_close", "equal_or_swapped")),
    Field("birth_date", ("different", "year_or_day", "one_slip", "equal")),
    Field("mobile", ("different", "one_slip", "equal")),
    Field("fixed", ("different", "one_slip", "equal")),
    Field("email", ("different", "equal")),
    Field("address", ("elsewhere", "same_postal_code", "same_street", "same_address")),
    Field("reference", ("different", "equal")),
    Field("partner", ("other_partner", "same_partner")),
    Field("flat", ("different", "equal")),
    Field("crowd", ("up_to_3", "up_to_6", "up_to_12", "more")),
)
NAMES: tuple[str, ...] = tuple(field.name for field in FIELDS)
SAME_ADDRESS = 3
UNKNOWN_DAY = 101
"""The first of January, as the last four figures of a date: what registers write where the day of birth is not known."""
# Inside one address the address says nothing more; elsewhere nobody shares a door.
NEAR_FIELDS: frozenset[str] = frozenset(NAMES) - {"address"}
FAR_FIELDS: frozenset[str] = frozenset(NAMES) - {"flat", "crowd"}


def radices() -> dict[str, int]:
    """The multiplier of each field in a packed pattern."""
    multiplier, found = 1, {}
    for field in FIELDS:
        found[field.name] = multiplier
        multiplier *= len(field.levels) + 1
    return found


def unpack(patterns: NDArray[np.int32]) -> dict[str, NDArray[np.int8]]:
    """The level of every field for each packed pattern (-1 = missing)."""
    rest = patterns.astype(np.int64)
    levels = {}
    for field in FIELDS:
        rest, digit = np.divmod(rest, len(field.levels) + 1)
        levels[field.name] = (digit - 1).astype(np.int8)
    return levels


def unpack_one(pattern: int) -> dict[str, str]:
    """The names of the levels of one packed pattern; a missing field is left out."""
    levels = {name: int(level[0]) for name, level in unpack(np.array([pattern], dtype=np.int32)).items()}
    return {field.name: field.levels[levels[field.name]] for field in FIELDS if levels[field.name] >= 0}


def pack(levels: dict[str, int]) -> int:
    """The packed pattern of one comparison; a field left out is missing."""
    return sum(radix * (levels.get(name, MISSING) + 1) for name, radix in radices().items())


def columns() -> dict[str, slice]:
    """Where each field's levels lie in a one-hot row of all levels."""
    start, found = 0, {}
    for field in FIELDS:
        found[field.name] = slice(start, start + len(field.levels))
        start += len(field.levels)
    return found


def one_hot(patterns: NDArray[np.int32], used: frozenset[str]) -> NDArray[np.float64]:
    """One row per pattern, one column per level of every field; a missing or unused field is all zeros."""
    where = columns()
    width = sum(len(field.levels) for field in FIELDS)
    rows = np.zeros((len(patterns), width))
    for name, level in unpack(patterns).items():
        if name in used:
            known = np.flatnonzero(level >= 0)
            rows[known, where[name].start + level[known]] = 1.0
    return rows
