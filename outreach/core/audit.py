"""The audit trail: who did what to which object. References only, never personal data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# Written as SQL: the tables stand above this room.
_APPEND = text(
    "INSERT INTO audit_entry (at, actor, action, subject, data) VALUES (:at, :actor, :action, :subject, CAST(:data AS jsonb))"
)


def record(session: Session, actor: str, action: str, subject: str, data: dict[str, Any]) -> None:
    """Append one entry, in the transaction of the act itself."""
    values = {"at": clock.now(), "actor": actor, "action": action, "subject": subject, "data": json.dumps(data)}
    session.execute(_APPEND, values)
