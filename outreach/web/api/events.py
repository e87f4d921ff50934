"""Events for an association's own programs: what was done on a campaign's cases, in the order in which it was recorded.

No person's data: a program that may know who a case is about asks by its number in its own system, or by the letter's code.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel
from sqlalchemy import text

from outreach.core import clock
from outreach.web.api.bearer import Following

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

router = APIRouter(prefix="/api/events", tags=["events"])
MOST = 1_000
# By the moment of recording and the event's number: what is recorded later comes later, whenever it happened.
AFTER = """
SELECT e.id, e.case_id, e.contact_id, e.kind, e.code, e.source, e.occurred_at, e.recorded_at, c.letter_code, c.status
FROM event e JOIN "case" c ON c.id = e.case_id JOIN campaign m ON m.id = c.campaign_id
WHERE m.code = :campaign AND e.recorded_at <= :until
  AND (CAST(:at AS timestamptz) IS NULL OR (e.recorded_at, e.id) > (CAST(:at AS timestamptz), CAST(:last AS uuid)))
ORDER BY e.recorded_at, e.id LIMIT :most
"""
# For how long the oldest work that writes has been under way. What it records is seen once it is done, among events that came later.
WRITING = """
SELECT ours.xact_start - min(o.xact_start) FROM pg_stat_activity ours
     JOIN pg_stat_activity o ON o.datname = ours.datname AND o.pid <> ours.pid AND o.backend_xid IS NOT NULL
WHERE ours.pid = pg_backend_pid() GROUP BY ours.xact_start
"""
APART = timedelta(seconds=10)
"""By how much an event's moment may lie before the work that records it began, or a machine's clock behind the server's."""


class Told(BaseModel):
    """One event. ``status``: where its case stands now."""

    id: UUID
    case_id: int
    contact_id: int | None
    letter_code: str
    kind: str
    code: str | None
    source: str
    occurred_at: datetime
    recorded_at: datetime
    status: str


class Events(BaseModel):
    """Events, and how to ask for those after them; ``after`` is null when there are no more for now."""

    events: list[Told]
    after: str | None


@router.get("")
def events(
    who: Following, after: Annotated[str | None, Query(max_length=100)] = None, most: Annotated[int, Query(ge=1, le=MOST)] = 100
) -> Events:
    """The events of the campaign after a mark (``after`` of the answer before), oldest first.

    None is told before all that may still be recorded before it is in: whoever asks for those after a mark misses nothing.
    """
    at, last = _mark(after)
    with who.database.session() as session:
        values: dict[str, Any] = {"campaign": who.campaign, "at": at, "last": last, "most": most, "until": _settled(session)}
        rows = session.execute(text(AFTER), values).mappings().all()
    told = [Told(**row) for row in rows]
    return Events(events=told, after=f"{told[-1].recorded_at.isoformat()}~{told[-1].id}" if told else after)


def _settled(session: Session) -> datetime:
    """Up to when all that was recorded can be seen."""
    present = clock.now()
    writing = session.execute(text(WRITING)).scalar()
    return present if writing is None else present - writing - APART


def _mark(after: str | None) -> tuple[datetime | None, str | None]:
    if after is None:
        return None, None
    moment, _sign, number = after.replace(" ", "+").partition("~")
    try:
        return datetime.fromisoformat(moment), str(UUID(number))
    except ValueError:
        raise HTTPException(422, "after: give back what the answer before said") from None
