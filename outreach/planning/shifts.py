"""Shifts: the weekly pattern of each mediator written down as days with hours, less the time they are absent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select, text

from outreach.core import clock
from outreach.core.words import Channel, ShiftKind, TravelMode
from outreach.definitions.hours import WEEKDAYS
from outreach.models import Mediator, Site
from outreach.policy.territories import territory_of, zone_of
from outreach.policy.windows import is_open_day

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.campaign import Campaign

KNOWN = "SELECT mediator_id, starts_at, ends_at FROM shift WHERE day BETWEEN :first AND :last AND mediator_id = ANY(:people)"
OPEN = """
INSERT INTO shift (mediator_id, site_id, kind, day, starts_at, ends_at, campaign_id)
SELECT *, :campaign FROM unnest(CAST(:mediator_id AS bigint[]), CAST(:site_id AS bigint[]), CAST(:kind AS text[]), CAST(:day AS date[]),
                                CAST(:starts_at AS timestamptz[]), CAST(:ends_at AS timestamptz[]))
ON CONFLICT (mediator_id, starts_at) DO NOTHING
"""
SHORTEST = timedelta(minutes=30)
"""What is left beside another shift is a shift of its own from this length on."""
CHANNEL_OF = {ShiftKind.CALL: Channel.CALL, ShiftKind.VISIT: Channel.VISIT, ShiftKind.DESK: Channel.CALL}
"""The channel whose working days a shift keeps: the desk answers when calls may be made."""
# Each shift with what absences leave of it: its longest part, or nothing.
SHIFTS = """
SELECT s.id, s.mediator_id, m.code, s.site_id, s.kind, s.day, s.starts_at, s.ends_at, m.languages, m.travel_mode, o.lon, o.lat, o.insee,
       a.away IS NOT NULL AS absent, free.starts_at AS free_from, free.ends_at AS free_to
FROM shift s JOIN mediator m ON m.id = s.mediator_id JOIN site o ON o.id = s.site_id
CROSS JOIN LATERAL (SELECT range_agg(tstzrange(starts_at, ends_at)) AS away FROM absence
                    WHERE mediator_id = s.mediator_id AND starts_at < s.ends_at AND ends_at > s.starts_at) a
LEFT JOIN LATERAL (
  SELECT lower(part) AS starts_at, upper(part) AS ends_at
  FROM unnest(tstzmultirange(tstzrange(s.starts_at, s.ends_at)) - coalesce(a.away, CAST('{}' AS tstzmultirange))) AS part
  ORDER BY upper(part) - lower(part) DESC, lower(part) LIMIT 1) free ON true
WHERE s.day BETWEEN :first AND :last AND m.code = ANY(:people) ORDER BY s.starts_at, s.id
"""


class Worked(NamedTuple):
    """One shift: as it will be worked, or as it would be if nobody were absent. A tuple, for a plan reads thousands."""

    id: int
    mediator_id: int
    mediator: str
    site_id: int
    kind: ShiftKind
    day: date
    starts_at: datetime
    ends_at: datetime
    languages: frozenset[str]
    travel: TravelMode
    lon: float
    lat: float
    insee: str

    @property
    def minutes(self) -> int:
        """How long it is."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)


@dataclass(frozen=True)
class Hours:
    """When a campaign has a mediator (by code) work, on one day."""

    mediator: str
    kind: ShiftKind
    day: date
    begins: datetime
    ends: datetime


def hours_of(campaign: Campaign, start: date, end: date) -> list[Hours]:
    """The hours of a campaign's weekly patterns from ``start`` to ``end``."""
    return [
        Hours(written.code, kind, *worked)
        for site in campaign.sites for written in site.mediators
        for kind, pattern in ((ShiftKind.CALL, written.calls), (ShiftKind.VISIT, written.visits), (ShiftKind.DESK, written.desk))
        if pattern is not None
        for worked in _worked_days(kind, tuple(pattern.days), pattern.hours, territory_of(site.insee), start, end)
    ]  # fmt: skip


def open_shifts(session: Session, campaign: Campaign, start: date, end: date, *, number: int | None = None) -> int:
    """Create the shifts of the campaign's mediators from ``start`` to ``end`` that do not exist yet; returns how many.

    Hours in which somebody works already, for another campaign or by hand, are theirs as they are: nobody gets two shifts at once.
    ``number``: the campaign's, whose changes of hours the shifts will follow (``planning.hours``).
    """
    hours = hours_of(campaign, start, end)
    codes = {one.mediator for one in hours}
    people = {person.code: person for person in session.scalars(select(Mediator).where(Mediator.code.in_(codes)))}
    wanted = [(people[one.mediator], one) for one in hours]
    asked = {"first": start, "last": end, "people": sorted({person.id for person, _hours in wanted})}
    known: dict[int, dict[datetime, datetime]] = defaultdict(dict)
    for mediator, starts_at, ends_at in session.execute(text(KNOWN), asked):
        known[mediator][starts_at] = ends_at
    rows: list[tuple[Any, ...]] = []
    for person, one in wanted:
        # Nearly all exist since the night before: they are looked up together, which is much less than offering each again.
        if known[person.id].get(one.begins) != one.ends:
            for part in free_of(known[person.id].items(), one.begins, one.ends):
                known[person.id][part[0]] = part[1]
                rows.append((person.id, person.site_id, one.kind.value, one.day, *part))
    if not rows:
        return 0
    values = dict(
        zip(("mediator_id", "site_id", "kind", "day", "starts_at", "ends_at"), map(list, zip(*rows, strict=True)), strict=True)
    )
    return int(session.execute(text(OPEN), values | {"campaign": number}).rowcount)  # type: ignore[attr-defined]


def free_of(taken: Iterable[tuple[datetime, datetime]], begins: datetime, ends: datetime) -> list[tuple[datetime, datetime]]:
    """What other shifts leave of some hours, in parts that are worth coming for."""
    free = [(begins, ends)]
    for first, last in taken:
        if first < ends and last > begins:
            free = [part for low, high in free for part in ((low, min(high, first)), (max(low, last), high)) if part[0] < part[1]]
    return [part for part in free if part == (begins, ends) or part[1] - part[0] >= SHORTEST]


@dataclass(frozen=True)
class Roster:
    """The shifts of some days, in order of time.

    ``whole``: as if nobody were absent; ``absent``: the numbers of those in which somebody is, wholly or in part;
    ``worked``: what is left of them all.
    """

    whole: list[Worked]
    absent: frozenset[int]
    worked: list[Worked]


def roster(session: Session, campaign: Campaign, first: date, last: date) -> Roster:
    """The shifts of a campaign's mediators from ``first`` to ``last``."""
    people = [person.code for site in campaign.sites for person in site.mediators]
    rows = session.execute(text(SHIFTS), {"first": first, "last": last, "people": people}).all()
    found = Roster([], frozenset(row.id for row in rows if row.absent), [])
    for *columns, is_absent, free_from, free_to in rows:
        shift = _worked(*columns)
        found.whole.append(shift)
        if free_from is not None:
            found.worked.append(_less_absences(shift, free_from, free_to) if is_absent else shift)
    return found


_KINDS = {kind.value: kind for kind in ShiftKind}
_MODES = {mode.value: mode for mode in TravelMode}


def _worked(
    number: int, mediator_id: int, mediator: str, site_id: int, kind: str, day: date, starts_at: datetime, ends_at: datetime,
    languages: Sequence[str], mode: str, lon: float, lat: float, insee: str,
) -> Worked:  # fmt: skip
    """A row of ``SHIFTS`` with what it says of days, hours and languages in the types that the planner reads."""
    return Worked(
        number, mediator_id, mediator, site_id, _KINDS[kind], day, starts_at.astimezone(clock.PARIS), ends_at.astimezone(clock.PARIS),
        _spoken(tuple(languages)), _MODES[mode], lon, lat, insee,
    )  # fmt: skip


_spoken = lru_cache(maxsize=1_000)(frozenset[str])


def _less_absences(shift: Worked, free_from: datetime, free_to: datetime) -> Worked:
    """The shift as long as its mediator is there."""
    return shift._replace(starts_at=free_from.astimezone(clock.PARIS), ends_at=free_to.astimezone(clock.PARIS))


def free_rounds(session: Session, shifts: Sequence[Worked]) -> list[Worked]:
    """The visit shifts that have no visits yet."""
    visits = [shift for shift in shifts if shift.kind is ShiftKind.VISIT]
    query = text("SELECT DISTINCT shift_id FROM contact WHERE shift_id = ANY(:shifts) AND state <> 'cancelled'")
    walked = set(session.execute(query, {"shifts": [shift.id for shift in visits]}).scalars())
    return [shift for shift in visits if shift.id not in walked]


@dataclass(frozen=True)
class Place:
    """Where a site is, and what it is called."""

    name: str
    lon: float
    lat: float


def sites_of(session: Session, campaign: Campaign) -> dict[int, Place]:
    """The sites of a campaign, by number."""
    codes = [site.code for site in campaign.sites]
    return {site.id: Place(site.name, site.lon, site.lat) for site in session.scalars(select(Site).where(Site.code.in_(codes)))}


@lru_cache(maxsize=10_000)
def _worked_days(
    kind: ShiftKind, weekdays: tuple[str, ...], hours: tuple[time, time], territory: str, start: date, end: date
) -> tuple[tuple[date, datetime, datetime], ...]:
    """The days of a pattern with their hours, worked out once for all mediators and campaigns that share it."""
    zone = zone_of(territory)
    return tuple(
        (day, datetime.combine(day, hours[0], zone), datetime.combine(day, hours[1], zone))
        for day in clock.days(start, end)
        if day.weekday() < len(WEEKDAYS) and WEEKDAYS[day.weekday()] in weekdays and is_open_day(CHANNEL_OF[kind], day, territory)
    )
