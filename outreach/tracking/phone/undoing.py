"""A slip of the thumb: who recorded a fact takes it back, or says it otherwise, while it is fresh."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.words import EventKind, FactKind, FactStatus
from outreach.tracking.corrections import correct_mediation, correct_result
from outreach.tracking.events import NewEvent
from outreach.tracking.phone.facts import Fact, Who, unreadable
from outreach.tracking.phone.ground import ground_of
from outreach.tracking.phone.results import Outcome, take_result
from outreach.tracking.record import show_result

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

WINDOW = timedelta(hours=2)
"""How long after a fact its own phone may take it back, by the phone's clock."""
ARRIVED = timedelta(hours=24)
"""How long after it arrived, by ours."""
TARGET = "SELECT * FROM phone_fact WHERE (id = :id OR parent = :id) ORDER BY parent NULLS FIRST, id FOR UPDATE"
UNDONE = "UPDATE phone_fact SET payload = NULL, answer = answer || jsonb_build_object('undone', true) WHERE id = :id"
# The contact is to be done again where nothing else stands of it, the case goes on, and nothing else is planned for it.
REOPEN = """
UPDATE contact k SET state = 'planned', disposition = NULL, done_at = NULL, claimed_by = NULL, lease_until = NULL
WHERE k.id = :contact AND k.state = 'done' AND k.disposition IS NULL AND k.useful_until > :now
  AND EXISTS (SELECT FROM "case" c WHERE c.id = k.case_id AND c.closed_at IS NULL)
  AND NOT EXISTS (SELECT FROM contact o WHERE o.case_id = k.case_id AND o.state IN ('planned', 'claimed', 'unknown'))
RETURNING k.case_id
"""
NEXT_STEP = """
UPDATE "case" c SET next_step = k.step, next_at = k.due_at, wait_reason = NULL
FROM contact k WHERE k.id = :contact AND c.id = k.case_id
"""
FREE = (
    """UPDATE "case" SET snoozed_until = NULL, next_at = :now, wait_reason = 'to_plan' WHERE id = :case AND closed_at IS NULL"""
)
TAKE_BACK_PROMISE = (
    "UPDATE appointment SET state = 'cancelled', reason = 'undone' WHERE id = :made AND state = 'open' RETURNING case_id"
)


def take_undo(session: Session, who: Who, fact: Fact) -> Outcome:
    """Take an own fact back. What it contradicted then stands alone."""
    rows = _own(session, who, fact)
    if rows[0]["answer"].get("undone"):
        return Outcome(FactStatus.DUPLICATE)
    for row in rows:
        take_back(session, row, actor=who.code, reason=_("annulé par la personne qui l'avait noté"))
    return Outcome()


def take_correction(session: Session, who: Who, fact: Fact) -> Outcome:
    """Say an own result otherwise: the first is taken back, the second recorded, of the same contact and the same moment."""
    [row, *doors] = _own(session, who, fact)
    if row["kind"] != FactKind.RESULT or doors or row["answer"].get("undone"):
        raise OutreachError(_("ce fait ne se corrige pas"), place=str(row["id"]), mend=_("Annulez-le, puis notez-le de nouveau."))
    take_back(session, row, actor=who.code, reason=_("corrigé par la personne qui l'avait noté"))
    ground = ground_of(session, who, replace(fact, contact_id=row["contact_id"], case_id=None))
    outcome = take_result(session, who, replace(fact, base_version=ground.version), ground, row["occurred_at"])
    session.execute(text("UPDATE phone_fact SET contact_id = :contact, case_id = :case WHERE id = :id"),
                    {"contact": row["contact_id"], "case": row["case_id"], "id": fact.id})  # fmt: skip
    return outcome


def take_back(session: Session, row: Any, *, actor: str, reason: str) -> None:
    """Undo all that a fact did (a row of ``phone_fact``), by corrections: what was recorded stays in the history."""
    kind = FactKind(row["kind"])
    if kind is FactKind.OBJECTION:
        mend = _("Si elle n'a pas été dite, votre responsable le note au dossier.")
        raise OutreachError(_("une opposition ne s'annule pas d'un geste"), place=str(row["id"]), mend=mend)
    _take_back_mediation(session, row, actor, reason)
    if row["event_id"] is not None and kind in {FactKind.RESULT, FactKind.CORRECTION}:
        if _is_attempt(session, row["event_id"]):
            correct_result(session, row["event_id"], None, reason=reason, actor=actor)
        show_result(session, row["contact_id"])
        reopen(session, row["contact_id"])
    made = row["answer"].get("made")
    if made is not None and (case := session.execute(text(TAKE_BACK_PROMISE), {"made": made}).scalar()) is not None:
        session.execute(text(FREE), {"case": case, "now": clock.now()})
    if kind is FactKind.SNOOZE and row["status"] == FactStatus.APPLIED:
        session.execute(text(FREE), {"case": row["case_id"], "now": clock.now()})
    session.execute(text("UPDATE call_skip SET taken_back_at = :now WHERE fact = :id"), {"now": clock.now(), "id": row["id"]})
    session.execute(text(UNDONE), {"id": row["id"]})
    if row["status"] == FactStatus.CONFLICT:
        settled = """
        UPDATE phone_fact SET settled_at = :now, settled_by = :actor, settled_as = 'theirs' WHERE id = :id AND settled_at IS NULL
        """
        session.execute(text(settled), {"id": row["id"], "now": clock.now(), "actor": actor})


def reopen(session: Session, contact: int) -> None:
    """Plan a contact again of which nothing stands any more."""
    if session.execute(text(REOPEN), {"contact": contact, "now": clock.now()}).first() is not None:
        session.execute(text(NEXT_STEP), {"contact": contact})


def _take_back_mediation(session: Session, row: Any, actor: str, reason: str) -> None:
    """The mediation of a fact: of a neighbour under the fact's own id, of a case under that of its event."""
    query = """
    SELECT m.id FROM mediation m WHERE m.superseded_at IS NULL
      AND (m.id = :fact OR m.id IN (SELECT e.id FROM event e WHERE e.case_id = :case AND e.kind = 'mediated'
                                    AND e.id = CAST(:event AS uuid)))
    """
    event = mediated_event(row["case_id"], row["id"])
    found = session.execute(text(query), {"fact": row["id"], "case": row["case_id"], "event": str(event)}).scalar()
    if found is not None:
        correct_mediation(session, found, None, reason=reason, actor=actor)


def mediated_event(case: int | None, fact: UUID) -> UUID:
    """The id of the event of the mediation that a fact told."""
    return NewEvent(case or 0, EventKind.MEDIATED, f"mediation:{fact}", clock.now(), "", "").id


def _is_attempt(session: Session, event: UUID) -> bool:
    kind = session.execute(text("SELECT kind FROM event WHERE id = :id"), {"id": event}).scalar()
    return kind == "attempted"


def _own(session: Session, who: Who, fact: Fact) -> list[Any]:
    try:
        target = UUID(str(fact.payload["fact"]))
    except (KeyError, ValueError):
        raise unreadable("payload.fact") from None
    rows = list(session.execute(text(TARGET), {"id": target}).mappings())
    if not rows or rows[0]["mediator_id"] != who.mediator_id or rows[0]["status"] == FactStatus.REFUSED:
        raise OutreachError(
            _("ce fait n'est pas connu, ou n'est pas le vôtre"), place=str(target), mend=_("Rechargez la journée.")
        )
    first: datetime = rows[0]["at_device"]
    if fact.at_device - first > WINDOW or clock.now() - rows[0]["received_at"] > ARRIVED:
        mend = _("Votre responsable peut encore le corriger.")
        raise OutreachError(_("c'est trop tard pour l'annuler d'ici"), place=str(target), mend=mend)
    return rows
