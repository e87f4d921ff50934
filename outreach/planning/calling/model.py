"""What a call plan is made of, in columns: contacts, pools of callers, shifts, and who is called when by whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

NOBODY = -1
"""The day, window or pool of a contact that is not planned."""


@dataclass(frozen=True)
class Contacts:
    """Cases to call, n of them, in columns; W windows a day.

    ``site`` (n): number of the site. ``speaks`` (n): row of ``tongues``, the sets of languages that will do.
    ``value`` (n): what an answer is worth (expected mediations times urgency, 0 or more). ``chance`` (n x W): probability
    of an answer by window. ``allowed`` (n x W): false = never called in that window. ``earliest``, ``deadline`` (n): first
    and last day, counted from 0, both included.
    """

    site: np.ndarray
    speaks: np.ndarray
    tongues: Sequence[frozenset[str]]
    value: np.ndarray
    chance: np.ndarray
    allowed: np.ndarray
    earliest: np.ndarray
    deadline: np.ndarray

    def __len__(self) -> int:
        """How many contacts."""
        return len(self.site)


@dataclass(frozen=True)
class Pools:
    """Callers who speak the same languages at one site, P pools over D days and W windows.

    ``site`` (P): number of the site. ``speaks``: the languages of each pool. ``capacity`` (P x D x W): attempts.
    """

    site: np.ndarray
    speaks: Sequence[frozenset[str]]
    capacity: np.ndarray


@dataclass(frozen=True)
class CallPlan:
    """For each contact (n): day, window and pool, or ``NOBODY``; ``worth``: the expected value of all planned calls."""

    day: np.ndarray
    window: np.ndarray
    pool: np.ndarray
    worth: float

    @property
    def planned(self) -> np.ndarray:
        """Which contacts are planned (n booleans)."""
        return np.asarray(self.day != NOBODY)


@dataclass(frozen=True)
class Shift:
    """A caller's working time inside one window of one day: ``capacity`` attempts, in the order ``starts`` (seconds)."""

    shift_id: int
    mediator_id: int
    pool: int
    day: int
    window: int
    starts: int
    capacity: int


@dataclass(frozen=True)
class Dealt:
    """A contact (its index) on the list of a shift; ``position`` counts from 0."""

    contact: int
    shift_id: int
    position: int


def pools_of(shifts: Sequence[Shift], speaks: Sequence[frozenset[str]], site: np.ndarray, days: int, windows: int) -> Pools:
    """The pools that these shifts make; ``speaks`` and ``site`` say what each pool number stands for."""
    capacity = np.zeros((len(speaks), days, windows), dtype=np.int64)
    for shift in shifts:
        capacity[shift.pool, shift.day, shift.window] += shift.capacity
    return Pools(site, speaks, capacity)
