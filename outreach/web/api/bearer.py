"""Who calls the API: a token in force, the one campaign that it opens, and what it is good for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPBearer

from outreach.core import audit
from outreach.core.i18n import _
from outreach.flows import lists
from outreach.intake.tokens import bearer_of
from outreach.web.access import limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from outreach.core.database import Database

scheme = HTTPBearer(auto_error=False, description="outreach_…, made by « outreach import token »")


class Bearer:
    """Who calls: a token in force, and the one campaign that it opens."""

    def __init__(self, database: Database, campaign: str, name: str) -> None:
        self.database, self.campaign, self.actor = database, campaign, f"api {name}"

    def list_of(self, number: int) -> lists.Shown:
        """A list of this campaign; any other does not exist for this bearer."""
        known = lists.history(self.database, lists.loaded_campaign(self.database, self.campaign, drafts=True))
        if number not in {result.list_id for result in known}:
            raise HTTPException(404, "no such list")
        return lists.show(self.database, number)


def bearer_with(scope: str) -> Callable[..., Bearer]:
    """A dependency: the bearer of a token with a scope. 401 without one in force, 403 without the scope, 429 when too often."""

    def bearer(request: Request, _told: Annotated[object, Depends(scheme)] = None) -> Bearer:
        kind, _space, token = request.headers.get("Authorization", "").partition(" ")
        database: Database = request.app.state.database
        with database.session() as session:
            found = bearer_of(session, token.strip()) if kind.lower() == "bearer" and token else None
        if found is None:
            raise HTTPException(401, "a token is needed", headers={"WWW-Authenticate": "Bearer"})
        if not limits.take(database, limits.API, f"token {found.id}"):
            raise HTTPException(429, _("trop de demandes en une minute"), headers={"Retry-After": "60"})
        if scope not in found.scopes:
            with database.session() as session:
                told = {"why": "scope", "scope": scope}
                audit.record(session, f"api {found.name}", "access.refused", f"delivery_token/{found.id}", told)
            raise HTTPException(403, f"the token is not for {scope}")
        return Bearer(database, found.campaign, found.name)

    return bearer


Delivering = Annotated[Bearer, Depends(bearer_with("lists"))]
Following = Annotated[Bearer, Depends(bearer_with("events"))]
Reading = Annotated[Bearer, Depends(bearer_with("summaries"))]
