"""Lists: deliver one, see what each row became, get the bad rows back; the history, and how good the lists were."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse
from sqlalchemy import text

from outreach.core.errors import ListRefusedError
from outreach.core.i18n import _, language
from outreach.flows import lists
from outreach.web import deposit
from outreach.web.access import limits
from outreach.web.access.gate import NotThereError, Visit, Visiting
from outreach.web.jobs.pages import job_of

router = APIRouter(prefix="/partner/lists")
BASE = "/partner/lists"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
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
    from outreach.core import clock

    with visit.reading() as session:
        campaigns = session.execute(text(CAMPAIGNS), {"today": clock.today()}).all()
        rows = [dict(row) for row in session.execute(text(HISTORY)).mappings()]
    for row in rows:
        row["share"] = _share_taken(row)
    return visit.page("partner/lists.html", campaigns=campaigns, lists=rows)


@router.post("")
def deliver(visit: Visiting, file: UploadFile, campaign: Annotated[str, Form()]) -> Response:
    """Keep a file and start looking at it; nothing counts before it is confirmed."""
    if not limits.take(visit.database, limits.UPLOAD, visit.actor):
        raise ListRefusedError(_("trop de fichiers en une heure"), mend=_("Attendez quelques minutes."))
    _require_campaign(visit, campaign)
    path = deposit.keep(file)
    job = deposit.look_at(visit.database, path, deposit.Where(campaign, BASE), account=visit.viewer.id, language=language())
    visit.request.app.state.jobs.wake()
    return RedirectResponse(f"/jobs/{job}", 303)


@router.get("/columns/{job}")
def ask_columns(visit: Visiting, job: UUID) -> Response:
    """What some columns mean, when nobody can be sure of it."""
    found = job_of(visit, job)
    questions = deposit.asked_of(found.problem or {})
    if not questions:
        raise NotThereError
    return visit.page("lists/columns.html", questions=questions, job=job, base=BASE)


@router.post("/columns/{job}")
async def answer_columns(visit: Visiting, request: Request, job: UUID) -> Response:
    """Look again with the answers; they are kept for this partner's next lists once the list is confirmed."""
    from starlette.concurrency import run_in_threadpool

    form = await request.form()
    answers = {name.removeprefix("column:"): str(value) for name, value in form.items() if name.startswith("column:") and value}

    def again() -> UUID:
        found = job_of(visit, job)
        where = deposit.Where(found.arguments["campaign"], found.arguments["base"])
        known = found.arguments["answers"] | answers
        return deposit.look_at(
            visit.database, Path(found.arguments["path"]), where, account=visit.viewer.id, language=language(), answers=known
        )

    started = await run_in_threadpool(again)
    request.app.state.jobs.wake()
    return RedirectResponse(f"/jobs/{started}", 303)


@router.get("/{number}")
def show(visit: Visiting, number: int) -> Response:
    """One list: its rows by state, its faulty cells with the mend; a preview with what confirming it will do."""
    _require(visit, number)
    shown = lists.show(visit.database, number)
    return visit.page(
        "partner/list.html", list_id=number, result=shown.result, states=deposit.states_of(shown.result),
        faults=[deposit.plain(fault) for fault in shown.faults], base=BASE,
    )  # fmt: skip


@router.post("/{number}/commit")
def commit(visit: Visiting, number: int, removals: Annotated[str, Form()] = "") -> Response:
    """Put a list in force as it was shown."""
    _require(visit, number)
    lists.confirm(visit.database, number, actor=visit.actor, accept_removals=removals == "yes")
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
    with tempfile.TemporaryDirectory(prefix="bad-rows-") as folder:
        path = Path(folder) / "bad-rows.xlsx"
        if not lists.bad_rows(visit.database, number, path):
            raise NotThereError
        headers = {"Content-Disposition": f'attachment; filename="a-corriger-{number}.xlsx"'}
        return Response(path.read_bytes(), media_type=XLSX, headers=headers)


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
