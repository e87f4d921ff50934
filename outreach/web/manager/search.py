"""Find somebody: by name, phone, the code of a letter, the partner's reference, or an address.

What was asked is never in an address bar.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response
from sqlalchemy import text

from outreach.core.errors import OutreachError
from outreach.tracking import Candidate, identify
from outreach.web.access.gate import Visit, Visiting

router = APIRouter(prefix="/search")
SEEN = 'SELECT id FROM "case" WHERE id = ANY(:ids)'


@router.get("")
def ask(visit: Visiting) -> Response:
    """The question."""
    return visit.page("manager/search.html", asked="", found=None, problem="")


@router.post("")
def search(visit: Visiting, asked: Annotated[str, Form()] = "") -> Response:
    """The cases that fit, at most twenty; the search is on record, what was asked is not."""
    problem, found = "", []
    try:
        found = find(visit, asked)
    except OutreachError as error:
        problem = str(error)
    return visit.page("manager/search.html", asked=asked, found=found, problem=problem)


def find(visit: Visit, asked: str) -> list[Candidate]:
    """The cases of the viewer's own sites that fit, past the wall once more."""
    with visit.database.session() as session:
        found = identify(session, asked, actor=visit.actor, sites=visit.viewer.sites)
    with visit.reading() as session:
        seen = set(session.scalars(text(SEEN), {"ids": [one.case_id for one in found]}))
    return [one for one in found if one.case_id in seen]
