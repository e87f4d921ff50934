"""A wish: a contact that a case needs, with the first day on which the rules allow it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from outreach.core.words import Channel
from outreach.policy.ruling import NO_PAST, History
from outreach.policy.territories import territory_of, zone_of

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_WAIT = 14
"""Whoever waits for room is looked at again this many days after the horizon at the latest."""


class Wish(NamedTuple):
    """The next contact of one case, as the allocation needs it; wishes come most urgent first.

    A tuple, for a night makes tens of thousands from columns.
    """

    case_id: int
    person_id: int
    household_id: int | None
    site_id: int
    priority: int
    channel: Channel
    step: str
    attempt: int
    earliest: date
    insee: str
    language: str | None
    reads_french: bool | None
    speaks: frozenset[str]
    past: History = NO_PAST
    building_id: int | None = None
    lon: float | None = None
    lat: float | None = None
    floor: str | None = None
    has_mobile: bool = False
    call_hours: tuple[int, ...] = ()
    """The hours of the day at which the case was called in vain."""


@dataclass(frozen=True)
class Placed:
    """A wish with its moment, and the shift in which it is done."""

    wish: Wish
    language: str
    due_at: datetime
    useful_until: datetime
    shift_id: int | None = None
    position: int | None = None
    appointment_id: int | None = None


@dataclass(frozen=True)
class Waits:
    """A case that is not planned: its next step, the day to look again, and the reason."""

    case_id: int
    step: str | None
    day: date
    reason: str


class Waiting(NamedTuple):
    """Many that wait, in columns of one length: ``day`` as datetime64[D], ``step`` ``None`` where there is none."""

    case_id: np.ndarray
    step: np.ndarray
    day: np.ndarray
    reason: np.ndarray

    @classmethod
    def of(cls, waits: Sequence[Waits]) -> Waiting:
        """One by one, in columns."""
        return cls(
            np.array([wait.case_id for wait in waits], dtype=np.int64),
            np.array([wait.step for wait in waits], dtype=object),
            np.array([wait.day for wait in waits], dtype="datetime64[D]"),
            np.array([wait.reason for wait in waits], dtype=object),
        )

    @classmethod
    def joined(cls, parts: Sequence[Waiting]) -> Waiting:
        """Those of some, one after the other."""
        return cls(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def looked_at_again(last: date, ahead: int, per_day: int) -> date:
    """When to look again at a case with ``ahead`` others before it: after about half of the time that this takes.

    Room may come sooner than it seems; ``last`` is the horizon, ``per_day`` the contacts of a day.
    """
    return last + timedelta(days=1 + min(LONGEST_WAIT, ahead // (2 * max(per_day, 1))))


def end_of_day(moment: datetime, insee: str) -> datetime:
    """Until when the result of a call or visit is waited for: a phone without network brings it in the evening."""
    zone = zone_of(territory_of(insee))
    return datetime.combine(moment.astimezone(zone).date(), time.max, zone)
