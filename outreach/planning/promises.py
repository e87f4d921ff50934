"""Promised calls and visits: whoever promised keeps it; where that is impossible, anybody who speaks with the person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import Channel
from outreach.planning.call_lists import called_at
from outreach.planning.call_slots import Booked, Diary
from outreach.planning.rounds import Reason
from outreach.planning.wishes import Placed, Wish
from outreach.policy.territories import ELSEWHERE, territory_of, zone_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

OPEN = """
SELECT a.id, a.case_id, a.channel, a.starts_at, a.ends_at, a.mediator_id, m.code AS mediator, coalesce(b.insee, s.insee) AS insee
FROM appointment a JOIN "case" c ON c.id = a.case_id JOIN site s ON s.id = c.site_id JOIN person p ON p.id = c.person_id
     JOIN person l ON l.id = coalesce(p.merged_into, p.id) LEFT JOIN household h ON h.id = l.household_id
     LEFT JOIN building b ON b.id = h.building_id LEFT JOIN mediator m ON m.id = a.mediator_id
WHERE c.campaign_id = :campaign AND a.state = 'open' AND c.closed_at IS NULL ORDER BY a.starts_at, a.id
"""
# Nobody came or called, and it is over: the case goes on by its cadence, and the manager can see it.
MISSED = """
UPDATE appointment a SET state = 'missed', reason = 'not_done' FROM "case" c
WHERE c.id = a.case_id AND c.campaign_id = :campaign AND a.state = 'open' AND a.ends_at < :now
  AND NOT EXISTS (SELECT FROM contact k WHERE k.appointment_id = a.id AND k.state = 'done')
RETURNING a.case_id
"""
OVER = """
UPDATE appointment a SET state = 'cancelled', reason = c.status FROM "case" c
WHERE c.id = a.case_id AND c.campaign_id = :campaign AND a.state = 'open' AND c.closed_at IS NOT NULL
"""


@dataclass(frozen=True)
class Promise:
    """One open appointment."""

    id: int
    case_id: int
    channel: Channel
    starts_at: datetime
    ends_at: datetime
    mediator_id: int | None
    mediator: str | None
    insee: str = ELSEWHERE

    @property
    def day(self) -> date:
        """Its day where the person lives: that of the shifts there."""
        return self.starts_at.astimezone(zone_of(territory_of(self.insee))).date()


def open_promises(session: Session, campaign_id: int) -> list[Promise]:
    """The appointments of a campaign that are still to be kept, earliest first; what is over is settled before."""
    session.execute(text(OVER), {"campaign": campaign_id})
    session.execute(text(MISSED), {"campaign": campaign_id, "now": clock.now()})
    rows = session.execute(text(OPEN), {"campaign": campaign_id}).mappings()
    return [Promise(**{**row, "channel": Channel(row["channel"])}) for row in rows]


@dataclass
class Kept:
    """Promised calls with their moment, planned calls that gave way, and promises that nobody can keep, with the reason."""

    placed: list[Placed] = field(default_factory=list)
    gave_way: list[Booked] = field(default_factory=list)
    missing: list[tuple[Promise, Reason]] = field(default_factory=list)


def place_promised_calls(promised: Sequence[tuple[Promise, Wish]], diaries: Sequence[Diary]) -> Kept:
    """Every promised call its moment in a diary: the owner's first, then that of whoever speaks with the person.

    Where every moment is taken, the least urgent of the calls planned then gives way: it was promised to nobody.
    """
    kept = Kept()
    for promise, wish in promised:
        found = _place(promise, wish, diaries)
        if found is None:
            found, booked = _instead_of_another(promise, wish, diaries)
            kept.gave_way += [booked] if booked is not None else []
        if found is None:
            kept.missing.append((promise, _why_not(promise, wish, diaries)))
            continue
        diary, moment = found
        diary.take(moment)
        kept.placed.append(called_at(wish, diary, moment, promise.id))
    return kept


def _instead_of_another(
    promise: Promise, wish: Wish, diaries: Sequence[Diary]
) -> tuple[tuple[Diary, datetime] | None, Booked | None]:
    """The place of a call that may give way: the owner's first, then of the least urgent call, at the earliest moment."""
    able = [d for d in diaries if d.shift.mediator_id == promise.mediator_id or d.shift.languages & wish.speaks]
    calls = [(d, booked) for d in able for booked in d.booked if promise.starts_at <= booked.due_at < promise.ends_at]
    if not calls:
        return None, None
    diary, booked = min(
        calls, key=lambda item: (item[0].shift.mediator_id != promise.mediator_id, -item[1].priority, item[1].due_at)
    )
    diary.booked.remove(booked)
    return (diary, booked.due_at.astimezone(clock.PARIS)), booked


def _place(promise: Promise, wish: Wish, diaries: Sequence[Diary]) -> tuple[Diary, datetime] | None:
    """The owner's first free moment; else the first of anybody who speaks with the person, of their own site if at once."""
    there = [d for d in diaries if d.shift.starts_at < promise.ends_at and d.shift.ends_at > promise.starts_at]
    own = [diary for diary in there if diary.shift.mediator_id == promise.mediator_id]
    others = [diary for diary in there if diary.shift.mediator_id != promise.mediator_id and diary.shift.languages & wish.speaks]
    for group in (own, others):
        free = [(diary, moment) for diary in group if (moment := moment_in(diary, promise)) is not None]
        if free:
            return min(free, key=lambda item: (item[1], item[0].shift.site_id != wish.site_id, len(item[0].shift.languages)))
    return None


def moment_in(diary: Diary, promise: Promise) -> datetime | None:
    """The first moment of the promised time at which this mediator is free."""
    moment = max(promise.starts_at, diary.shift.starts_at)
    while moment < min(promise.ends_at, diary.shift.ends_at):
        if diary.is_free(moment):
            return moment.astimezone(clock.PARIS)
        moment += timedelta(minutes=diary.minutes)
    return None


def _why_not(promise: Promise, wish: Wish, diaries: Sequence[Diary]) -> Reason:
    speaking = [diary for diary in diaries if diary.shift.languages & wish.speaks]
    if not speaking:
        return Reason.NO_SPEAKER
    at_work = [d for d in speaking if d.shift.starts_at < promise.ends_at and d.shift.ends_at > promise.starts_at]
    return Reason.CLASH if at_work else Reason.NO_SHIFT
