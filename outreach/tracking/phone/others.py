"""What a phone tells beside results: promises, neighbours, people who come, objections, cases left in peace, calls left aside."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from sqlalchemy import text

from outreach.core import clock
from outreach.core.i18n import N_, _
from outreach.core.words import Channel, EventKind, FactKind, FactStatus, SkipReason
from outreach.policy.dispositions import CLOSING
from outreach.policy.kin import sql_cases_about
from outreach.policy.mediation.vocabulary import MEDIA
from outreach.policy.objections import BY_WORD
from outreach.tracking.coming_forward import record_neighbour, record_walk_in
from outreach.tracking.events import NewEvent
from outreach.tracking.objections import record_objection
from outreach.tracking.phone.facts import Fact, Who, mediation, moment, unreadable, words
from outreach.tracking.phone.ground import Ground
from outreach.tracking.phone.results import LAST_CLOSING, Outcome
from outreach.tracking.phone.skipping import leave_aside
from outreach.tracking.promises import call_back_soon, promise, snooze
from outreach.tracking.record import AttemptResult, record_attempts

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PROMISED_VISIT = timedelta(hours=1)
FOUND_BY = ("code", "phone", "name")
# What somebody else agreed with the person later on.
AGREED_SINCE = """
SELECT id FROM event WHERE case_id = :case AND kind IN ('appointed', 'snoozed') AND occurred_at > :at AND actor <> :actor
ORDER BY occurred_at DESC LIMIT 1
"""
# Of every case that is about who objected, or about the home that they live in. A message that may have left keeps its place: what
# became of it is the provider's to say.
LET_GO = f"""
WITH asked AS (SELECT CAST(:person AS bigint) AS person_id),
stopped AS MATERIALIZED (SELECT CAST(:case AS bigint) AS case_id UNION SELECT case_id FROM ({sql_cases_about("asked")}) t)
UPDATE contact SET state = 'cancelled', reason = 'objected', done_at = :now, lease_until = NULL
WHERE case_id IN (SELECT c.id FROM stopped s JOIN "case" c ON c.id = s.case_id WHERE c.status = 'objected')
  AND (state = 'planned' OR (channel IN ('call', 'visit') AND state IN ('claimed', 'unknown')))
"""


def take_promise(session: Session, who: Who, fact: Fact, ground: Ground, at: datetime) -> Outcome:
    """A call or visit promised for a time. What somebody agreed with the person later stays."""
    if (kept := _overtaken(session, who, ground, at)) is not None:
        return kept
    starts = moment(fact.payload, "starts_at")
    if starts is None:
        raise unreadable("payload.starts_at")
    channel = _member(Channel, fact.payload.get("channel") or ground.channel, "payload.channel")
    if starts <= clock.now() and channel is Channel.CALL:
        made = call_back_soon(session, ground.case_id, actor=who.code)
        return Outcome(event=_appointed(ground, made), made=made, remark=_(TOO_LATE))
    length = PROMISED_VISIT if channel is Channel.VISIT else timedelta(minutes=30)
    ends = moment(fact.payload, "ends_at") or starts + length
    note = words(fact.payload, "note")
    made = promise(session, ground.case_id, channel, starts, ends, actor=who.code, mediator=who.code, note=note)
    return Outcome(event=_appointed(ground, made), made=made)


TOO_LATE = N_("le moment promis est passé : l'appel est à faire dès que possible")


def take_snooze(session: Session, who: Who, fact: Fact, ground: Ground, at: datetime) -> Outcome:
    """Leave a case in peace until a day, with the reason."""
    if (kept := _overtaken(session, who, ground, at)) is not None:
        return kept
    until, reason = moment(fact.payload, "until"), words(fact.payload, "reason")
    if until is None:
        raise unreadable("payload.until")
    snooze(session, ground.case_id, until, reason or "", actor=who.code)
    return Outcome()


def take_neighbour(session: Session, who: Who, fact: Fact, ground: Ground, at: datetime) -> Outcome:
    """A mediation with a neighbour whom no list names."""
    record = mediation(fact.payload.get("mediation"))
    if ground.contact_id is None or record is None:
        raise unreadable("contact_id" if ground.contact_id is None else "payload.mediation")
    return Outcome(event=record_neighbour(session, ground.contact_id, record, actor=who.code, occurred_at=at, key=fact.id))


def take_walk_in(session: Session, who: Who, fact: Fact, ground: Ground, at: datetime) -> Outcome:
    """A mediation with somebody who came or called.

    It counts also when somebody else helped them meanwhile: then both are looked at.
    """
    record = mediation(fact.payload.get("mediation"))
    medium, found_by = fact.payload.get("medium", "desk"), fact.payload.get("found_by", "name")
    if record is None or medium not in MEDIA or found_by not in FOUND_BY:
        raise unreadable(
            "payload.mediation" if record is None else "payload.medium" if medium not in MEDIA else "payload.found_by"
        )
    record_walk_in(session, ground.case_id, record, medium=medium, found_by=found_by, actor=who.code, occurred_at=at, key=fact.id)
    event = NewEvent(ground.case_id, EventKind.MEDIATED, f"mediation:{fact.id}", at, who.code, medium).id
    other = ground.mediated_event if ground.stale(fact) else None
    return Outcome(FactStatus.CONFLICT if other else FactStatus.APPLIED, event, other)


def take_objection(session: Session, who: Who, fact: Fact, ground: Ground, at: datetime) -> Outcome:
    """A person asks for peace: everything stops, always, however late it is told and whatever else was recorded.

    A call or visit in which it was said, and that has no result, ended with a refusal.
    """
    source = fact.payload.get("source") or ground.channel
    source = source if source in BY_WORD else "desk"
    if ground.contact_id is not None and ground.state in {"planned", "claimed", "unknown"} and ground.closed_at is None:
        record_attempts(session, [AttemptResult(ground.contact_id, "refused", who.code, at, key=fact.id)])
    record_objection(session, ground.person_id, source=source, actor=who.code, occurred_at=at)
    session.execute(text(LET_GO), {"case": ground.case_id, "person": ground.person_id, "now": clock.now()})
    return Outcome()


def take_skip(session: Session, who: Who, fact: Fact, ground: Ground, at: datetime) -> Outcome:
    """A contact left aside, and why."""
    if ground.contact_id is None:
        raise unreadable("contact_id")
    reason = _member(SkipReason, fact.payload.get("reason"), "payload.reason")
    said = words(fact.payload, "words")
    leave_aside(session, ground.contact_id, mediator=who.mediator_id, reason=reason, words=said, at=at, fact=fact.id)
    return Outcome()


OTHERS = {
    FactKind.PROMISE: take_promise, FactKind.SNOOZE: take_snooze, FactKind.NEIGHBOUR: take_neighbour, FactKind.WALK_IN: take_walk_in,
    FactKind.SKIP: take_skip,
}  # fmt: skip


def _overtaken(session: Session, who: Who, ground: Ground, at: datetime) -> Outcome | None:
    """What was agreed at a door gives way to a closed case, and to what somebody agreed with the person since.

    Both are looked at.
    """
    if ground.closed_at is not None:
        against = session.execute(text(LAST_CLOSING), {"case": ground.case_id, "closing": list(CLOSING)}).scalar()
        return Outcome(FactStatus.CONFLICT, against=against)
    since = session.execute(text(AGREED_SINCE), {"case": ground.case_id, "at": at, "actor": who.code}).scalar()
    return Outcome(FactStatus.CONFLICT, against=since) if since is not None else None


def _appointed(ground: Ground, made: int | None) -> UUID | None:
    return NewEvent(ground.case_id, EventKind.APPOINTED, f"appointment:{made}", clock.now(), "", "").id if made else None


Code = TypeVar("Code", bound=StrEnum)


def _member(kind: type[Code], value: Any, place: str) -> Code:
    try:
        return kind(value)
    except ValueError:
        raise unreadable(place) from None
