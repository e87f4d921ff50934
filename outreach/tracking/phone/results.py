"""Results of calls and visits from a phone: applied where nothing contradicts them, else kept beside what is there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.words import Channel, EventKind, FactStatus
from outreach.policy.dispositions import CLOSING, DISPOSITIONS
from outreach.tracking.events import NewEvent
from outreach.tracking.phone.facts import Fact, Who, mediation, moment, unreadable, words
from outreach.tracking.phone.ground import Ground
from outreach.tracking.promises import call_back_soon, promise
from outreach.tracking.record import PROMISED_FOR, AttemptResult, record_attempts, record_beside

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

THEIRS = "SELECT actor, code, data ->> 'result' AS own FROM event WHERE id = :event"
LAST_CLOSING = """
SELECT id FROM event WHERE case_id = :case AND (kind IN ('objected', 'withdrawn', 'exhausted', 'joined', 'mediated')
  OR (kind = 'attempted' AND code = ANY(:closing))) ORDER BY (kind = 'objected') DESC, occurred_at DESC LIMIT 1
"""


@dataclass(frozen=True)
class Outcome:
    """What became of a fact.

    ``event``: the one that it became; ``against``: the one that it contradicts; ``made``: an appointment.
    """

    status: FactStatus = FactStatus.APPLIED
    event: UUID | None = None
    against: UUID | None = None
    remark: str | None = None
    made: int | None = None


def take_result(session: Session, who: Who, fact: Fact, ground: Ground, at: datetime) -> Outcome:
    """The result of a call or visit, with its mediation and what was promised. See docs/phone.md for what contradicts what."""
    code = words(fact.payload, "code")
    if ground.contact_id is None or code is None:
        raise unreadable("contact_id" if ground.contact_id is None else "payload.code")
    told = {"notice": True} if fact.payload.get("notice") is True else {}
    record = mediation(fact.payload.get("mediation"))
    language = words(fact.payload, "language")
    result = AttemptResult(ground.contact_id, code, who.code, at, record, key=fact.id, told=told, language=language)
    again = moment(fact.payload, "again_at")
    if again is not None and (known := DISPOSITIONS.get(code)) is not None and (known.final or not known.human):
        message = _("on ne promet de rappeler qu'à qui on a parlé et qui l'accepte")
        raise OutreachError(message, place=f"contact {ground.contact_id}")
    outcome = _recorded(session, who, fact, ground, result)
    if again is None or outcome.status is FactStatus.DUPLICATE or ground.closed_at is not None:
        return outcome
    return _promised(session, who, ground, Channel(ground.channel or "call"), again, words(fact.payload, "note"), outcome)


def _recorded(session: Session, who: Who, fact: Fact, ground: Ground, result: AttemptResult) -> Outcome:
    event = NewEvent(ground.case_id, EventKind.ATTEMPTED, f"phone:{fact.id}", result.occurred_at, who.code, "").id
    if ground.state == "done" and ground.attempt_event is not None:
        theirs = session.execute(text(THEIRS), {"event": ground.attempt_event}).one()
        again = result.code in {theirs.code, theirs.own} and result.mediation is None
        # What is said of a whole building is meant of the doors that had no result yet.
        if theirs.actor == who.code and (again or fact.parent is not None):
            return Outcome(FactStatus.DUPLICATE, against=ground.attempt_event)
        if not ground.objected:
            record_beside(session, result)
            return Outcome(FactStatus.CONFLICT, event, ground.attempt_event)
    if ground.closed_at is None:
        _note(session, ground, result)
        other = ground.mediated_event if ground.mediated_event is not None and ground.stale(fact) else None
        return Outcome(FactStatus.CONFLICT if other else FactStatus.APPLIED, event, other)
    against = session.execute(text(LAST_CLOSING), {"case": ground.case_id, "closing": list(CLOSING)}).scalar()
    if ground.objected and result.occurred_at > ground.closed_at:
        # An objection wins: nothing of outreach is told after it. Help that was given all the same is.
        told = record_beside(session, result, attempted=False) if result.mediation is not None else None
        return Outcome(FactStatus.CONFLICT, told, against)
    _note(session, ground, result)
    return Outcome(FactStatus.CONFLICT, event, against)


def _note(session: Session, ground: Ground, result: AttemptResult) -> None:
    """A contact is done once: what is said of it later, also after its result was taken back, stands beside."""
    if ground.state == "done":
        record_beside(session, result)
    else:
        record_attempts(session, [result])


def _promised(
    session: Session, who: Who, ground: Ground, channel: Channel, again: datetime, note: str | None, outcome: Outcome
) -> Outcome:
    """What was promised with a result.

    A result is never lost for a promise that cannot stand: the remark says what becomes of it.
    """
    if again <= clock.now():
        made = call_back_soon(session, ground.case_id, actor=who.code) if channel is Channel.CALL else None
        remark = (
            _("le moment promis est passé : l'appel est à faire dès que possible") if made else _("le moment promis est passé")
        )
        return replace(outcome, made=made, remark=remark)
    try:
        with session.begin_nested():
            made = promise(
                session, ground.case_id, channel, again, again + PROMISED_FOR, actor=who.code, mediator=who.code, note=note
            )
    except OutreachError as error:
        return replace(outcome, remark=str(error))
    return replace(outcome, made=made)
