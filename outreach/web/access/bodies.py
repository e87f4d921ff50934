"""How much may be sent.

The framework writes a whole body down before anybody looks at who sends it, so it is measured on the way.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse

from outreach.core.i18n import _
from outreach.intake.files import Limits
from outreach.web.access import sessions

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from outreach.core.database import Database

FORM = 1 << 20
"""Bytes of a form, and of a phone's batch of facts."""
WRAPPED = 1 << 16
"""Bytes that a form puts around a file."""
FILES = re.compile(
    r"^(?:/partner/lists|/campaigns/[^/]+/way/list|/campaigns/new/import|/admin/agreements/\d+/documents|/api/lists/[^/]+)/?$"
)
"""Where files are handed over."""


class TooMuchError(Exception):
    """More came than may."""


class MeasuredBodies:
    """Cuts off a body that is larger than its route takes, whether it says its length or not."""

    def __init__(self, app: ASGIApp, *, database: Database) -> None:
        self.app, self._database = app, database

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        most, come = await most_of(scope, headers, self._database), 0
        said = headers.get("content-length", "")
        if said.isdigit() and int(said) > most:
            await self._refuse(scope, receive, send)
            return

        async def measured() -> Message:
            nonlocal come
            message = await receive()
            come += len(message.get("body", b""))
            if come > most:
                raise TooMuchError
            return message

        async def answered(message: Message) -> None:
            # Whatever the framework made of a body that ended so is not what is to be said.
            if come <= most:
                await send(message)

        with suppress(TooMuchError):
            await self.app(scope, measured, answered)
        if come > most:
            await self._refuse(scope, receive, send)

    @staticmethod
    async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
        # The rest is not read: the connection ends with the answer.
        answer = PlainTextResponse(_("C'est trop grand pour être envoyé ici."), 413, {"Connection": "close"})
        await answer(scope, receive, send)


async def most_of(scope: Scope, headers: Headers, database: Database) -> int:
    """Bytes that a request may send: a file only where files are handed over, and only by somebody signed in, or by a program.

    (What a program sends is read after its token was looked at; a form is written down before.)
    """
    if not FILES.match(scope["path"]):
        return FORM
    if headers.get("authorization") and scope["path"].startswith("/api/"):
        return Limits().file
    secret = cookie_parser(headers.get("cookie", "")).get(sessions.COOKIE)
    viewer = await run_in_threadpool(sessions.viewer, database, secret) if secret else None
    return FORM if viewer is None else Limits().file + WRAPPED
