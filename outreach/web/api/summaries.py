"""Released summaries for a partner's programs: aggregates only, the very content that was released."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel
from sqlalchemy import text

from outreach.web.api.bearer import Reading

router = APIRouter(prefix="/api/summaries", tags=["summaries"])
RELEASED = """
SELECT s.id, s.period_start, s.period_end, s.version, s.state, s.corrects, s.reason, s.content - 'ledger' AS content
FROM summary s JOIN campaign c ON c.id = s.campaign_id WHERE c.code = :campaign AND s.state IN ('released', 'corrected')
"""


class Listed(BaseModel):
    """One summary. ``state``: ``released``, or ``corrected`` when a newer version took its place."""

    id: int
    period_start: date
    period_end: date
    version: int
    state: str
    corrects: int | None
    reason: str | None


class Content(Listed):
    """One summary with its figures (docs/summary.schema.json)."""

    content: dict[str, Any]


@router.get("")
def listed(who: Reading) -> list[Listed]:
    """The summaries that were released, newest first."""
    with who.database.session() as session:
        rows = session.execute(text(f"{RELEASED} ORDER BY s.id DESC"), {"campaign": who.campaign}).mappings().all()
    return [Listed(**{name: row[name] for name in Listed.model_fields}) for row in rows]


@router.get("/{number}")
def show(who: Reading, number: int) -> Content:
    """One summary that was released."""
    values = {"campaign": who.campaign, "number": number}
    with who.database.session() as session:
        row = session.execute(text(f"{RELEASED} AND s.id = :number"), values).mappings().first()
    if row is None:
        raise HTTPException(404, "no such summary")
    return Content(**row)
