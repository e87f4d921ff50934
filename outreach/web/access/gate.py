"""The gate before every route: who it is, whether their role may, and what a handler gets to work with."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request
from sqlalchemy import text

from outreach.core import audit
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.roles import OF_THE_NETWORK
from outreach.web.access import scope, sessions
from outreach.web.access.viewer import Viewer
from outreach.web.access.who_may import Open, who_may
from outreach.web.look.pages import render
from outreach.web.menu import menu_of

if TYPE_CHECKING:
    from fastapi.responses import HTMLResponse
    from sqlalchemy.orm import Session

    from outreach.core.database import Database

NUMBER = re.compile(r"[0-9]{1,18}")


class NotSignedInError(Exception):
    """Somebody must sign in first; ``next_path``: where they wanted to go."""

    def __init__(self, next_path: str) -> None:
        super().__init__(next_path)
        self.next_path = next_path

    @property
    def login(self) -> str:
        """Where they sign in, and are then led on from."""
        return f"/login?next={quote(self.next_path, safe='/')}" if self.next_path not in {"", "/"} else "/login"


class NotAllowedError(Exception):
    """The role of whoever asks may not."""


class NeedsFactorError(Exception):
    """A role of the network would open this, with a second proof that the account does not have yet."""


class NotThereError(OutreachError):
    """What is asked for does not exist, or is not theirs to know of: both are told the same."""

    def __init__(self) -> None:
        super().__init__(_("Cette page n'existe pas, ou n'est pas pour vous"))


def gate(request: Request) -> None:
    """Let a request pass, or not; leaves who it is in ``request.state.viewer``."""
    route = request.scope["route"]
    who = who_may(request.method, route.path)
    secret = request.cookies.get(sessions.COOKIE)
    viewer = sessions.viewer(request.app.state.database, secret) if who is not Open.TOKEN else None
    request.state.viewer = viewer
    if who in (Open.ANYONE, Open.TOKEN):
        return
    if viewer is None:
        raise NotSignedInError(request.url.path if request.method == "GET" else "")
    if who is Open.SIGNED_IN or (isinstance(who, frozenset) and viewer.roles & who):
        return
    if viewer.needs_factor and isinstance(who, frozenset) and who & OF_THE_NETWORK:
        raise NeedsFactorError
    raise NotAllowedError


def note_refused(request: Request, why: str) -> None:
    """Write down that somebody signed in was refused: by their role, or because it is not theirs to know of (or not there).

    By the name of the route and the numbers asked for: whatever else stands in an address may be anybody's words.
    """
    viewer = getattr(request.state, "viewer", None)
    route = request.scope.get("route")
    if viewer is None or route is None:
        return
    asked = {name: int(said) for name, said in request.path_params.items() if NUMBER.fullmatch(str(said))}
    with request.app.state.database.session() as session:
        audit.record(session, viewer.code, "access.refused", f"{request.method} {route.path}", {"why": why} | asked)


@dataclass(frozen=True)
class Visit:
    """One request of somebody signed in: what a handler reads, does and answers with."""

    request: Request
    viewer: Viewer

    @property
    def database(self) -> Database:
        """The database that the stages' functions work in. What is done there must have been seen through ``reading`` first."""
        database: Database = self.request.app.state.database
        return database

    @property
    def actor(self) -> str:
        """Who stands as the author of what is done."""
        return self.viewer.code

    def reading(self) -> AbstractContextManager[Session]:
        """A session that sees what this viewer may see, and can write nothing."""
        return scope.reading(self.database, self.viewer)

    def require(self, session: Session, table: str, number: int) -> None:
        """Go on only if the viewer sees that row; ``session``: of ``reading``. Raises ``NotThereError``."""
        # The name of the table is ours, never a request's.
        if session.execute(text(f'SELECT 1 FROM "{table}" WHERE id = :id'), {"id": number}).first() is None:
            raise NotThereError

    def note_reading(self, what: str, **data: Any) -> None:
        """Write down that somebody's data were read: by whom, of whom, never what."""
        with self.database.session() as session:
            audit.record(session, self.actor, "read", what, data)

    def page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page for this viewer, with the menu of their roles."""
        menu = menu_of(self.viewer, self.request.url.path)
        return render(self.request, template, status=status, **({"menu": menu} | values))


def visit(request: Request) -> Visit:
    """The visit of a request that the gate let pass."""
    viewer = request.state.viewer
    if viewer is None:
        raise NotSignedInError(request.url.path)
    return Visit(request, viewer)


Visiting = Annotated[Visit, Depends(visit)]
