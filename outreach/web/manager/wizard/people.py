"""Step 5, beside the plan: which sites and mediators of the association take part, and when they work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from outreach.definitions.written import as_written
from outreach.web.access.gate import Visit, Visiting
from outreach.web.manager.wizard import people_form
from outreach.web.manager.wizard.drafts import Draft, draft_of, save, shown, written_of

if TYPE_CHECKING:
    from outreach.definitions.loader import Mistake

router = APIRouter(prefix="/campaigns/{code}/way/plan/people")


@router.get("")
def show(visit: Visiting, code: str, done: str = "") -> Response:
    """Every site of the association, and its people."""
    draft = draft_of(visit, code)
    return _page(visit, draft, _places(visit, draft), [], done)


@router.post("")
async def change(visit: Visiting, request: Request, code: str) -> Response:
    """Keep who takes part, and their hours."""
    form = await request.form()

    def kept() -> Response:
        draft = draft_of(visit, code)
        written = written_of(draft)
        places = people_form.sent_places(_places(visit, draft), form)
        written["campaign"]["sites"] = people_form.sites_of(places)
        mistakes = save(visit, draft, written, "people")
        if mistakes:
            people_form.blame(places, mistakes)
            return _page(visit, draft, places, mistakes)
        return RedirectResponse(f"{draft.href('plan')}/people?done=saved", 303)

    return await run_in_threadpool(kept)


def _places(visit: Visit, draft: Draft) -> list[people_form.Place]:
    sites = as_written(draft.folder)["campaign"]["sites"]
    with visit.reading() as session:
        return people_form.places_of(session, draft.folder.agreement.association.code, sites)


def _page(visit: Visit, draft: Draft, places: list[people_form.Place], mistakes: list[Mistake], done: str = "") -> Response:
    return shown(
        visit, "people", draft, "plan", 422 if mistakes else 200, places=places, mistakes=mistakes, done=done,
        kinds=list(people_form.kinds()), days=people_form.days(), travels=people_form.travels(),
    )  # fmt: skip
