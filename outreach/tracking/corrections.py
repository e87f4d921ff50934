"""Corrections: nothing recorded is changed; an event of its own says what should have been said, who says so, and why."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text

from outreach.core import audit, clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.words import EventKind
from outreach.policy.dispositions import DISPOSITIONS
from outreach.tracking.events import NewEvent, append_events
from outreach.tracking.learning import learn_languages
from outreach.tracking.mediations import MediationRecord, Setting, check, store
from outreach.tracking.record import show_result

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

CORRECTABLE = frozenset({EventKind.ATTEMPTED, EventKind.MEDIATED, EventKind.REPLIED, EventKind.WITHDRAWN, EventKind.EXHAUSTED})
"""What a person may correct. A sending is the provider's word, and an objection is taken back by who made it alone."""
HELD = """
SELECT e.id, e.case_id, e.contact_id, e.kind, e.code, k.channel, o.before, o.latest
FROM event e CROSS JOIN LATERAL (
        SELECT count(*) AS before, max(o.occurred_at) AS latest FROM event o
        WHERE o.case_id = e.case_id AND o.kind = 'corrected' AND o.data ->> 'event' = CAST(e.id AS text)) o
      JOIN "case" c ON c.id = e.case_id LEFT JOIN contact k ON k.id = e.contact_id WHERE e.id = :id FOR UPDATE OF c
"""
TO_PLAN = """
UPDATE "case" SET next_at = :now, wait_reason = 'to_plan' WHERE id = :case AND closed_at IS NULL
  AND NOT EXISTS (SELECT FROM contact k WHERE k.case_id = :case AND k.state IN ('planned', 'claimed', 'unknown'))
"""
# Of two results that one contact may have, the one that was this mediation.
ATTEMPT = """
SELECT id FROM event WHERE contact_id = :contact AND kind = 'attempted' AND code = 'mediated'
ORDER BY (occurred_at = :at AND actor = :actor) DESC, occurred_at DESC LIMIT 1
"""
SUPERSEDE = "UPDATE mediation SET superseded_at = :now WHERE id = :id AND superseded_at IS NULL RETURNING id"


def correct_result(session: Session, event: UUID, code: str | None, *, reason: str, actor: str) -> None:
    """Say what an attempt's result should have been (``code``), or that it never took place (``None``).

    The case follows: it opens again, or closes, as if it had been recorded so. Raises ``OutreachError`` for an unknown
    event, one that cannot be corrected so, or without a reason.
    """
    row = _held(session, event, reason)
    if row["kind"] == EventKind.MEDIATED:
        raise OutreachError(_("une médiation se corrige par sa fiche"), place=str(event))
    if code is not None and row["kind"] == EventKind.ATTEMPTED:
        known = DISPOSITIONS.get(code)
        if known is None or row["channel"] not in known.channels or code == "mediated":
            raise OutreachError(_("ce résultat n'existe pas pour ce canal"), place=code, mend=_("Choisissez-en un de la liste."))
    _correct(session, row, code, reason, actor)
    if row["contact_id"] is not None and row["kind"] == EventKind.ATTEMPTED:
        show_result(session, row["contact_id"])
    session.execute(text(TO_PLAN), {"case": row["case_id"], "now": clock.now()})
    learn_languages(session, [row["case_id"]])


def correct_mediation(
    session: Session, mediation: UUID, record: MediationRecord | None, *, reason: str, actor: str
) -> UUID | None:
    """Put another record in the place of a mediation's, or take it back (``None``); returns the id of the new one.

    Raises ``OutreachError`` for one that is unknown or was corrected already: correct the one that holds.
    """
    held = session.execute(text("SELECT * FROM mediation WHERE id = :id FOR UPDATE"), {"id": mediation}).mappings().first()
    if held is None:
        raise OutreachError(_("cette médiation n'existe pas"), place=str(mediation))
    if held["superseded_at"] is not None:
        raise OutreachError(_("cette fiche a déjà été corrigée"), place=str(mediation), mend=_("Corrigez celle qui vaut."))
    if record is not None:
        check(record)
    first = _first_of(session, mediation)
    new = None
    if held["case_id"] is not None:
        new = _correct(session, _held(session, first, reason), str(record.kind) if record else None, reason, actor)
    session.execute(text(SUPERSEDE), {"id": mediation, "now": clock.now()})
    if record is None:
        # A neighbour's mediation says nothing of the door next to it.
        if held["case_id"] is not None:
            _talked_only(session, held, reason, actor)
            learn_languages(session, [held["case_id"]])
        return None
    setting = Setting(
        held["campaign_id"], held["site_id"], held["case_id"], held["medium"], actor, held["occurred_at"], held["contact_id"],
        held["mediator_id"], held["found_by"],
    )  # fmt: skip
    id_ = new or NewEvent(0, EventKind.CORRECTED, f"{mediation}:{clock.now().isoformat()}", clock.now(), actor, "tracking").id
    store(session, id_, record, setting, replaces=mediation)
    if held["case_id"] is not None:
        learn_languages(session, [held["case_id"]])
    return id_


def _talked_only(session: Session, held: Any, reason: str, actor: str) -> None:
    """What was taken back as a mediation was a talk: the case goes on from there."""
    values = {"contact": held["contact_id"], "at": held["occurred_at"], "actor": held["recorded_by"]}
    attempt = session.execute(text(ATTEMPT), values).scalar()
    if attempt is not None:
        correct_result(session, attempt, "talked", reason=reason, actor=actor)
    else:
        session.execute(text(TO_PLAN), {"case": held["case_id"], "now": clock.now()})


def _held(session: Session, event: UUID, reason: str) -> Any:
    row = session.execute(text(HELD), {"id": event}).mappings().first()
    if row is None:
        raise OutreachError(_("cet événement n'existe pas"), place=str(event))
    if EventKind(row["kind"]) not in CORRECTABLE:
        raise OutreachError(_("cet événement ne se corrige pas"), place=row["kind"])
    if not reason.strip():
        raise OutreachError(_("dites pourquoi"), place=str(event))
    return row


def _correct(session: Session, row: Any, code: str | None, reason: str, actor: str) -> UUID:
    """Append the correction; returns its id. The reason is a word of a colleague: it stays in the house.

    The last correction holds: it comes after those before it, whatever the clock says.
    """
    moment = max(clock.now(), row["latest"] + timedelta(microseconds=1)) if row["latest"] else clock.now()
    told = {"event": str(row["id"]), "was": row["code"], "reason": reason}
    event = NewEvent(
        row["case_id"],
        EventKind.CORRECTED,
        f"{row['id']}:{row['before']}",
        moment,
        actor,
        "tracking",
        code,
        row["contact_id"],
        told,
    )
    append_events(session, [event])
    audit.record(session, actor, "event.correct", f"event/{row['id']}", {"code": code})
    return event.id


def _first_of(session: Session, mediation: UUID) -> UUID:
    """The first record of which this one is a correction: its event is the one that happened."""
    query = """
    WITH RECURSIVE chain AS (SELECT id, replaces FROM mediation WHERE id = :id
      UNION ALL SELECT m.id, m.replaces FROM chain c JOIN mediation m ON m.id = c.replaces)
    SELECT id FROM chain WHERE replaces IS NULL
    """
    return UUID(str(session.execute(text(query), {"id": mediation}).scalar_one()))
