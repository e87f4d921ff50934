"""How the engine is doing: one page for who answers for it, and the same numbers for Prometheus."""

from __future__ import annotations

from hmac import compare_digest

from fastapi import APIRouter, HTTPException, Request, Response

from outreach.channels.standing import the_stop
from outreach.core.i18n import _
from outreach.core.settings import settings
from outreach.reporting.watch import age, alerts_of, exposition, measure
from outreach.reporting.watch.exposition import CONTENT_TYPE
from outreach.web.access.gate import Visiting
from outreach.web.manager.campaigns import may_go_on

router = APIRouter()


@router.get("/status")
def show(visit: Visiting) -> Response:
    """What needs somebody, what to do, where sending stands.

    Counts of the whole network: nothing of a person, no campaign's name.
    """
    with visit.database.session() as session:
        found, stop = measure(session), the_stop(session)
    return visit.page(
        "admin/status.html", alerts=alerts_of(found), found=found, age=age, stop=stop, may_go_on=may_go_on(visit, stop)
    )


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """The measures in Prometheus' text format, for who has the token of ``OUTREACH_METRICS_TOKEN``.

    Where none is set, for nobody.
    """
    token, said = settings().metrics_token, request.headers.get("authorization", "").removeprefix("Bearer ")
    if token is None or not compare_digest(said.encode(), token.get_secret_value().encode()):
        raise HTTPException(401, _("Il faut un jeton : OUTREACH_METRICS_TOKEN."), {"WWW-Authenticate": "Bearer"})
    with request.app.state.database.session() as session:
        return Response(exposition(measure(session)), media_type=CONTENT_TYPE)
