"""A person's record without Prefect: what is held of them, with the reason of each contact as the segments tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from outreach.core.errors import OutreachError
from outreach.core.i18n import speaking
from outreach.privacy.record import record_of
from outreach.segments.letter import paragraph
from outreach.segments.why import why_case

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.database import Database


def person_record(database: Database, person: int, *, actor: str, request: int | None = None) -> dict[str, Any]:
    """The whole record of one person, JSON-ready. Raises ``PolicyError`` for somebody who is not known."""
    with database.session() as session:
        return record_of(session, person, why=lambda case: _why(session, case, actor), actor=actor, request=request)


def _why(session: Session, case: int, actor: str) -> str | None:
    """The paragraph for them; nothing for a case that no rule opened."""
    try:
        with speaking("fr"):
            return paragraph(why_case(session, f"0{case}", actor=actor))
    except OutreachError:
        return None
