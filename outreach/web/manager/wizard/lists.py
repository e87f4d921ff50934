"""Step 1, the list: put down, looked at as a job, shown row state by row state with what the register knows, put in force."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse
from sqlalchemy import text
from starlette.concurrency import run_in_threadpool

from outreach.core.errors import ListRefusedError
from outreach.core.i18n import _, language
from outreach.flows import lists
from outreach.web import deposit
from outreach.web.access import limits
from outreach.web.access.gate import NotThereError, Visit, Visiting
from outreach.web.jobs.pages import job_of
from outreach.web.manager.wizard.drafts import Draft, draft_of, shown

router = APIRouter(prefix="/campaigns/{code}/way/list")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
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
    if not limits.take(visit.database, limits.UPLOAD, visit.actor):
        raise ListRefusedError(_("trop de fichiers en une heure"), mend=_("Attendez quelques minutes."))
    where = deposit.Where(draft.code, draft.href("list"))
    job = deposit.look_at(visit.database, deposit.keep(file), where, account=visit.viewer.id, language=language())
    visit.request.app.state.jobs.wake()
    return RedirectResponse(f"/jobs/{job}", 303)


@router.get("/columns/{job}")
def ask_columns(visit: Visiting, code: str, job: UUID) -> Response:
    """What some columns mean, when nobody can be sure of it."""
    draft = draft_of(visit, code)
    questions = deposit.asked_of(job_of(visit, job).problem or {})
    if not questions:
        raise NotThereError
    return visit.page("lists/columns.html", questions=questions, job=job, base=draft.href("list"))


@router.post("/columns/{job}")
async def answer_columns(visit: Visiting, request: Request, code: str, job: UUID) -> Response:
    """Look again with the answers."""
    form = await request.form()
    answers = {name.removeprefix("column:"): str(value) for name, value in form.items() if name.startswith("column:") and value}

    def again() -> UUID:
        draft = draft_of(visit, code)
        found = job_of(visit, job)
        if found.kind != deposit.KIND or found.arguments["campaign"] != draft.code:
            raise NotThereError
        where, known = deposit.Where(draft.code, draft.href("list")), found.arguments["answers"] | answers
        path = Path(found.arguments["path"])
        return deposit.look_at(visit.database, path, where, account=visit.viewer.id, language=language(), answers=known)

    started = await run_in_threadpool(again)
    request.app.state.jobs.wake()
    return RedirectResponse(f"/jobs/{started}", 303)


@router.get("/{number}")
def show(visit: Visiting, code: str, number: int) -> Response:
    """One list: states, faults with their mend, what changes, whom it names no longer, what the register knows."""
    draft = draft_of(visit, code)
    _require(visit, draft, number)
    seen = lists.show(visit.database, number)
    return shown(
        visit, "list", draft, "list", list_id=number, result=seen.result, states=deposit.states_of(seen.result), seen=seen,
        faults=[deposit.plain(fault) for fault in seen.faults], base=draft.href("list"),
    )  # fmt: skip


@router.post("/{number}/commit")
def commit(visit: Visiting, code: str, number: int, removals: Annotated[str, Form()] = "") -> Response:
    """Put a list in force as it was shown; then the next step."""
    draft = draft_of(visit, code)
    _require(visit, draft, number)
    lists.confirm(visit.database, number, actor=visit.actor, accept_removals=removals == "yes")
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
    with tempfile.TemporaryDirectory(prefix="bad-rows-") as folder:
        path = Path(folder) / "bad-rows.xlsx"
        if not lists.bad_rows(visit.database, number, path):
            raise NotThereError
        headers = {"Content-Disposition": f'attachment; filename="a-corriger-{number}.xlsx"'}
        return Response(path.read_bytes(), media_type=XLSX, headers=headers)


def _require(visit: Visit, draft: Draft, number: int) -> None:
    with visit.reading() as session:
        if session.execute(text(OURS), {"id": number, "campaign": draft.id}).first() is None:
            raise NotThereError
