"""A manager moves one call or visit to another shift: every rule is asked at once, and what refuses says so in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import audit, clock
from outreach.core.errors import PolicyError
from outreach.core.i18n import _
from outreach.core.words import HANDED_ON, ChangeKind, Channel, ContactState, ShiftKind
from outreach.definitions.registry import in_force
from outreach.planning.call_lists import called_at
from outreach.planning.call_slots import Diary, diaries
from outreach.planning.move_visit import Walked, move_visit
from outreach.planning.promises import Promise, moment_in
from outreach.planning.reasons import BY_HAND
from outreach.planning.remake import MOVE, promise_of, wish_of
from outreach.planning.shifts import Roster, Worked, roster
from outreach.planning.travel import travel_times
from outreach.planning.turns import wait_at_shifts
from outreach.planning.wishes import Placed, Wish
from outreach.planning.writing import Changed, show_next, write_run
from outreach.policy.ruling import WORDS, Forbidden
from outreach.policy.ruling_sql import COUNTED, Calendar, rulings, territories_of
from outreach.policy.territories import territory_of, zone_of
from outreach.policy.windows import is_open

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Agreed, Loaded

KIND = {Channel.CALL: ShiftKind.CALL, Channel.VISIT: ShiftKind.VISIT}
"""The shift that each channel is moved into."""
CONTACT = """
SELECT k.id, k.case_id, k.person_id, k.campaign_id, k.channel, k.state, k.step, k.attempt, k.due_at, k.shift_id, k.appointment_id,
       c.priority, c.household_id, c.site_id, c.closed_at, l.language, l.reads_french, b.id AS building_id, b.lon, b.lat,
       coalesce(b.insee, o.insee) AS insee, h.floor, a.starts_at, a.ends_at, a.mediator_id, m.code AS mediator
FROM contact k JOIN "case" c ON c.id = k.case_id JOIN site o ON o.id = c.site_id JOIN person p ON p.id = k.person_id
  JOIN person l ON l.id = coalesce(p.merged_into, p.id)
     LEFT JOIN household h ON h.id = l.household_id LEFT JOIN building b ON b.id = h.building_id
     LEFT JOIN appointment a ON a.id = k.appointment_id LEFT JOIN shift s ON s.id = k.shift_id
       LEFT JOIN mediator m ON m.id = s.mediator_id
WHERE k.id = :id FOR UPDATE OF k
"""
# Both are held until the end: two moves into one place meet each other.
SHIFTS = "SELECT s.id, s.day, s.kind, s.ends_at, s.mediator_id FROM shift s WHERE s.id = ANY(:ids) ORDER BY s.id FOR UPDATE"
HANDED = """
SELECT EXISTS (SELECT FROM call_skip WHERE contact_id = :contact AND mediator_id = :mediator AND reason = ANY(:handed)
  AND taken_back_at IS NULL)
"""
ASK = """
SELECT k.id, k.person_id, c.unit, c.campaign_id AS terms_id, g.partner_id, k.channel, CAST(:at AS timestamptz) AS at,
       k.appointment_id IS NOT NULL AS promised, s.insee AS site_insee
FROM contact k JOIN "case" c ON c.id = k.case_id JOIN site s ON s.id = c.site_id JOIN campaign m ON m.id = c.campaign_id JOIN agreement g ON g.id = m.agreement_id
WHERE k.id = :contact
"""
OWNED = "UPDATE appointment SET mediator_id = :mediator WHERE id = :appointment"


@dataclass(frozen=True)
class Move:
    """What a move did: from which shift and moment, to which. Undoing it is moving it back to ``before_shift``."""

    contact_id: int
    case_id: int
    before_shift: int | None
    before_at: datetime
    before_mediator: str | None
    after_at: datetime
    after_mediator: str


def move_contact(session: Session, contact: int, shift: int, *, actor: str, near: datetime | None = None) -> Move:
    """Move a planned call or visit to another shift, near to its own hour (or ``near``); the rounds of visits are walked anew.

    Asked: the state of the contact, the kind of shift, the language, absences, the time promised, the room in the shift, the
    campaign's end, and every rule of ``policy.ruling`` at the new moment. Raises ``PolicyError`` with the first reason against
    it; nothing has changed then.
    """
    with session.begin_nested():
        return _move(session, contact, shift, actor, near)


def _move(session: Session, contact: int, shift: int, actor: str, near: datetime | None) -> Move:
    before = session.scalar(text("SELECT shift_id FROM contact WHERE id = :id"), {"id": contact})
    wait_at_shifts(session, [shift, *([before] if before else [])])
    row = session.execute(text(CONTACT), {"id": contact}).first()
    shifts = {
        one.id: one for one in session.execute(text(SHIFTS), {"ids": [shift, *([row.shift_id] if row and row.shift_id else [])]})
    }
    if row is None or shift not in shifts:
        raise PolicyError(_("ce contact ou ce poste n'existe plus"), mend=_("Rechargez le planning."))
    _require_movable(row, shifts[shift])
    loaded, agreed = in_force(session, [row.campaign_id])[row.campaign_id]
    people = roster(
        session, loaded.folder.campaign, min(one.day for one in shifts.values()), max(one.day for one in shifts.values())
    )
    target = _require_there(session, row, shifts[shift], loaded, people)
    wish = _wish(row)
    if Channel(row.channel) is Channel.CALL:
        placed, cases = _call(session, (row, wish, near or row.due_at), target, loaded, agreed), [row.case_id]
        _write_call(session, row.id, placed)
    else:
        whole = {one.id: one for one in people.whole}
        walked = Walked(row.id, wish, _promise(row), whole.get(row.shift_id), whole[shift], row.campaign_id)
        capacity = loaded.folder.campaign.capacity
        placed, cases = move_visit(session, walked, capacity, agreed.definition.terms, travel_times())
    _require_allowed(session, row, placed.due_at, loaded, agreed)
    if row.appointment_id is not None:
        session.execute(text(OWNED), {"mediator": target.mediator_id, "appointment": row.appointment_id})
    show_next(session, cases)
    return _record(session, row, placed, target, actor)


def _require_movable(row: Any, target: Any) -> None:
    """The contact still waits to be made, and the shift is one of its kind, another one, and not over."""
    if row.state != ContactState.PLANNED or row.closed_at is not None:
        raise PolicyError(_("ce contact n'attend plus : quelqu'un s'en occupe, ou c'est fait"), mend=_("Rechargez le planning."))
    if Channel(row.channel) not in KIND or target.kind != KIND[Channel(row.channel)]:
        raise PolicyError(_("un appel va dans un poste d'appels, une visite dans une tournée"))
    if target.id == row.shift_id:
        raise PolicyError(_("c'est déjà là qu'il est prévu"))
    if target.ends_at <= clock.now():
        raise PolicyError(_("ce poste est terminé"))


def _require_there(session: Session, row: Any, target: Any, loaded: Loaded, people: Roster) -> Worked:
    """The target as it will be worked: by somebody of the campaign who is there, and speaks with the person."""
    if not any(one.id == target.id for one in people.whole):
        raise PolicyError(_("ce médiateur ne travaille pas pour cette campagne"))
    found = next((one for one in people.worked if one.id == target.id), None)
    # A round is walked whole or not at all: the planner would take it away again.
    if found is None or (target.kind == ShiftKind.VISIT and target.id in people.absent):
        raise PolicyError(_("ce médiateur est absent à ce moment-là"))
    if not found.languages & _wish(row).speaks:
        raise PolicyError(_("ce médiateur ne parle pas la langue de cette personne"))
    values = {"contact": row.id, "mediator": target.mediator_id, "handed": [str(reason) for reason in HANDED_ON]}
    if session.execute(text(HANDED), values).scalar():
        raise PolicyError(_("ce médiateur a déjà passé ce contact à quelqu'un d'autre"))
    if target.day > loaded.folder.campaign.ends_on:
        raise PolicyError(_("la campagne sera finie ce jour-là"))
    return found


def _call(session: Session, what: tuple[Any, Wish, datetime], target: Worked, loaded: Loaded, agreed: Agreed) -> Placed:
    """The call at the free place of the shift that is nearest to its hour, or in its promised time."""
    row, wish, near = what
    capacity, terms = loaded.folder.campaign.capacity, agreed.definition.terms
    (diary,) = diaries(session, [target], terms, minutes=capacity.minutes_per_call, lunch=capacity.lunch)
    promise = _promise(row)
    if promise is not None:
        return called_at(wish, diary, _promised_moment(diary, promise), promise.id)
    free = [place for places in diary.free.values() for place in places]
    if not free:
        raise PolicyError(_("plus aucune place dans ce poste"), mend=_("Déplacez d'abord un autre appel."))
    allowed = [place for place in free if is_open(Channel.CALL, place, wish.insee, terms.hours)]
    if not allowed:
        raise PolicyError(_(WORDS[Forbidden.CLOSED]))
    zone = zone_of(territory_of(wish.insee))
    hour = _of_day(near, zone)
    return called_at(wish, diary, min(allowed, key=lambda place: (abs(_of_day(place, zone) - hour), place)))


def _promised_moment(diary: Diary, promise: Promise) -> datetime:
    if promise.starts_at >= diary.shift.ends_at or promise.ends_at <= diary.shift.starts_at:
        raise PolicyError(_("le rendez-vous promis tombe en dehors de ce poste"))
    moment = moment_in(diary, promise)
    if moment is None:
        raise PolicyError(_("le moment promis est déjà pris dans ce poste"))
    return moment


def _require_allowed(session: Session, row: Any, at: datetime, loaded: Loaded, agreed: Agreed) -> None:
    """Every rule at the new moment, with what others have planned for the household counted as if it were done."""
    values = {"contact": row.id, "at": at}
    days = [at.date() + timedelta(days=away) for away in (-1, 0, 1)]
    calendar = Calendar.of({loaded.campaign.id: agreed.definition.terms}, KIND, territories_of(session, ASK, values), days)
    found = rulings(session, ASK, calendar, values=values, counted=[*COUNTED, "planned"], few=True)
    rule = found.get(row.id, Forbidden.CLOSED)
    if rule is not None:
        raise PolicyError(_(WORDS[rule]))


def _write_call(session: Session, contact: int, placed: Placed) -> None:
    values = {"shift": placed.shift_id, "position": placed.position, "due": placed.due_at, "until": placed.useful_until}
    session.execute(text(MOVE), values | {"id": contact, "language": placed.language})


def _record(session: Session, row: Any, placed: Placed, target: Worked, actor: str) -> Move:
    """Kept with the changes of plans, where the case's page and the manager find it."""
    changed = Changed(row.case_id, row.id, ChangeKind.MOVED, BY_HAND, row.due_at, placed.due_at, row.mediator, target.mediator)
    write_run(session, row.campaign_id, actor=actor, cause=BY_HAND, counts={}, changes=[changed])
    audit.record(session, actor, "contact.move", f"contact/{row.id}", {"from": row.shift_id, "to": target.id})
    return Move(row.id, row.case_id, row.shift_id, row.due_at, row.mediator, placed.due_at, target.mediator)


def _wish(row: Any) -> Wish:
    """The wish of a contact on either channel, which may be made from today on."""
    return wish_of(row)._replace(channel=Channel(row.channel), earliest=clock.today())


def _promise(row: Any) -> Promise | None:
    """The promise that it keeps, whoever holds the shift."""
    return replace(promise_of(row), channel=Channel(row.channel), mediator=None) if row.appointment_id is not None else None


def _of_day(moment: datetime, zone: ZoneInfo) -> int:
    """Minutes since midnight there: in Martinique, six in the evening and five are an hour apart, with midnight in Paris between."""
    local = moment.astimezone(zone)
    return local.hour * 60 + local.minute
