"""The audit trail: who did, and who read, what and when. References only; newest first."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter, Response
from sqlalchemy import text

from outreach.core import clock
from outreach.core.acts import ACTS
from outreach.core.i18n import _
from outreach.web.access.gate import Visiting
from outreach.web.forms import Chosen

router = APIRouter(prefix="/audit")
PAGE = 100
ENTRIES = """
SELECT id, at, actor, action, subject, data FROM audit_entry
WHERE (CAST(:before AS bigint) IS NULL OR id < :before) AND (:actor = '' OR actor = :actor) AND (:action = '' OR action = :action)
  AND (CAST(:since AS timestamptz) IS NULL OR at >= :since)
ORDER BY id DESC LIMIT :most
"""


@router.get("")
def listed(visit: Visiting, actor: str = "", action: str = "", since: Chosen[date] = None, before: int | None = None) -> Response:
    """A page of entries; one who reads them is on record like anybody else."""
    values = {
        "before": before, "actor": actor.strip(), "action": action.strip(), "since": clock.at(since, "00:00") if since else None,
        "most": PAGE + 1,
    }  # fmt: skip
    with visit.reading() as session:
        rows = session.execute(text(ENTRIES), values).all()
    visit.note_reading("audit", count=len(rows[:PAGE]))
    further = rows[PAGE - 1].id if len(rows) > PAGE else None
    acts = sorted(((code, _(words)) for code, words in ACTS.items()), key=lambda act: act[1].casefold())
    return visit.page(
        "admin/audit.html",
        entries=rows[:PAGE],
        actor=actor,
        action=action,
        since_day=since,
        further=further,
        acts=acts,
        words=ACTS,
    )
