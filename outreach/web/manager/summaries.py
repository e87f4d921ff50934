"""Summaries of a campaign: produced as a job, read by a second person, released; questions answered, wordings checked."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import text

from outreach.core import audit, clock
from outreach.core.errors import PolicyError
from outreach.core.i18n import _, language
from outreach.definitions.registry import find_campaign
from outreach.flows import pipeline
from outreach.models import PartnerQuestion
from outreach.reporting import release_summary
from outreach.reporting.releases import summaries_of
from outreach.tracking import decide_wording, wordings_to_check
from outreach.web.access.gate import NotThereError, Visiting
from outreach.web.jobs import Outcome, job_kind, start
from outreach.web.manager.campaigns import campaign_of
from outreach.web.summary_view import view_of

if TYPE_CHECKING:
    from outreach.core.database import Database

router = APIRouter(prefix="/campaigns/{code}/summaries")
KIND = "produce a summary"
QUESTIONS = """
SELECT q.id, q.figure, q.question, q.asked_at, q.answer, q.answered_at, q.answered_by, q.summary_id FROM partner_question q
WHERE q.campaign_id = :campaign ORDER BY q.answered_at IS NOT NULL, q.asked_at DESC LIMIT 50
"""
ONE = "SELECT * FROM summary WHERE id = :id AND campaign_id = :campaign"


@router.get("")
def listed(visit: Visiting, code: str, done: str = "") -> Response:
    """Every version, what partners asked, and the words that wait to be checked."""
    campaign = campaign_of(visit, code)
    with visit.reading() as session:
        versions = summaries_of(session, campaign.id)
        questions = session.execute(text(QUESTIONS), {"campaign": campaign.id}).all()
    with visit.database.session() as session:
        wordings = wordings_to_check(session, code)
        loaded = find_campaign(session, code)
    starts = loaded.folder.campaign.starts_on
    return visit.page(
        "manager/summaries.html", campaign=campaign, versions=versions, questions=questions, wordings=wordings, starts=starts,
        today=clock.today(), done=done,
    )  # fmt: skip


@router.post("")
def produce(
    visit: Visiting, code: str, first: Annotated[date, Form()], last: Annotated[date, Form()], reason: Annotated[str, Form()] = ""
) -> Response:
    """Produce a version; nothing is handed over."""
    campaign_of(visit, code)
    base = f"/campaigns/{code}/summaries"
    job = start(
        visit.database, KIND, visit.viewer.id, language(), base, campaign=code, first=first.isoformat(), last=last.isoformat(),
        reason=reason.strip(), back=base,
    )  # fmt: skip
    visit.request.app.state.jobs.wake()
    return RedirectResponse(f"/jobs/{job}", 303)


@job_kind(KIND)
def _produce(database: Database, arguments: dict[str, Any], actor: str) -> Outcome:
    loaded = pipeline.loaded_campaign(database, arguments["campaign"])
    with tempfile.TemporaryDirectory(prefix="summary-") as folder:
        made = pipeline.report(
            database, loaded, Path(folder), actor=actor, start=date.fromisoformat(arguments["first"]), end=date.fromisoformat(arguments["last"]),
            reason=arguments["reason"] or None,
        )  # fmt: skip
    return Outcome(f"{arguments['back']}/{made.summary_id}")


@router.get("/{number}")
def show(visit: Visiting, code: str, number: int) -> Response:
    """One version as the partner would read it, with what is to be decided about it."""
    campaign = campaign_of(visit, code)
    with visit.reading() as session:
        row = session.execute(text(ONE), {"id": number, "campaign": campaign.id}).first()
    if row is None:
        raise NotThereError
    return visit.page(
        "manager/summary.html", campaign=campaign, row=row, content=row.content, view=view_of(row.content), questions=[], asked=0
    )


@router.post("/{number}/release")
def release(visit: Visiting, code: str, number: int) -> Response:
    """Hand it to the partner, for good; whoever produced it is not alone to have read it."""
    campaign = campaign_of(visit, code)
    with visit.reading() as session:
        if session.execute(text(ONE), {"id": number, "campaign": campaign.id}).first() is None:
            raise NotThereError
    with visit.database.session() as session:
        release_summary(session, number, actor=visit.actor, reviewed_by=visit.actor)
    return RedirectResponse(f"/campaigns/{code}/summaries?done=released", 303)


@router.post("/questions/{number}")
def answer(visit: Visiting, code: str, number: int, answer: Annotated[str, Form()] = "") -> Response:
    """Answer a partner's question; no person is named in it."""
    campaign = campaign_of(visit, code)
    if not answer.strip():
        raise PolicyError(_("écrivez une réponse"))
    with visit.reading() as session:
        visit.require(session, "partner_question", number)
    with visit.database.session() as session:
        question = session.get_one(PartnerQuestion, number)
        if question.campaign_id != campaign.id:
            raise NotThereError
        question.answer, question.answered_at, question.answered_by = answer.strip(), clock.now(), visit.actor
        audit.record(session, visit.actor, "summary.answer", f"partner_question/{number}", {})
    return RedirectResponse(f"/campaigns/{code}/summaries?done=answered", 303)


@router.post("/wordings/{number}")
def word(
    visit: Visiting, code: str, number: int, written: Annotated[str, Form()] = "", keep: Annotated[str, Form()] = ""
) -> Response:
    """Decide what a partner reads of somebody's words, or that it stays here."""
    campaign_of(visit, code)
    with visit.reading() as session:
        visit.require(session, "wording", number)
    with visit.database.session() as session:
        decide_wording(session, number, None if keep else written.strip(), actor=visit.actor)
    return RedirectResponse(f"/campaigns/{code}/summaries?done=wording", 303)
