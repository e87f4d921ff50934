"""Calls and visits that a mediator leaves aside: a fact for the manager, and a place further down the list."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import text

from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.sealing import seal
from outreach.core.words import SkipReason

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

SKIP = """
INSERT INTO call_skip (contact_id, case_id, mediator_id, reason, words, skipped_at, fact)
SELECT k.id, k.case_id, :mediator, :reason, :words, :at, :fact FROM contact k WHERE k.id = :contact
ON CONFLICT (fact) DO NOTHING RETURNING id
"""


def leave_aside(
    session: Session,
    contact: int,
    *,
    mediator: int,
    reason: SkipReason,
    words: str | None,
    at: datetime,
    fact: UUID | None = None,
) -> None:
    """Keep that a mediator left a contact aside. Raises ``OutreachError`` where « other » comes without a word."""
    if reason is SkipReason.OTHER and not words:
        raise OutreachError(_("dites pourquoi"), place=f"contact {contact}")
    values = {
        "contact": contact,
        "mediator": mediator,
        "reason": reason.value,
        "words": seal(words, "call_skip.words"),
        "at": at,
        "fact": fact,
    }
    session.execute(text(SKIP), values)
