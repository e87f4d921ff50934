"""Rules as data: each value with the dates between which it holds, and where it comes from.

A change of a rule is a new row with its first day; the old row gets its last. What happened is judged by the row of its
day, so that a new rule never rewrites the past.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Dated(Generic[T]):
    """One value of a rule, in force from ``since`` to ``until`` (both included; ``None``: no end in sight)."""

    value: T
    since: date
    source: str
    """The text that says so, in French, as it can be quoted to anybody."""
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the value is in force on ``day``."""
        return self.since <= day and (self.until is None or day <= self.until)


def in_force(rows: Sequence[Dated[T]], day: date) -> Dated[T]:
    """The row of a rule that holds on ``day``; before the first row, the first. Raises ``LookupError`` in a gap."""
    for row in rows:
        if row.holds_on(day):
            return row
    if rows and day < rows[0].since:
        return rows[0]
    message = f"no row of the rule holds on {day}"
    raise LookupError(message)


def gaps(rows: Sequence[Dated[T]]) -> list[date]:
    """The first days that no row or two rows hold: a table without mistakes has none."""
    ordered = sorted(rows, key=lambda row: row.since)
    return [
        later.since for earlier, later in pairwise(ordered) if earlier.until is None or (later.since - earlier.until).days != 1
    ]
