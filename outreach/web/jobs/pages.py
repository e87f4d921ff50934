"""The page of a job: rows and minutes while it goes on, then its result. Without JavaScript it asks again by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import text
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from outreach.core.i18n import _
from outreach.web.access.gate import NotThereError, Visit, Visiting
from outreach.web.jobs.watching import Progress, as_event
from outreach.web.look.pages import environment

router = APIRouter(prefix="/jobs")
ONE = "SELECT * FROM web_job WHERE id = :id AND account_id = :account"


def job_of(visit: Visit, number: UUID) -> Any:
    """A job of whoever asks. Raises ``NotThereError`` for anybody else's."""
    with visit.database.session() as session:
        row = session.execute(text(ONE), {"id": number, "account": visit.viewer.id}).first()
    if row is None:
        raise NotThereError
    return row


@router.get("/{number}")
def show(visit: Visiting, number: UUID) -> Response:
    """How far it is; once it is done, what came of it."""
    job = job_of(visit, number)
    if job.state == "done" or (job.state == "failed" and "questions" in (job.problem or {})):
        return RedirectResponse(job.next_path if job.state == "done" else f"{job.next_path}/columns/{number}", 303)
    if job.state == "failed":
        problem = job.problem or {}
        return visit.page(
            "access/message.html", status=422, title=problem.get("message", _("Cela n'a pas marché")), words=problem.get("mend") or "",
            place=problem.get("place") or "", way=(job.next_path, _("Revenir en arrière")),
        )  # fmt: skip
    return visit.page("jobs/job.html", job=job, job_id=number)


@router.get("/{number}/stream")
async def stream(visit: Visiting, request: Request, number: UUID) -> Response:
    """The same as events, as they come; holds no connection of the database."""
    await run_in_threadpool(job_of, visit, number)

    async def events() -> AsyncIterator[str]:
        async for progress in request.app.state.watcher.follow(number):
            yield as_event(progress, _words(progress) if progress is not None else "")
            if await request.is_disconnected():
                return

    return StreamingResponse(events(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


def _words(progress: Progress) -> str:
    return environment.get_template("jobs/progress.html").render(job=progress)
