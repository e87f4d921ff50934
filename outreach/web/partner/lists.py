"""Lists: deliver one, see what each row became, get the bad rows back; the history, and how good the lists were."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Response, UploadFile
from fastapi.responses import RedirectResponse
from sqlalchemy import text

from outreach.core import clock
from outreach.flows import lists
from outreach.web import deposit
from outreach.web.access.gate import NotThereError, Visit, Visiting

router = APIRouter(prefix="/partner/lists")
BASE = "/partner/lists"
CAMPAIGNS = """
SELECT c.code, c.name, c.state FROM campaign c JOIN agreement g ON g.id = c.agreement_id
WHERE g.valid_to >= :today AND c.state <> 'finished' ORDER BY c.id DESC
"""
HISTORY = """
SELECT t.id, t.file_name, t.state, t.imported_at, t.committed_at, t.total, t.counts, t.delivered_through, c.name AS campaign
FROM target_list t JOIN campaign c ON c.id = t.campaign_id WHERE t.state <> 'discarded' ORDER BY t.id DESC LIMIT 200
"""


@router.get("")
def history(visit: Visiting) -> Response:
    """The lists of this partner, newest first, and where a new one is put."""
    with visit.reading() as session:
        campaigns = session.execute(text(CAMPAIGNS), {"today": clock.today()}).all()
        rows = [dict(row) for row in session.execute(text(HISTORY)).mappings()]
    for row in rows:
        row["share"] = _share_taken(row)
    return visit.page("partner/lists.html", campaigns=campaigns, lists=rows)


@router.post("")
def deliver(visit: Visiting, file: UploadFile, campaign: Annotated[str, Form()]) -> Response:
    """Keep a file and start looking at it; nothing counts before it is confirmed."""
    _require_campaign(visit, campaign)
    return deposit.deliver(visit, deposit.Where(campaign, BASE), file)


@router.get("/columns/{job}")
def ask_columns(visit: Visiting, job: UUID) -> Response:
    """What some columns mean, when nobody can be sure of it."""
    return deposit.ask_columns(visit, job, BASE)


@router.post("/columns/{job}")
def answer_columns(visit: Visiting, job: UUID, answers: deposit.Answers) -> Response:
    """Look again with the answers."""
    return deposit.look_again(visit, job, BASE, answers)


@router.get("/{number}")
def show(visit: Visiting, number: int) -> Response:
    """One list: its rows by state, its faulty cells with the mend; a preview with what confirming it will do."""
    _require(visit, number)
    return visit.page("partner/list.html", **deposit.shown_rows(number, lists.show(visit.database, number), BASE))


@router.post("/{number}/commit")
def commit(visit: Visiting, number: int, removals: Annotated[str, Form()] = "") -> Response:
    """Put a list in force as it was shown."""
    _require(visit, number)
    deposit.confirm(visit, number, removals)
    return RedirectResponse(f"{BASE}/{number}", 303)


@router.post("/{number}/discard")
def discard(visit: Visiting, number: int) -> Response:
    """Drop a preview; its rows are deleted."""
    _require(visit, number)
    lists.discard(visit.database, number, actor=visit.actor)
    return RedirectResponse(BASE, 303)


@router.get("/{number}/bad-rows.xlsx")
def bad_rows(visit: Visiting, number: int) -> Response:
    """The rows to be corrected, as a workbook that can come back."""
    _require(visit, number)
    return deposit.bad_rows(visit, number)


def _require(visit: Visit, number: int) -> None:
    with visit.reading() as session:
        visit.require(session, "target_list", number)


def _require_campaign(visit: Visit, code: str) -> None:
    with visit.reading() as session:
        if session.execute(text("SELECT 1 FROM campaign WHERE code = :code"), {"code": code}).first() is None:
            raise NotThereError


def _share_taken(row: dict[str, Any]) -> float | None:
    """Which share of the rows could be used."""
    filled = row["total"]
    return 1 - (row["counts"].get("rejected", 0) / filled) if filled else None
