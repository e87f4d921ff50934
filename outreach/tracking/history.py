"""What happened to one case, in order, as people read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

HISTORY = """
SELECT e.id, e.kind, e.code, k.channel, e.occurred_at, e.recorded_at, e.actor, e.source, e.data
FROM event e LEFT JOIN contact k ON k.id = e.contact_id WHERE e.case_id = :case ORDER BY e.occurred_at, e.recorded_at, e.id
"""


@dataclass(frozen=True)
class Happened:
    """One event: when it happened and when it was recorded, who recorded it, where it came from."""

    id: UUID
    kind: str
    code: str | None
    channel: str | None
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    source: str
    data: dict[str, object]


def history_of(session: Session, case: int) -> list[Happened]:
    """Every event of a case, corrections among them."""
    return [Happened(**row) for row in session.execute(text(HISTORY), {"case": case}).mappings()]
