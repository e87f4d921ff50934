"""Call lists: which case is called in which shift, by someone who speaks the language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

AFTERNOON = 13
"""Shifts that start at this hour or later are afternoon shifts."""


@dataclass
class CallShift:
    """A call shift and the room left in it. ``taken``: calls already on its list."""

    id: int
    site_id: int
    starts_at: datetime
    languages: frozenset[str]
    capacity: int
    taken: int = 0

    @property
    def day(self) -> date:
        """The day of the shift."""
        return self.starts_at.date()

    @property
    def is_afternoon(self) -> bool:
        """Whether it starts after noon."""
        return self.starts_at.hour >= AFTERNOON


@dataclass(frozen=True)
class CallWish:
    """A case to call from ``earliest`` on; ``tried_afternoon``: when the last attempt was, to try the other half."""

    case_id: int
    site_id: int
    earliest: date
    speaks: frozenset[str]
    tried_afternoon: bool | None = None


@dataclass
class CallPlan:
    """Calls placed, as (case, shift, position), and cases for which no shift has room."""

    placed: list[tuple[int, CallShift, int]] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)


def plan_calls(wishes: Sequence[CallWish], shifts: Iterable[CallShift]) -> CallPlan:
    """Place wishes, most urgent first, in the earliest day's fitting shift.

    Within a day: the half of the day not tried last, the case's own site, and mediators with the fewest languages
    first, so that those who speak more stay free for who needs them.
    """
    ordered = sorted(shifts, key=lambda shift: (shift.day, len(shift.languages), shift.starts_at, shift.id))
    plan = CallPlan()
    for wish in wishes:
        fitting = [
            shift
            for shift in ordered
            if shift.taken < shift.capacity and shift.day >= wish.earliest and shift.languages & wish.speaks
        ]
        if not fitting:
            plan.waiting.append(wish.case_id)
            continue
        best = min(
            fitting,
            key=lambda shift: (
                shift.day,
                shift.is_afternoon == wish.tried_afternoon,
                shift.site_id != wish.site_id,
                len(shift.languages),
            ),
        )
        plan.placed.append((wish.case_id, best, best.taken))
        best.taken += 1
    return plan


def starting_time(shift: CallShift, position: int, minutes_per_call: int) -> datetime:
    """When the call at that place of the list is due."""
    return shift.starts_at + timedelta(minutes=position * minutes_per_call)
