"""Campaigns: where each stands, what needs somebody today, and the board of a running one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import text

from outreach.channels.limits import resume_sending, stop_sending
from outreach.channels.standing import Stop, the_stop
from outreach.core.errors import PolicyError
from outreach.core.i18n import _
from outreach.core.live import this_copy
from outreach.core.roles import Role
from outreach.definitions.registry import find_campaign, pause_campaign
from outreach.reporting.board import board_of, keep_board
from outreach.web.access.gate import NotThereError, Visit, Visiting
from outreach.web.manager.board_view import view_of
from outreach.web.manager.steps import steps_of

router = APIRouter()
CAMPAIGNS = """
SELECT c.id, c.code, c.name, c.state, p.name AS partner, g.valid_to, b.counted_at, b.data -> 'attention' AS attention,
       b.data -> 'funnel' -> 'steps' AS steps, c.version_id IS NOT NULL AS launched
FROM campaign c JOIN agreement g ON g.id = c.agreement_id JOIN partner p ON p.id = g.partner_id
     LEFT JOIN campaign_board b ON b.campaign_id = c.id
ORDER BY c.state = 'finished', c.id DESC
"""
ONE = "SELECT id, code, name, state, version_id FROM campaign WHERE code = :code"
SHOWN = ("targeted", "solicited", "reached", "mediated")


@router.get("/campaigns")
def listed(visit: Visiting) -> Response:
    """Every campaign of the association, each as its seven steps; beside them what needs somebody, most urgent first."""
    with visit.reading() as session:
        rows = [dict(row) for row in session.execute(text(CAMPAIGNS)).mappings()]
        stop, copy = the_stop(session), this_copy(session)
        for row in rows:
            row["way"] = steps_of(session, row["id"])
    for row in rows:
        row["counts"] = [step for step in row["steps"] or [] if step["id"] in SHOWN]
    urgent = [(row, item) for row in rows for item in row["attention"] or []]
    return visit.page(
        "manager/campaigns.html", campaigns=rows, urgent=urgent, stop=stop, copy=copy, may_go_on=may_go_on(visit, stop)
    )


@router.get("/campaigns/{code}")
def show(visit: Visiting, code: str) -> Response:
    """One campaign: running, its board; before its launch, the way there."""
    row = campaign_of(visit, code)
    if row.version_id is None:
        return RedirectResponse(f"/campaigns/{code}/way", 303)
    with visit.reading() as session:
        board = board_of(session, row.id)
        stop = the_stop(session)
        way = steps_of(session, row.id)
    if board is None:
        with visit.database.session() as session:
            keep_board(session, find_campaign(session, code))
        with visit.reading() as session:
            board = board_of(session, row.id)
    if board is None:
        raise NotThereError
    return visit.page("manager/campaign.html", campaign=row, board=board, view=view_of(board, code), stop=stop, way=way)


@router.post("/campaigns/{code}/pause")
def pause(visit: Visiting, code: str) -> Response:
    """Nothing of the campaign leaves any more; going on is one press."""
    campaign_of(visit, code)
    with visit.database.session() as session:
        pause_campaign(session, code, actor=visit.actor)
    return RedirectResponse(f"/campaigns/{code}", 303)


@router.post("/campaigns/{code}/resume")
def resume(visit: Visiting, code: str) -> Response:
    """Go on."""
    campaign_of(visit, code)
    with visit.database.session() as session:
        pause_campaign(session, code, actor=visit.actor, paused=False)
    return RedirectResponse(f"/campaigns/{code}", 303)


@router.post("/sending/stop")
def stop(visit: Visiting, reason: Annotated[str, Form()] = "") -> Response:
    """The stop button: nothing of any campaign leaves on any channel."""
    if not reason.strip():
        raise PolicyError(_("dites pourquoi tout s'arrête"))
    with visit.database.session() as session:
        stop_sending(session, reason.strip(), actor=visit.actor)
    return RedirectResponse("/campaigns", 303)


@router.post("/sending/resume")
def go_on(visit: Visiting) -> Response:
    """Lift the stop, which holds every association: who pressed it knows why, who looks after the network answers for all."""
    with visit.database.session() as session:
        stop = the_stop(session)
        if stop is not None and not may_go_on(visit, stop):
            raise PolicyError(
                _("reprendre les envois est à {who}, qui a tout arrêté, ou à l'administration du réseau").format(who=stop.by),
                mend=_("Voyez avec l'une ou l'autre : cela vaut pour tous."),
            )
        resume_sending(session, actor=visit.actor)
    return RedirectResponse("/campaigns" if visit.viewer.may(Role.MANAGER) else "/status", 303)


def may_go_on(visit: Visit, stop: Stop | None) -> bool:
    """Whether whoever looks may lift the stop that is pressed. Pressing it is for every manager."""
    return stop is not None and (visit.viewer.may(Role.ADMINISTRATOR) or visit.actor == stop.by)


def campaign_of(visit: Visit, code: str) -> Any:
    """A campaign that the viewer may see. Raises ``NotThereError``."""
    with visit.reading() as session:
        row = session.execute(text(ONE), {"code": code}).first()
    if row is None:
        raise NotThereError
    return row
