"""Someone calls back, or comes to the desk, days after a letter, an SMS or a visit: the mediation is linked to what led to it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sqlalchemy import text

from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.letter_codes import number_of, plain_code
from outreach.core.prepared import kept
from outreach.core.words import CaseStatus
from outreach.tracking.events import append_events
from outreach.tracking.mediations import MediationRecord, Setting, check, completed, store

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# The case of a number; of one that joined another, that other.
KEPT = """
SELECT kept.id, kept.status, kept.campaign_id, kept.site_id FROM "case" c
       LEFT JOIN LATERAL (SELECT data FROM event e WHERE e.case_id = c.id AND e.kind = 'joined' AND c.status = 'joined'
                          ORDER BY e.occurred_at DESC, e.recorded_at DESC LIMIT 1) e ON true
       JOIN "case" kept ON kept.id = coalesce(CAST(e.data ->> 'into' AS bigint), c.id)
WHERE c.id = :number AND (CAST(:code AS text) IS NULL OR c.letter_code = :code)
"""
SITE_OF_ROUND = """
SELECT c.campaign_id, c.site_id, s.mediator_id FROM contact k JOIN "case" c ON c.id = k.case_id
       LEFT JOIN shift s ON s.id = k.shift_id WHERE k.id = :contact
"""


def record_coming_forward(
    session: Session, letter_code: str, mediation: MediationRecord, *, medium: str, actor: str, occurred_at: datetime
) -> bool:
    """Someone comes with the code of a letter; see ``record_walk_in``. Raises ``OutreachError`` for an unknown code."""
    values = {"number": number_of(letter_code), "code": plain_code(letter_code)}
    case = kept(session, KEPT, values).first()
    if case is None:
        raise OutreachError(_("ce code n'existe pas"), place=letter_code, mend=_("Relisez-le : six lettres et chiffres."))
    return record_walk_in(session, case.id, mediation, medium=medium, found_by="code", actor=actor, occurred_at=occurred_at)


def record_walk_in(
    session: Session, case: int, mediation: MediationRecord, *, medium: str, found_by: str, actor: str, occurred_at: datetime,
    key: UUID | None = None,
) -> bool:  # fmt: skip
    """A mediation with somebody who came of their own accord, and was found by code, phone or name (``identify``).

    ``key``: made by who records, so that recording twice is recording once; without it, a case that was mediated already
    keeps what it has (``False``). Which contact is credited follows from the campaign's rules, not from here.
    """
    held = kept(session, KEPT, {"number": case, "code": None}).first()
    if held is None:
        raise OutreachError(_("ce dossier n'existe pas"), place=str(case))
    if key is None and held.status == CaseStatus.MEDIATED:
        return False
    check(mediation)
    setting = Setting(held.campaign_id, held.site_id, held.id, medium, actor, occurred_at, found_by=found_by)
    event = completed(session, mediation, setting, key=f"mediation:{key or occurred_at.isoformat()}")
    return append_events(session, [event]) > 0


def record_neighbour(
    session: Session, contact: int, mediation: MediationRecord, *, actor: str, occurred_at: datetime, key: UUID | None = None
) -> UUID:
    """A mediation at the door with somebody whom no list names: it counts apart, and says nothing of the case next door."""
    row = session.execute(text(SITE_OF_ROUND), {"contact": contact}).first()
    if row is None:
        raise OutreachError(_("ce contact n'existe pas"), place=str(contact))
    check(mediation)
    id_ = key or uuid4()
    setting = Setting(row.campaign_id, row.site_id, None, "visit", actor, occurred_at, contact, row.mediator_id)
    store(session, id_, mediation, setting)
    return id_
