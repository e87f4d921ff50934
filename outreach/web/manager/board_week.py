"""The planning board as data: one week of one site, its mediators with their shifts and absences, and one shift opened."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.core.i18n import _
from outreach.core.words import ShiftKind
from outreach.definitions.registry import in_force
from outreach.policy.territories import territory_of, zone_of
from outreach.web.access.scope import LIVING
from outreach.web.look.charts.dots import Place, walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

    from outreach.web.look.charts.chart import Chart

SATURDAY, SUNDAY = 5, 6
AHEAD = timedelta(days=14)
"""A contact is moved into a shift of these days: nothing is planned further."""
SITES = "SELECT id, name, insee FROM site ORDER BY name"
PEOPLE = "SELECT id, code, name, languages FROM mediator WHERE site_id = :site ORDER BY name"
SHIFTS = """
SELECT s.id, s.kind, s.day, s.starts_at, s.ends_at, s.mediator_id, m.name, m.languages, o.name AS site, o.id AS site_id,
       (SELECT count(*) FROM contact k WHERE k.shift_id = s.id AND k.state <> 'cancelled') AS contacts,
       EXISTS (SELECT FROM absence a WHERE a.mediator_id = m.id AND a.starts_at < s.ends_at AND a.ends_at > s.starts_at) AS absent
FROM shift s JOIN mediator m ON m.id = s.mediator_id JOIN site o ON o.id = s.site_id
WHERE s.day BETWEEN :first AND :last AND (CAST(:site AS bigint) IS NULL OR s.site_id = :site)
  AND (CAST(:kind AS text) IS NULL OR s.kind = :kind)
ORDER BY s.day, s.starts_at, m.name
"""
ABSENCES = """
SELECT a.id, a.mediator_id, a.starts_at, a.ends_at, a.reason, m.name FROM absence a JOIN mediator m ON m.id = a.mediator_id
WHERE m.site_id = :site AND a.starts_at < :ends AND a.ends_at > :starts ORDER BY a.starts_at
"""
ONE_SHIFT = "SELECT id, site_id, day FROM shift WHERE id = :id"
CONTACTS = f"""
SELECT k.id, k.case_id, k.state, k.channel, k.due_at, k.done_at, k.disposition, k.language AS spoken, l.language,
       l.reads_french, a.starts_at AS promised,
       concat_ws(' ', l.title, l.given_name, upper(l.family_name)) AS name, m.name AS campaign, h.floor, h.door,
       concat_ws(' ', b.house_number, b.repetition, coalesce(b.street, b.place)) AS address, b.city, b.lon, b.lat
FROM contact k JOIN "case" c ON c.id = k.case_id JOIN campaign m ON m.id = k.campaign_id JOIN person p ON p.id = k.person_id
     JOIN person l ON l.id = {LIVING} LEFT JOIN household h ON h.id = l.household_id LEFT JOIN building b ON b.id = h.building_id
     LEFT JOIN appointment a ON a.id = k.appointment_id
WHERE k.shift_id = :shift AND k.state <> 'cancelled' ORDER BY k.position, k.due_at, k.id
"""
CAMPAIGNS = "SELECT id, code, name FROM campaign WHERE state = 'launched' ORDER BY name"


@dataclass(frozen=True)
class Slot:
    """One shift in its cell: ``room``: about how many contacts it holds; ``None`` for the desk."""

    id: int
    kind: ShiftKind
    day: date
    starts_at: datetime
    ends_at: datetime
    mediator_id: int
    name: str
    languages: list[str]
    site: str
    site_id: int
    contacts: int
    absent: bool
    room: int | None

    @property
    def is_over(self) -> bool:
        """Whether nothing can be moved into it any more."""
        return self.ends_at <= clock.now()


@dataclass
class Week:
    """What the board shows: days as columns, mediators as rows."""

    site: Any
    sites: list[Any]
    first: date
    days: list[date]
    people: list[Any]
    slots: list[Slot]
    absences: list[Any]
    campaigns: list[Any] = field(default_factory=list)

    @property
    def zone(self) -> ZoneInfo:
        """The time of the place, in which days and hours are read and written down."""
        return zone_of(territory_of(self.site.insee))

    def slots_of(self, mediator: int, day: date) -> list[Slot]:
        """The shifts of one cell."""
        return [slot for slot in self.slots if slot.mediator_id == mediator and slot.day == day]

    def absences_of(self, mediator: int, day: date) -> list[Any]:
        """The absences that touch one cell."""
        begins, ends = (datetime.combine(one, time(), self.zone) for one in (day, day + timedelta(days=1)))
        return [one for one in self.absences if one.mediator_id == mediator and one.starts_at < ends and one.ends_at > begins]


@dataclass
class Opened:
    """One shift with its calls or doors in their order, and the shifts that they may be moved to."""

    slot: Slot
    contacts: list[Any]
    targets: list[Slot]

    @property
    def walked(self) -> Chart | None:
        """The buildings of a round in the order of its walk, drawn; nothing for calls, or where nobody knows a place."""
        if self.slot.kind is not ShiftKind.VISIT:
            return None
        placed = [one for one in self.contacts if one.lon is not None]
        stops = [
            Place(lat, lon, address)
            for (lat, lon, address), _doors in groupby(placed, key=lambda one: (one.lat, one.lon, one.address))
        ]
        return walk(_("Plan de la tournée"), stops) if stops else None


def week_of(session: Session, site: int | None, day: date | None, shift: int | None = None) -> Week | None:
    """The week of ``day`` (this one by default) at a site, the viewer's first unless one is named.

    When a shift is opened, the week of that shift. ``None`` for who has no site at all. ``session``: of ``reading``.
    """
    opened = session.execute(text(ONE_SHIFT), {"id": shift}).first() if shift is not None else None
    sites = list(session.execute(text(SITES)))
    wanted = site or (opened.site_id if opened else None)
    here = next((one for one in sites if one.id == wanted), sites[0] if sites else None)
    if here is None:
        return None
    asked = day or (opened.day if opened else clock.today())
    first = asked - timedelta(days=asked.weekday())
    last = first + timedelta(days=SUNDAY)
    slots = list(slots_between(session, first, last, site=here.id))
    days = [one for one in clock.days(first, last) if one.weekday() < SATURDAY or any(slot.day == one for slot in slots)]
    starts, ends = (datetime.combine(one, time(), zone_of(territory_of(here.insee))) for one in (first, last + timedelta(days=1)))
    spans = {"site": here.id, "starts": starts, "ends": ends}
    people = list(session.execute(text(PEOPLE), {"site": here.id}))
    absences = list(session.execute(text(ABSENCES), spans))
    return Week(here, sites, first, days, people, slots, absences, list(session.execute(text(CAMPAIGNS))))


def slots_between(
    session: Session, first: date, last: date, *, site: int | None = None, kind: ShiftKind | None = None
) -> Iterator[Slot]:
    """The shifts of some days that the viewer sees, each with about how many contacts it holds."""
    minutes = _minutes(session)
    for row in session.execute(text(SHIFTS), {"first": first, "last": last, "site": site, "kind": kind}).mappings():
        length = minutes.get(ShiftKind(row["kind"]))
        room = int((row["ends_at"] - row["starts_at"]).total_seconds()) // 60 // length if length else None
        yield Slot(**{**row, "kind": ShiftKind(row["kind"]), "room": room})


def opened_shift(session: Session, number: int, week: Week) -> Opened | None:
    """A shift as it is worked through, and where its contacts may go: the same site first.

    ``None`` for one that the viewer does not see.
    """
    slot = next((one for one in week.slots if one.id == number), None)
    if slot is None:
        return None
    today = clock.today()
    ahead = slots_between(session, today, max(week.days[-1], today + AHEAD), kind=slot.kind)
    targets = [one for one in ahead if one.id != number and not one.is_over and not one.absent]
    targets.sort(key=lambda one: (one.site_id != slot.site_id, one.site, one.day, one.starts_at))
    return Opened(slot, list(session.execute(text(CONTACTS), {"shift": number})), targets)


def _minutes(session: Session) -> dict[ShiftKind, int]:
    """How long a call and a door take: the shortest of the campaigns under way, which share shifts."""
    numbers = [row.id for row in session.execute(text(CAMPAIGNS))]
    known = [loaded.folder.campaign.capacity for loaded, _agreed in in_force(session, numbers).values()] if numbers else []
    if not known:
        return {}
    return {
        ShiftKind.CALL: min(one.minutes_per_call for one in known),
        ShiftKind.VISIT: min(one.minutes_per_door for one in known),
    }
