"""Two facts that contradict each other: shown with both, settled by somebody, by corrections."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text

from outreach.core import audit, clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import N_, _
from outreach.core.labels import EVENTS, label
from outreach.core.sealing import opened_data
from outreach.core.words import EventKind, Keep
from outreach.policy.dispositions import DISPOSITIONS
from outreach.tracking.corrections import CORRECTABLE, correct_mediation, correct_result
from outreach.tracking.phone.undoing import reopen, take_back
from outreach.tracking.record import show_result

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

OPEN = """
SELECT f.id, f.case_id, f.contact_id, f.kind, f.payload, f.recorded_by, f.occurred_at, f.received_at, f.event_id, k.channel,
       e.id AS their_event, e.kind AS their_kind, e.code AS their_code, e.actor AS their_actor, e.occurred_at AS their_at
FROM phone_fact f LEFT JOIN "case" c ON c.id = f.case_id LEFT JOIN contact k ON k.id = f.contact_id
     LEFT JOIN event e ON e.id = f.against
WHERE f.status = 'conflict' AND f.settled_at IS NULL AND (CAST(:sites AS bigint[]) IS NULL OR c.site_id = ANY(:sites))
ORDER BY f.received_at, f.id
"""
HELD = "SELECT * FROM phone_fact WHERE id = :id FOR UPDATE"
SETTLED = """
UPDATE phone_fact SET payload = NULL, settled_at = :now, settled_by = :actor, settled_as = :keep WHERE id = :id
"""
NAMES = {
    "promise": N_("rendez-vous promis"), "snooze": N_("dossier laissé en paix"), "walk_in": N_("médiation"),
    "result": N_("fait noté au téléphone"), "correction": N_("fait noté au téléphone"),
}  # fmt: skip


@dataclass(frozen=True)
class Conflict:
    """A fact of a phone (``mine``) and what it contradicts (``theirs``), each in words, with who said it and when it happened."""

    id: UUID
    case_id: int
    contact_id: int | None
    channel: str | None
    mine: str
    by: str
    at: datetime
    received_at: datetime
    theirs: str
    their_by: str | None
    their_at: datetime | None


def conflicts_of(session: Session, *, sites: Collection[int] | None = None) -> list[Conflict]:
    """The conflicts that wait for somebody: of some sites or of all; oldest first."""
    rows = session.execute(text(OPEN), {"sites": None if sites is None else list(sites)})
    return [
        Conflict(
            row.id, row.case_id, row.contact_id, row.channel, _mine(row), row.recorded_by, row.occurred_at, row.received_at,
            _told(row.their_kind, row.their_code), row.their_actor, row.their_at,
        )
        for row in rows
    ]  # fmt: skip


def settle_conflict(session: Session, fact: UUID, keep: Keep, *, actor: str, reason: str) -> None:
    """Say which of two facts holds: the other is taken back by a correction, or both stay as they are.

    Raises ``OutreachError`` for what is no open conflict, and for an objection that somebody would set aside: it always holds.
    """
    row = session.execute(text(HELD), {"id": fact}).mappings().first()
    if row is None or row["status"] != "conflict" or row["settled_at"] is not None:
        raise OutreachError(_("ce conflit n'existe pas, ou a été réglé"), place=str(fact))
    if not reason.strip():
        raise OutreachError(_("dites pourquoi"), place=str(fact))
    if keep is Keep.MINE:
        _set_theirs_aside(session, row, reason, actor)
    elif keep is Keep.THEIRS:
        take_back(session, row, actor=actor, reason=reason)
    session.execute(text(SETTLED), {"id": fact, "now": clock.now(), "actor": actor, "keep": keep.value})
    audit.record(session, actor, "conflict.settle", f"phone_fact/{fact}", {"keep": keep.value})


def _set_theirs_aside(session: Session, row: Any, reason: str, actor: str) -> None:
    query = "SELECT id, kind, contact_id, case_id FROM event WHERE id = :id"
    theirs = session.execute(text(query), {"id": row["against"]}).first() if row["against"] is not None else None
    if row["event_id"] is None or theirs is None or EventKind(theirs.kind) not in CORRECTABLE:
        objected = theirs is not None and theirs.kind == EventKind.OBJECTED
        message = (
            _("une opposition l'emporte toujours") if objected else _("ce qui est déjà au dossier ne peut pas être écarté d'ici")
        )
        raise OutreachError(message, place=str(row["id"]), mend=_("Gardez l'autre fait, ou les deux."))
    if theirs.kind == EventKind.MEDIATED:
        correct_mediation(session, theirs.id, None, reason=reason, actor=actor)
    else:
        _take_back_told_mediation(session, theirs, reason, actor)
        correct_result(session, theirs.id, None, reason=reason, actor=actor)
    if theirs.contact_id is not None:
        show_result(session, theirs.contact_id)
        reopen(session, theirs.contact_id)


def _take_back_told_mediation(session: Session, theirs: Any, reason: str, actor: str) -> None:
    """An attempt that was a mediation is taken back with it."""
    query = """
    SELECT m.id FROM mediation m JOIN event e ON e.id = m.id
           JOIN event a ON a.id = :event AND a.actor = e.actor AND a.occurred_at = e.occurred_at
    WHERE m.contact_id = :contact AND m.case_id = :case AND m.superseded_at IS NULL AND a.code = 'mediated'
    """
    values = {"event": theirs.id, "contact": theirs.contact_id, "case": theirs.case_id}
    for found in session.execute(text(query), values).scalars().all():
        correct_mediation(session, found, None, reason=reason, actor=actor)


def _mine(row: Any) -> str:
    code = (opened_data(row.payload, "phone_fact.payload") or {}).get("code")
    return _told("attempted", code) if code else label(NAMES, row.kind)


def _told(kind: str | None, code: str | None) -> str:
    """What an event says, in the language spoken here."""
    if kind is None:
        return ""
    row = DISPOSITIONS.get(code or "") if kind == EventKind.ATTEMPTED else None
    return row.label if row is not None else label(EVENTS, kind)
