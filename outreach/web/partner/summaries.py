"""Outcome summaries: the figure for the board, what it means, the files; a question on any figure."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import text

from outreach.core import audit, clock
from outreach.core.errors import PolicyError
from outreach.core.i18n import _
from outreach.models import PartnerQuestion
from outreach.reporting.summary import files_of
from outreach.web.access.gate import NotThereError, Visiting
from outreach.web.summary_view import view_of

router = APIRouter(prefix="/partner")
KINDS = {
    "pdf": "application/pdf", "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
LONGEST_QUESTION = 2_000
RELEASED = """
SELECT s.id, s.period_start, s.period_end, s.version, s.state, s.released_at, s.content, s.reason, c.name AS campaign,
       c.id AS campaign_id
FROM summary s JOIN campaign c ON c.id = s.campaign_id WHERE s.state IN ('released', 'corrected')
"""
QUESTIONS = """
SELECT id, figure, question, asked_at, answer, answered_at
FROM partner_question
WHERE summary_id = :summary
ORDER BY asked_at DESC
"""


@router.get("")
def home() -> Response:
    """The newest figures first."""
    return RedirectResponse("/partner/summaries", 303)


@router.get("/summaries")
def listed(visit: Visiting) -> Response:
    """Every summary that was handed over, newest first; corrected ones say so."""
    with visit.reading() as session:
        rows = session.execute(text(f"{RELEASED} ORDER BY s.period_end DESC, s.released_at DESC")).all()
    return visit.page("partner/summaries.html", summaries=rows)


@router.get("/summaries/{number}")
def show(visit: Visiting, number: int, asked: int = 0) -> Response:
    """One summary on one page, readable when printed."""
    with visit.reading() as session:
        row = session.execute(text(f"{RELEASED} AND s.id = :id"), {"id": number}).first()
        questions = session.execute(text(QUESTIONS), {"summary": number}).all()
    if row is None:
        raise NotThereError
    return visit.page(
        "partner/summary.html", row=row, content=row.content, view=view_of(row.content), questions=questions, asked=asked
    )


@router.get("/summaries/{number}/file.{kind}")
def download(visit: Visiting, number: int, kind: str) -> Response:
    """A summary as PDF, workbook or JSON: the very bytes that were released."""
    with visit.reading() as session:
        row = session.execute(text(f"{RELEASED} AND s.id = :id"), {"id": number}).first()
    if row is None or kind not in KINDS:
        raise NotThereError
    with tempfile.TemporaryDirectory(prefix="summary-") as folder:
        with visit.database.session() as session:
            files = files_of(session, number, Path(folder))
        path = next(path for path in files if path.suffix == f".{kind}")
        headers = {"Content-Disposition": f'attachment; filename="{path.name}"'}
        return Response(path.read_bytes(), media_type=KINDS[kind], headers=headers)


@router.post("/summaries/{number}/questions")
def ask(visit: Visiting, number: int, figure: Annotated[str, Form()] = "", question: Annotated[str, Form()] = "") -> Response:
    """Ask about a figure; the association sees it among what needs attention."""
    with visit.reading() as session:
        row = session.execute(text(f"{RELEASED} AND s.id = :id"), {"id": number}).first()
    if row is None or visit.viewer.partner is None:
        raise NotThereError
    said = question.strip()
    if not said or len(said) > LONGEST_QUESTION:
        raise PolicyError(_("écrivez votre question, en moins de 2 000 caractères"))
    known: dict[str, Any] = {item.key: item.label for item in view_of(row.content).figures}
    with visit.database.session() as session:
        session.add(
            PartnerQuestion(
                partner_id=visit.viewer.partner, campaign_id=row.campaign_id, summary_id=number,
                figure=known.get(figure, _("l'ensemble du bilan")), question=said, asked_at=clock.now(), asked_by=visit.actor,
            )
        )  # fmt: skip
        audit.record(session, visit.actor, "summary.question", f"summary/{number}", {})
    return RedirectResponse(f"/partner/summaries/{number}?asked=1#questions", 303)
