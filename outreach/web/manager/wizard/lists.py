"""Step 1, the list: put down, looked at as a job, shown row state by row state with what the register knows, put in force."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Response, UploadFile
from fastapi.responses import RedirectResponse
from sqlalchemy import text

from outreach.flows import lists
from outreach.web import deposit
from outreach.web.access.gate import NotThereError, Visit, Visiting
from outreach.web.manager.wizard.drafts import Draft, draft_of, shown

router = APIRouter(prefix="/campaigns/{code}/way/list")
HISTORY = """
SELECT id, file_name, state, imported_at, delivered_by, total, counts, list_code FROM target_list
WHERE campaign_id = :campaign AND state <> 'discarded' ORDER BY id DESC LIMIT 100
"""
OURS = "SELECT 1 FROM target_list WHERE id = :id AND campaign_id = :campaign"


@router.get("")
def history(visit: Visiting, code: str) -> Response:
    """The lists of the campaign, and where a new one is put."""
    draft = draft_of(visit, code)
    with visit.reading() as session:
        rows = session.execute(text(HISTORY), {"campaign": draft.id}).all()
    return shown(visit, "lists", draft, "list", lists=rows)


@router.post("")
def deliver(visit: Visiting, code: str, file: UploadFile) -> Response:
    """Keep a file and start looking at it."""
    draft = draft_of(visit, code)
    return deposit.deliver(visit, deposit.Where(draft.code, draft.href("list")), file)


@router.get("/columns/{job}")
def ask_columns(visit: Visiting, code: str, job: UUID) -> Response:
    """What some columns mean, when nobody can be sure of it."""
    return deposit.ask_columns(visit, job, draft_of(visit, code).href("list"))


@router.post("/columns/{job}")
def answer_columns(visit: Visiting, code: str, job: UUID, answers: deposit.Answers) -> Response:
    """Look again with the answers."""
    return deposit.look_again(visit, job, draft_of(visit, code).href("list"), answers)


@router.get("/{number}")
def show(visit: Visiting, code: str, number: int) -> Response:
    """One list: states, faults with their mend, what changes, whom it names no longer, what the register knows."""
    draft = draft_of(visit, code)
    _require(visit, draft, number)
    seen = lists.show(visit.database, number)
    return shown(visit, "list", draft, "list", seen=seen, **deposit.shown_rows(number, seen, draft.href("list")))


@router.post("/{number}/commit")
def commit(visit: Visiting, code: str, number: int, removals: Annotated[str, Form()] = "") -> Response:
    """Put a list in force as it was shown; then the next step."""
    draft = draft_of(visit, code)
    _require(visit, draft, number)
    deposit.confirm(visit, number, removals)
    return RedirectResponse(draft.href("duplicates"), 303)


@router.post("/{number}/discard")
def discard(visit: Visiting, code: str, number: int) -> Response:
    """Drop a preview."""
    draft = draft_of(visit, code)
    _require(visit, draft, number)
    lists.discard(visit.database, number, actor=visit.actor)
    return RedirectResponse(draft.href("list"), 303)


@router.get("/{number}/bad-rows.xlsx")
def bad_rows(visit: Visiting, code: str, number: int) -> Response:
    """The rows to be corrected, as a workbook that can come back."""
    _require(visit, draft_of(visit, code), number)
    return deposit.bad_rows(visit, number)


def _require(visit: Visit, draft: Draft, number: int) -> None:
    with visit.reading() as session:
        if session.execute(text(OURS), {"id": number, "campaign": draft.id}).first() is None:
            raise NotThereError
