"""The free places of call shifts: each a moment at which one call can begin, and the part of the day in which it lies."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import Channel, ShiftKind
from outreach.planning.shifts import Worked
from outreach.policy.territories import territory_of, zone_of
from outreach.policy.windows import Hours, openings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.policy.ruling import Terms

PARTS = (time(12), time(14), time(17), time(20))
"""The parts of the day end at these hours: 10-12, 12-13, 14-17 and 17-20 in the hours of calls."""
NAMES = ("10-12", "12-13", "14-17", "17-20")


def part_of(moment: time) -> int:
    """The part of the day of a local time, counted from 0."""
    return next((index for index, end in enumerate(PARTS) if moment < end), len(PARTS) - 1)


@dataclass(frozen=True)
class Booked:
    """A call that is planned and may give way to one that was promised."""

    contact_id: int
    case_id: int
    due_at: datetime
    priority: int


@dataclass
class Diary:
    """One call shift with its places, in order of time; those that are free by part of the day."""

    shift: Worked
    minutes: int
    free: dict[int, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    booked: list[Booked] = field(default_factory=list)
    """Planned calls of any campaign that nobody was promised."""

    def take(self, *moments: datetime) -> None:
        """Fill the places that calls beginning at these ``moments`` need."""
        taken = sorted(moment.timestamp() for moment in moments)
        for part, places in self.free.items():
            self.free[part] = [place for place in places if not _meets(place.timestamp(), taken, self.minutes * 60)]

    def is_free(self, moment: datetime) -> bool:
        """Whether a call can begin at ``moment`` without meeting another."""
        length = timedelta(minutes=self.minutes)
        inside = self.shift.starts_at <= moment and moment + length <= self.shift.ends_at
        return inside and any(abs(place - moment) < length for places in self.free.values() for place in places)

    def position(self, moment: datetime) -> int:
        """The place of a moment in the list: calls are read in the order of their times."""
        return int((moment - self.shift.starts_at).total_seconds() // 60)


def diaries(
    session: Session, shifts: Iterable[Worked], terms: Terms, *, minutes: int, lunch: tuple[time, time] | None,
    promised: Collection[date] = (),
) -> list[Diary]:  # fmt: skip
    """The diaries of call shifts still to come; what any campaign has planned in them is taken.

    ``promised``: the days for which calls were promised, to which others may give way.
    """
    calls = [shift for shift in shifts if shift.kind is ShiftKind.CALL]
    taken = _taken(session, [shift.id for shift in calls])
    found = [_diary(shift, terms, minutes, lunch, taken.get(shift.id, [])) for shift in calls]
    there = {diary.shift.id: diary for diary in found if diary.shift.day in promised}
    for shift, booked in _booked(session, list(there)) if there else ():
        there[shift].booked.append(booked)
    return found


def _diary(shift: Worked, terms: Terms, minutes: int, lunch: tuple[time, time] | None, taken: Sequence[int]) -> Diary:
    diary, now, length = Diary(shift, minutes), clock.now().timestamp(), minutes * 60
    places = _places(shift.starts_at, shift.ends_at, shift.day, territory_of(shift.insee), terms.hours, minutes, lunch)
    for part, place, at in places:
        if at >= now and not (taken and _meets(at, taken, length)):
            diary.free[part].append(place)
    return diary


@lru_cache(maxsize=10_000)
def _places(
    starts_at: datetime, ends_at: datetime, day: date, territory: str, hours: Hours, minutes: int, lunch: tuple[time, time] | None
) -> tuple[tuple[int, datetime, float], ...]:
    """The places of a shift with their parts of the day and in Unix seconds, worked out once for all shifts of the same hours.

    Places keep to one grid, so that campaigns that share a shift do not cut each other's places in two.
    """
    found, length, zone = [], timedelta(minutes=minutes), zone_of(territory)
    for begins, ends in openings(Channel.CALL, day, territory, hours):
        steps = max(0, -(-(begins - starts_at) // length))
        place = starts_at + steps * length
        while place < ends and place + length <= ends_at:
            local = place.astimezone(zone).time()
            if lunch is None or not lunch[0] <= local < lunch[1]:
                found.append((part_of(local), place, place.timestamp()))
            place += length
    return tuple(found)


def _meets(place: float, taken: Sequence[float], length: float) -> bool:
    """Whether a call at ``place`` would meet one of those taken, which are in order of time (all in seconds)."""
    after = bisect_left(taken, place)
    return (after < len(taken) and taken[after] - place < length) or (after > 0 and place - taken[after - 1] < length)


def _taken(session: Session, shifts: Sequence[int]) -> Mapping[int, list[int]]:
    """When the calls of each shift begin, in Unix seconds and in order."""
    query = text(
        "SELECT shift_id, array_agg(CAST(extract(epoch FROM due_at) AS bigint) ORDER BY due_at) AS moments FROM contact"
        " WHERE shift_id = ANY(:shifts) AND state <> 'cancelled' GROUP BY 1"
    )
    return {row.shift_id: row.moments for row in session.execute(query, {"shifts": list(shifts)})}


def _booked(session: Session, shifts: Sequence[int]) -> Iterator[tuple[int, Booked]]:
    """The planned calls of some shifts that nobody was promised."""
    query = text(
        'SELECT k.shift_id, k.id, k.case_id, k.due_at, c.priority FROM contact k JOIN "case" c ON c.id = k.case_id'
        " WHERE k.shift_id = ANY(:shifts) AND k.state = 'planned' AND k.appointment_id IS NULL ORDER BY k.due_at"
    )
    for shift, *booked in session.execute(query, {"shifts": list(shifts)}):
        yield shift, Booked(*booked)
