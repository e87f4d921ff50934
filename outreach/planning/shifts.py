"""Shifts: the weekly pattern of each mediator written down as days with hours, less the time they are absent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from outreach.core import clock
from outreach.core.words import Channel, ShiftKind, TravelMode
from outreach.definitions.hours import WEEKDAYS
from outreach.models import Mediator, Shift, Site
from outreach.policy.territories import territory_of, zone_of
from outreach.policy.windows import is_open_day

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.campaign import Campaign
    from outreach.definitions.hours import WorkingTime

CHANNEL_OF = {ShiftKind.CALL: Channel.CALL, ShiftKind.VISIT: Channel.VISIT, ShiftKind.DESK: Channel.CALL}
"""The channel whose working days a shift keeps: the desk answers when calls may be made."""
# A shift is what absences leave of it: its longest part. Whoever is absent all the time has none.
AT_WORK = """
SELECT s.id, s.mediator_id, s.site_id, s.kind, s.day, m.code, m.languages, m.travel_mode, o.lon, o.lat, o.insee,
       free.starts_at, free.ends_at
FROM shift s JOIN mediator m ON m.id = s.mediator_id JOIN site o ON o.id = s.site_id
CROSS JOIN LATERAL (
  SELECT lower(part) AS starts_at, upper(part) AS ends_at
  FROM unnest(tstzmultirange(tstzrange(s.starts_at, s.ends_at)) - coalesce(
    (SELECT range_agg(tstzrange(a.starts_at, a.ends_at)) FROM absence a
     WHERE a.mediator_id = s.mediator_id AND a.starts_at < s.ends_at AND a.ends_at > s.starts_at), CAST('{}' AS tstzmultirange)))
    AS part
  ORDER BY upper(part) - lower(part) DESC, lower(part) LIMIT 1) free
WHERE s.day BETWEEN :first AND :last AND m.code = ANY(:people)
ORDER BY s.starts_at, s.id
"""


WHOLE = """
SELECT s.id, s.mediator_id, s.site_id, s.kind, s.day, m.code, m.languages, m.travel_mode, o.lon, o.lat, o.insee, s.starts_at, s.ends_at,
       EXISTS (SELECT FROM absence a WHERE a.mediator_id = s.mediator_id AND a.starts_at < s.ends_at AND a.ends_at > s.starts_at)
         AS absent
FROM shift s JOIN mediator m ON m.id = s.mediator_id JOIN site o ON o.id = s.site_id
WHERE s.day BETWEEN :first AND :last AND m.code = ANY(:people) ORDER BY s.starts_at, s.id
"""


@dataclass(frozen=True)
class Worked:
    """One shift as it will be worked, absences taken off."""

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


def open_shifts(session: Session, campaign: Campaign, start: date, end: date) -> int:
    """Create the shifts of the campaign's mediators from ``start`` to ``end`` that do not exist yet."""
    people = {person.code: person for person in session.scalars(select(Mediator))}
    rows: list[dict[str, Any]] = []
    for site in campaign.sites:
        for written in site.mediators:
            person = people[written.code]
            patterns = ((ShiftKind.CALL, written.calls), (ShiftKind.VISIT, written.visits), (ShiftKind.DESK, written.desk))
            for kind, pattern in patterns:
                rows += _days_of(person, kind, pattern, site.insee, start, end) if pattern else []
    if not rows:
        return 0
    statement = insert(Shift).values(rows).on_conflict_do_nothing(index_elements=["mediator_id", "starts_at"])
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]


def at_work(session: Session, campaign: Campaign, first: date, last: date) -> list[Worked]:
    """The shifts of a campaign's mediators from ``first`` to ``last``, in order of time, absences taken off."""
    people = [person.code for site in campaign.sites for person in site.mediators]
    rows = session.execute(text(AT_WORK), {"first": first, "last": last, "people": people})
    return [_worked(row) for row in rows]


def _worked(row: Any) -> Worked:
    return Worked(
        row.id, row.mediator_id, row.code, row.site_id, ShiftKind(row.kind), row.day, row.starts_at.astimezone(clock.PARIS),
        row.ends_at.astimezone(clock.PARIS), frozenset(row.languages), TravelMode(row.travel_mode), row.lon, row.lat, row.insee,
    )  # fmt: skip


def whole_shifts(session: Session, campaign: Campaign, first: date, last: date) -> tuple[list[Worked], frozenset[int]]:
    """The shifts as if nobody were absent, and the numbers of those in which somebody is, wholly or in part."""
    people = [person.code for site in campaign.sites for person in site.mediators]
    values = {"first": first, "last": last, "people": people}
    rows = session.execute(text(WHOLE), values).all()
    return [_worked(row) for row in rows], frozenset(row.id for row in rows if row.absent)


def free_rounds(session: Session, shifts: Sequence[Worked]) -> list[Worked]:
    """The visit shifts that have no visits yet."""
    visits = [shift for shift in shifts if shift.kind is ShiftKind.VISIT]
    query = text("SELECT DISTINCT shift_id FROM contact WHERE shift_id = ANY(:shifts) AND state <> 'cancelled'")
    walked = set(session.execute(query, {"shifts": [shift.id for shift in visits]}).scalars())
    return [shift for shift in visits if shift.id not in walked]


def sites_of(session: Session, campaign: Campaign) -> dict[int, tuple[float, float]]:
    """Longitude and latitude of a campaign's sites."""
    codes = [site.code for site in campaign.sites]
    return {site.id: (site.lon, site.lat) for site in session.scalars(select(Site).where(Site.code.in_(codes)))}


def _days_of(person: Mediator, kind: ShiftKind, pattern: WorkingTime, insee: str, start: date, end: date) -> list[dict[str, Any]]:
    return [
        {
            "mediator_id": person.id, "site_id": person.site_id, "kind": kind.value, "day": day,
            "starts_at": datetime.combine(day, pattern.hours[0], zone_of(territory_of(insee))),
            "ends_at": datetime.combine(day, pattern.hours[1], zone_of(territory_of(insee))),
        }
        for day in clock.days(start, end)
        if day.weekday() < len(WEEKDAYS) and WEEKDAYS[day.weekday()] in pattern.days and is_open_day(CHANNEL_OF[kind], day, insee)
    ]  # fmt: skip
