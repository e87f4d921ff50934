"""Takes the facts of a phone: each once, in the order in which they were made, none held back by another that is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.core.holding import hold
from outreach.core.i18n import _
from outreach.core.sealing import seal_data
from outreach.core.words import ClockMark, FactKind, FactStatus
from outreach.tracking.phone.facts import Answer, Fact, Who, unreadable
from outreach.tracking.phone.ground import Ground, ground_of, happened
from outreach.tracking.phone.others import OTHERS, take_objection
from outreach.tracking.phone.results import Outcome, take_result
from outreach.tracking.phone.undoing import take_correction, take_undo

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# The row is the fact: of two deliveries at the same time the second waits here for the first, and finds its answer.
CLAIM = """
INSERT INTO phone_fact (id, mediator_id, recorded_by, parent, kind, contact_id, case_id, seq, base_version, at_device,
  received_at, occurred_at, sha256, status, answer)
VALUES (:id, :mediator, :actor, :parent, :kind, NULL, NULL, :seq, :base, :at,
  :now, :now, :sha256, 'applied', CAST('{}' AS jsonb))
ON CONFLICT (id) DO NOTHING RETURNING id
"""
KNOWN = "SELECT mediator_id, sha256, answer FROM phone_fact WHERE id = :id"
SETTLE = """
UPDATE phone_fact SET contact_id = coalesce(:contact, contact_id), case_id = coalesce(:case, case_id), occurred_at = :at,
  clock = :clock, status = :status, answer = CAST(:answer AS jsonb), event_id = :event, against = :against,
  payload = CAST(:payload AS jsonb)
WHERE id = :id
"""
# In the order of their numbers, contacts before cases, so that two phones wait for each other instead of for ever.
CASES = """
SELECT FROM "case" c
WHERE c.id = ANY(:cases) OR c.id IN (SELECT case_id FROM contact WHERE id = ANY(:contacts))
ORDER BY c.id FOR UPDATE
"""
VERSION = "SELECT count(*) FROM event WHERE case_id = :case"
ABOUT_A_FACT = {FactKind.UNDO: take_undo, FactKind.CORRECTION: take_correction}
WORST = (FactStatus.CONFLICT, FactStatus.APPLIED, FactStatus.DUPLICATE, FactStatus.REFUSED)
"""Of the doors of one building: what the answer for the whole says."""


def take_facts(session: Session, who: Who, written: Sequence[Mapping[str, Any]]) -> list[Answer]:
    """Take a batch; the answers come in the order of the batch. Told again, nothing changes and the answers are the same."""
    answers: dict[int, Answer] = {}
    facts: list[tuple[int, Fact]] = []
    for place, one in enumerate(written):
        try:
            facts.append((place, Fact.read(one)))
        except OutreachError as error:
            answers[place] = Answer.refused(str(one.get("id", "")), error)
    _hold(session, [fact for _place, fact in facts])
    for place, fact in sorted(facts, key=lambda item: (item[1].seq, item[0])):
        answers[place] = _take_doors(session, who, fact) if fact.kind is FactKind.DOORS else _take(session, who, fact)
    return [answers[place] for place in range(len(written))]


def _hold(session: Session, facts: Sequence[Fact]) -> None:
    contacts = {fact.contact_id for fact in facts if fact.contact_id is not None}
    for fact in facts:
        listed = fact.payload.get("contacts") if fact.kind is FactKind.DOORS else None
        contacts |= {one for one in listed if isinstance(one, int)} if isinstance(listed, list) else set()
    chosen = sorted(contacts)
    hold(session, "contact", chosen)
    cases = [fact.case_id for fact in facts if fact.case_id is not None]
    session.execute(text(CASES), {"cases": cases, "contacts": chosen})


def _take_doors(session: Session, who: Who, fact: Fact) -> Answer:
    """One result for the doors of a building: each is a fact of its own.

    A door that has its result from the same hand keeps it.
    """
    if (known := _claimed(session, who, fact)) is not None:
        return known
    try:
        answers = [_take(session, who, door) for door in fact.doors()]
    except OutreachError as error:
        return _settled(session, fact, None, None, Outcome(FactStatus.REFUSED), Answer.refused(str(fact.id), error))
    status = next(status for status in WORST if any(answer.status is status for answer in answers))
    first = next(answer for answer in answers if answer.status is status)
    # The conflict itself is that of its doors.
    stored = Outcome(FactStatus.APPLIED if status is FactStatus.CONFLICT else status)
    return _settled(session, fact, None, None, stored, replace(first, id=str(fact.id), version=None, remark=None, clock=None))


def _take(session: Session, who: Who, fact: Fact) -> Answer:
    if (known := _claimed(session, who, fact)) is not None:
        return known
    ground: Ground | None = None
    at, mark = happened(fact, None)
    try:
        if fact.kind in ABOUT_A_FACT:
            with session.begin_nested():
                outcome = ABOUT_A_FACT[fact.kind](session, who, fact)
        else:
            ground = ground_of(session, who, fact)
            at, mark = happened(fact, ground)
            with session.begin_nested():
                outcome = _applied(session, who, fact, ground, at)
    except OutreachError as error:
        return _settled(session, fact, ground, (at, mark), Outcome(FactStatus.REFUSED), Answer.refused(str(fact.id), error))
    except (ValueError, TypeError, KeyError, DataError, IntegrityError):
        said = Answer.refused(str(fact.id), unreadable("payload"))
        return _settled(session, fact, ground, (at, mark), Outcome(FactStatus.REFUSED), said)
    version = session.execute(text(VERSION), {"case": ground.case_id}).scalar_one() if ground else None
    answer = Answer(str(fact.id), outcome.status, version, remark=outcome.remark, clock=str(mark) if mark else None)
    return _settled(session, fact, ground, (at, mark), outcome, answer)


def _applied(session: Session, who: Who, fact: Fact, ground: Ground, at: Any) -> Outcome:
    if fact.kind is FactKind.OBJECTION:
        return take_objection(session, who, fact, ground, at)
    if fact.kind is FactKind.RESULT:
        return take_result(session, who, fact, ground, at)
    return OTHERS[fact.kind](session, who, fact, ground, at)


def _claimed(session: Session, who: Who, fact: Fact) -> Answer | None:
    """``None`` for a fact that is new, and now ours to take; else the answer that it had."""
    values = {
        "id": fact.id, "mediator": who.mediator_id, "actor": who.code, "parent": fact.parent, "kind": fact.kind.value, "seq": fact.seq,
        "base": fact.base_version, "at": fact.at_device, "now": clock.now(), "sha256": fact.sha256,
    }  # fmt: skip
    if session.execute(text(CLAIM), values).first() is not None:
        return None
    known = session.execute(text(KNOWN), {"id": fact.id}).one()
    if known.mediator_id != who.mediator_id or known.sha256 != fact.sha256:
        message, mend = _("ce numéro de fait a déjà servi à autre chose"), _("Notez-le de nouveau.")
        return Answer(str(fact.id), FactStatus.REFUSED, reason=message, place=str(fact.id), mend=mend)
    return read_answer(str(fact.id), known.answer)


def read_answer(id_: str, data: Mapping[str, Any]) -> Answer:
    """An answer as it was kept."""
    told = {name: value for name, value in data.items() if name in Answer.__dataclass_fields__}
    return Answer(**{**told, "id": id_, "status": FactStatus(data["status"]), "is_retold": True})


def _settled(
    session: Session,
    fact: Fact,
    ground: Ground | None,
    moment: tuple[Any, ClockMark | None] | None,
    outcome: Outcome,
    answer: Answer,
) -> Answer:
    """Keep what became of a fact. What was said stays only while a conflict waits for somebody."""
    at, mark = moment or (min(fact.at_device, clock.now()), None)
    kept = (
        json.dumps(seal_data(json.loads(json.dumps(dict(fact.payload), default=str)), "phone_fact.payload"))
        if outcome.status is FactStatus.CONFLICT
        else None
    )
    values: dict[str, Any] = {
        "id": fact.id, "contact": ground.contact_id if ground else None, "case": ground.case_id if ground else None, "at": at,
        "clock": str(mark) if mark else None, "status": str(outcome.status), "event": outcome.event, "against": outcome.against,
        "payload": kept, "answer": json.dumps(answer.data() | ({"made": outcome.made} if outcome.made is not None else {})),
    }  # fmt: skip
    session.execute(text(SETTLE), values)
    return answer
