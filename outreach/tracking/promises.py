"""What is agreed with people about when: a call or visit at a time, or to be left alone until a date."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.prepared import kept
from outreach.core.sealing import seal
from outreach.core.words import Channel, EventKind
from outreach.policy.language import SPOKEN
from outreach.policy.territories import territory_of, zone_of
from outreach.policy.windows import closing, is_open, next_open_day, opening, openings
from outreach.tracking.events import NewEvent, append_events

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

OWNER_FIRST = timedelta(minutes=15)
"""How long a promised call is its owner's alone before anybody may make it."""
LONGEST_SNOOZE = timedelta(days=180)
OPEN_CASE = """
SELECT c.id, c.closed_at, coalesce(b.insee, s.insee) AS insee FROM "case" c
  JOIN site s ON s.id = c.site_id JOIN person p ON p.id = c.person_id
  JOIN person l ON l.id = coalesce(p.merged_into, p.id) LEFT JOIN household h ON h.id = l.household_id
  LEFT JOIN building b ON b.id = h.building_id WHERE c.id = :case FOR UPDATE OF c
"""
REPLACE = """
UPDATE appointment SET state = 'cancelled', reason = 'replaced' WHERE case_id = :case AND state = 'open'
"""
# What was agreed for before that date gives way to it; what was agreed for after it stands.
GIVE_WAY = """
UPDATE appointment SET state = 'cancelled', reason = 'snoozed' WHERE case_id = :case AND state = 'open' AND starts_at < :at
"""
KNOWN = "SELECT FROM mediator WHERE code = :mediator"
PROMISE = """
INSERT INTO appointment (case_id, channel, starts_at, ends_at, mediator_id, anyone_from, state, note, made_at, made_by)
VALUES (:case, :channel, :starts, :ends, (SELECT id FROM mediator WHERE code = :mediator), :anyone, 'open', :note, :now, :actor)
RETURNING id
"""
# What was planned gives way to what was agreed; the planner finds the place of a promise.
UNPLAN = """
UPDATE contact SET state = 'cancelled', reason = :reason, done_at = :now WHERE case_id = :case AND state = 'planned'
"""
LOOK_AGAIN = """
UPDATE "case" SET next_at = CAST(:at AS timestamptz), wait_reason = :reason, snoozed_until = CAST(:snoozed AS timestamptz)
WHERE id = :case
"""


def promise(
    session: Session, case_id: int, channel: Channel, starts_at: datetime, ends_at: datetime, *,
    actor: str, mediator: str | None = None, note: str | None = None,
) -> int:  # fmt: skip
    """A call or visit promised for a time; returns the appointment's number. It replaces an earlier one, and what was planned.

    ``mediator``: the code of who promised it: theirs first, anybody's a quarter of an hour later. Raises ``OutreachError``
    when the case is closed, the mediator unknown, the channel not a spoken one, or the time outside the hours of the place.
    """
    case = _open_case(session, case_id)
    if mediator is not None and kept(session, KNOWN, {"mediator": mediator}).first() is None:
        raise OutreachError(_("ce médiateur n'existe pas"), place=mediator)
    if channel not in SPOKEN:
        raise OutreachError(_("on promet un appel ou une visite, pas un message"), place=str(channel))
    # A phone says moments in UTC: what is told of them is the hour that was typed there.
    zone = zone_of(territory_of(case.insee))
    said = f"{starts_at.astimezone(zone):%d/%m/%Y %H:%M}"
    if not starts_at < ends_at or starts_at < clock.now():
        raise OutreachError(_("ce rendez-vous est dans le passé, ou finit avant de commencer"), place=said)
    if not is_open(channel, starts_at, case.insee):
        day = next_open_day(channel, starts_at.astimezone(zone).date(), case.insee)
        first = opening(channel, day, case.insee).astimezone(zone)
        mend = _("Proposez par exemple le {day}.").format(day=f"{first:%d/%m à %H:%M}")
        raise OutreachError(_("en dehors des heures permises là où vit la personne"), place=said, mend=mend)
    values = {
        "case": case_id, "channel": channel.value, "starts": starts_at, "ends": ends_at, "mediator": mediator, "note": seal(note, "appointment.note"),
        "anyone": starts_at + OWNER_FIRST if mediator else starts_at, "now": clock.now(), "actor": actor, "reason": "appointment",
        "at": clock.now(), "snoozed": None,
    }  # fmt: skip
    kept(session, REPLACE, values)
    number = int(kept(session, PROMISE, values).scalar_one())
    kept(session, UNPLAN, values)
    kept(session, LOOK_AGAIN, values)
    told = {"channel": channel.value, "starts_at": starts_at.isoformat(), "mediator": mediator}
    append_events(
        session, [NewEvent(case_id, EventKind.APPOINTED, f"appointment:{number}", clock.now(), actor, "tracking", data=told)]
    )
    return number


def call_back_soon(session: Session, case_id: int, *, actor: str) -> int | None:
    """Promise a call, from the next opening to the end of the next working day, to somebody who asks for it.

    ``None`` when the case is closed.
    """
    try:
        case = _open_case(session, case_id)
    except OutreachError:
        return None
    soon = clock.now() + timedelta(minutes=5)
    today = soon.astimezone(zone_of(territory_of(case.insee))).date()
    tomorrow = next_open_day(Channel.CALL, today + timedelta(days=1), case.insee)
    later_today = [max(soon, begins) for begins, ends in openings(Channel.CALL, today, case.insee) if soon < ends]
    begins = later_today[0] if later_today else opening(Channel.CALL, tomorrow, case.insee)
    return promise(session, case_id, Channel.CALL, begins, closing(Channel.CALL, tomorrow, case.insee), actor=actor)


def snooze(session: Session, case_id: int, until: datetime, reason: str, *, actor: str) -> None:
    """Leave a case alone until a date, with the reason; it resumes by itself.

    What was planned is taken back, and what was promised for before that date.

    Raises ``OutreachError`` when the case is closed, or the date is past or more than six months away.
    """
    _open_case(session, case_id)
    now = clock.now()
    if not now < until <= now + LONGEST_SNOOZE:
        raise OutreachError(_("la mise en veille finit entre demain et six mois"), place=f"{until:%d/%m/%Y}")
    values = {"case": case_id, "reason": "snoozed", "now": now, "at": until, "snoozed": until}
    kept(session, GIVE_WAY, values)
    kept(session, UNPLAN, values)
    kept(session, LOOK_AGAIN, values)
    key = f"snooze:{until.isoformat()}:{now.isoformat()}"
    data = {"until": until.isoformat(), "reason": reason}
    append_events(session, [NewEvent(case_id, EventKind.SNOOZED, key, now, actor, "tracking", data=data)])


def _open_case(session: Session, case_id: int) -> Any:
    case = kept(session, OPEN_CASE, {"case": case_id}).first()
    if case is None:
        raise OutreachError(_("dossier inconnu"), place=str(case_id))
    if case.closed_at is not None:
        raise OutreachError(_("ce dossier est clos"), place=str(case_id))
    return case
