"""The agreement as it is in force: what the network may do with a partner's lists, and for how long it keeps them."""

from __future__ import annotations

from fastapi import APIRouter, Response
from sqlalchemy import text

from outreach.definitions.agreement import Agreement
from outreach.web.access.gate import Visiting

router = APIRouter(prefix="/partner/agreement")
AGREEMENTS = "SELECT code, definition, valid_from, valid_to FROM agreement ORDER BY valid_to DESC"


@router.get("")
def show(visit: Visiting) -> Response:
    """Every agreement of this partner, in plain words."""
    with visit.reading() as session:
        rows = session.execute(text(AGREEMENTS)).all()
    return visit.page("partner/agreement.html", agreements=[Agreement.model_validate(row.definition) for row in rows])
