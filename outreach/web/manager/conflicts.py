"""What two phones told and what contradicts each other: both facts in words, and which of them holds."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import text

from outreach.core.words import Keep
from outreach.flows import phone
from outreach.policy.local_time import zones_of
from outreach.web.access.gate import NotThereError, Visiting
from outreach.web.access.scope import LIVING

router = APIRouter(prefix="/conflicts")
NAMES = f"""
SELECT c.id, concat_ws(' ', l.title, l.given_name, upper(l.family_name)) AS name, m.name AS campaign FROM "case" c
  JOIN campaign m ON m.id = c.campaign_id JOIN person p ON p.id = c.person_id JOIN person l ON l.id = {LIVING}
WHERE c.id = ANY(:cases)
"""


@router.get("")
def listed(visit: Visiting, done: int = 0) -> Response:
    """Those of the viewer's sites that wait for somebody, oldest first."""
    waiting = phone.conflicts(visit.database, sites=visit.viewer.sites)
    with visit.reading() as session:
        people = {row.id: row for row in session.execute(text(NAMES), {"cases": [one.case_id for one in waiting]})}
        zones = zones_of(session, people)
    shown = [(one, people[one.case_id]) for one in waiting if one.case_id in people]
    if shown:
        visit.note_reading("conflicts", count=len(shown))
    return visit.page("manager/conflicts.html", conflicts=shown, zones=zones, done=done)


@router.post("/{fact}")
def settle(visit: Visiting, fact: UUID, keep: Annotated[Keep, Form()], reason: Annotated[str, Form()] = "") -> Response:
    """Say which fact holds: the other is taken back by a correction, and the reason is kept."""
    if not any(one.id == fact for one in phone.conflicts(visit.database, sites=visit.viewer.sites)):
        raise NotThereError
    phone.settle(visit.database, fact, keep, actor=visit.actor, reason=reason)
    return RedirectResponse("/conflicts?done=1", 303)
