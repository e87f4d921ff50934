"""What people wrote back and nothing understood: read by somebody, who says what it means; the engine then acts on it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse

from outreach.policy.local_time import zones_of
from outreach.policy.replies import Meaning
from outreach.tracking import replies_to_read, settle_reply
from outreach.web.access.gate import Visiting

router = APIRouter(prefix="/replies")


@router.get("")
def inbox(visit: Visiting, done: int = 0) -> Response:
    """Those that wait, oldest first."""
    with visit.reading() as session:
        waiting = [row for row in replies_to_read(session) if row["case_id"] is not None]
        zones = zones_of(session, [row["case_id"] for row in waiting])
    if waiting:
        visit.note_reading("replies", count=len(waiting))
    return visit.page("manager/replies.html", replies=waiting, meanings=list(Meaning), done=done, zones=zones)


@router.post("/{number}")
def settle(visit: Visiting, number: int, meaning: Annotated[Meaning, Form()]) -> Response:
    """Say what one means."""
    with visit.reading() as session:
        visit.require(session, "inbound_message", number)
    with visit.database.session() as session:
        settle_reply(session, number, meaning, actor=visit.actor)
    return RedirectResponse("/replies?done=1", 303)
