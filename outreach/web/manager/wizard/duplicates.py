"""Step 2, duplicates: who is behind the rows, found as a job; then the pairs that only a person can decide, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import text

from outreach.core.errors import PolicyError
from outreach.core.i18n import _, language
from outreach.core.words import PairVerdict
from outreach.flows import matching
from outreach.web.access.gate import NotThereError, Visit, Visiting
from outreach.web.jobs import Outcome, job_kind, start
from outreach.web.manager.wizard.drafts import Draft, draft_of, shown
from outreach.web.pairs import side_by_side

if TYPE_CHECKING:
    from outreach.core.database import Database

router = APIRouter(prefix="/campaigns/{code}/way/duplicates")
KIND = "match the register"
VISIBLE = "SELECT id FROM campaign"
ROWS = "SELECT count(*) FROM list_row WHERE id IN (:one, :other)"
BOTH = 2
COUNTS = """
SELECT count(*) AS rows, count(*) FILTER (WHERE person_id IS NULL) AS unmatched, count(DISTINCT person_id) AS people
FROM current_row WHERE campaign_id = :campaign
"""


@router.get("")
def next_pair(visit: Visiting, code: str, after: int = 0, decided: int = 0) -> Response:
    """How far it is, and the likeliest pair that waits; those passed over (``after``) left out."""
    draft = draft_of(visit, code)
    after = max(after, 0)
    with visit.reading() as session:
        counts = session.execute(text(COUNTS), {"campaign": draft.id}).one()
    queue = _queue(visit, draft, after)
    pair = matching.pair(visit.database, queue.pairs[0].left_row, queue.pairs[0].right_row) if queue.pairs else None
    first = queue if queue.pairs or not after else _queue(visit, draft, 0)
    return shown(
        visit, "duplicates", draft, "duplicates", counts=counts, waiting=first.waiting, after=after, decided=decided,
        pair=side_by_side(pair) if pair else None,
    )  # fmt: skip


@router.get("/{one}/{other}")
def one_pair(visit: Visiting, code: str, one: int, other: int) -> Response:
    """A given pair of rows."""
    draft = draft_of(visit, code)
    _require_rows(visit, one, other)
    with visit.reading() as session:
        counts = session.execute(text(COUNTS), {"campaign": draft.id}).one()
    pair = side_by_side(matching.pair(visit.database, one, other))
    waiting = _queue(visit, draft, 0).waiting
    return shown(visit, "duplicates", draft, "duplicates", counts=counts, waiting=waiting, after=0, decided=0, pair=pair)


@router.post("/match")
def match(visit: Visiting, code: str) -> Response:
    """Find who is behind the rows, as a job; answers take effect by it."""
    draft = draft_of(visit, code)
    job = start(visit.database, KIND, visit.viewer.id, language(), draft.href("duplicates"), back=draft.href("duplicates"))
    visit.request.app.state.jobs.wake()
    return RedirectResponse(f"/jobs/{job}", 303)


@job_kind(KIND)
def _match(database: Database, arguments: dict[str, Any], actor: str) -> Outcome:
    matching.run(database, actor=actor)
    return Outcome(arguments["back"])


@router.post("/{one}/{other}")
def decide(
    visit: Visiting, code: str, one: int, other: int, verdict: Annotated[str, Form()] = "", note: Annotated[str, Form()] = "",
    after: Annotated[int, Form()] = 0,
) -> Response:  # fmt: skip
    """Keep an answer and go on to the next pair."""
    draft = draft_of(visit, code)
    _require_rows(visit, one, other)
    base = draft.href("duplicates")
    if verdict == "skip":
        return RedirectResponse(f"{base}?after={max(after, 0) + 1}", 303)
    if verdict not in list(PairVerdict):
        raise PolicyError(_("cette réponse n'existe pas"), place=verdict[:20])
    kept = matching.note_decision(visit.database, one, other, PairVerdict(verdict), author=visit.actor, note=note.strip() or None)
    return RedirectResponse(f"{base}?after={max(after, 0)}&decided={kept}", 303)


@router.post("/decisions/{decision}/undo")
def undo(visit: Visiting, code: str, decision: int) -> Response:
    """Take the last answer back and show its pair again."""
    draft = draft_of(visit, code)
    rows = matching.rows_of_decision(visit.database, decision)
    if rows is None:
        raise NotThereError
    _require_rows(visit, *rows)
    left, right = matching.unnote_decision(visit.database, decision, author=visit.actor)
    return RedirectResponse(f"{draft.href('duplicates')}/{left}/{right}", 303)


def _queue(visit: Visit, draft: Draft, after: int) -> Any:
    with visit.reading() as session:
        among = [int(number) for number in session.execute(text(VISIBLE)).scalars()]
    return matching.queue(visit.database, most=1, after=after, among=among, about=draft.id)


def _require_rows(visit: Visit, one: int, other: int) -> None:
    """Both rows are of campaigns that the viewer may see. Raises ``NotThereError``."""
    with visit.reading() as session:
        if session.execute(text(ROWS), {"one": one, "other": other}).scalar_one() != BOTH:
            raise NotThereError
