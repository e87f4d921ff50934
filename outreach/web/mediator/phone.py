"""What the phone's application asks and tells, as JSON: the day, the next call, facts. Rules are the stages' (docs/phone.md)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy import text

from outreach.core import clock
from outreach.core.i18n import _
from outreach.core.plain import as_json
from outreach.flows import phone
from outreach.web.access.gate import NotAllowedError, Visit, Visiting
from outreach.web.look.direction import RIGHT_TO_LEFT
from outreach.web.mediator.words import WORDS

router = APIRouter()
UNTIL = "SELECT valid_to FROM web_session WHERE id = :id"


@router.get("/today")
def today(visit: Visiting) -> Response:
    """The application: no person's data are in the page, so that the phone may keep it as it is."""
    _mediator(visit)
    words = {key: _(said) for key, said in WORDS.items()}
    return visit.page("mediator/phone.html", words=words, rings=phone.can_ring(), right_to_left=sorted(RIGHT_TO_LEFT))


@router.get("/today/{shift}")
def of_sheet(_visit: Visiting, shift: int) -> Response:
    """Where the square of a printed sheet leads."""
    return RedirectResponse(f"/today#/shift/{shift}", 303)


@router.get("/phone/day")
def day(visit: Visiting) -> Response:
    """The day with all that is needed without a network; ``keep_seconds``: after so long the phone forgets it."""
    found = phone.today(visit.database, _mediator(visit))
    with visit.database.session() as session:
        until = session.execute(text(UNTIL), {"id": visit.viewer.session}).scalar_one()
    left = max(int((until - clock.now()).total_seconds()), 0)
    return _told(vars(found) | {"owner": visit.viewer.code, "keep_seconds": left})


@router.post("/phone/next")
def next_call(visit: Visiting, shift: Annotated[int, Body(embed=True)]) -> Response:
    """The call whose turn it is, claimed; null when there is none to make now."""
    found = phone.next_call(visit.database, _mediator(visit), shift)
    return _told({"call": found})


@router.post("/phone/release")
def release(visit: Visiting, contact: Annotated[int, Body(embed=True)]) -> JSONResponse:
    """Give a call back, unmade."""
    phone.release_call(visit.database, _mediator(visit), contact)
    return JSONResponse({})


@router.post("/phone/ring")
def ring(visit: Visiting, contact: Annotated[int, Body(embed=True)]) -> Response:
    """Let the provider ring the mediator, then the person."""
    return _told(phone.ring(visit.database, _mediator(visit), contact))


@router.post("/phone/facts")
def facts(
    visit: Visiting,
    told: Annotated[list[dict[str, Any]], Body(alias="facts", max_length=phone.MOST_FACTS)],
    owner: Annotated[str, Body()],
) -> JSONResponse:
    """Take what the phone has to tell, each fact once; the answers come in the order of the facts.

    ``owner``: whose facts they are. Nothing is told in another's name: what somebody left on a shared phone waits for them.
    """
    if owner != visit.viewer.code:
        return JSONResponse({"error": _("Ces fiches sont d'un autre compte."), "other": True}, 409)
    who = phone.who_of(visit.database, _mediator(visit), visit.viewer.sites)
    return JSONResponse({"answers": [answer.data() for answer in phone.sync(visit.database, who, told)]})


@router.post("/phone/find")
def find(visit: Visiting, said: Annotated[str, Body(embed=True)]) -> Response:
    """Who is at the desk, or calls back: cases of the association's own sites."""
    from outreach.web.manager.search import find as search

    return _told({"found": search(visit, said)})


def _told(value: Any) -> Response:
    return Response(as_json(value), media_type="application/json")


def _mediator(visit: Visit) -> int:
    """The mediator whose account it is. Raises ``NotAllowedError`` for an account that is of none."""
    if visit.viewer.mediator is None:
        raise NotAllowedError
    return visit.viewer.mediator
