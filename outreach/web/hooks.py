"""Where Twilio tells us what it knows: signatures checked, then appended as told, in a few milliseconds; read elsewhere.

Raw ASGI before everything else of the web: hundreds of callbacks a second cost what they must. A callback is answered once
it is committed; those that arrive within a few milliseconds share a transaction. Anything but a signed form of a
reasonable size writes nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from sqlalchemy.exc import OperationalError, SQLAlchemyError
from starlette.types import ASGIApp, Receive, Scope, Send

from outreach.channels.twilio.notices import NotANoticeError, call_notice, message_notice, status_notice
from outreach.channels.twilio.signature import HEADER, is_signed
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.words import NoticeKind
from outreach.tracking import append_notices
from outreach.web.access.headers import HSTS

if TYPE_CHECKING:
    from outreach.core.database import Database
    from outreach.core.provider import Notice
    from outreach.core.settings import Settings

ROOT = "/hooks/twilio/"
LARGEST = 16 * 1024
"""Bytes of a body: the longest text is 1,600 characters, its other fields a few hundred bytes."""
FIELDS = 100
FORM = b"application/x-www-form-urlencoded"
GATHER = 0.015
"""Seconds that the first callback of a transaction waits for others."""
MOST, WAITING = 500, 5_000
"""Callbacks of one transaction; and of all that wait, beyond which new ones are asked to come again."""
PATIENCE = 10.0
"""Seconds until a callback that could not be written is asked to come again; Twilio waits for fifteen."""
WARN_EVERY = 60.0
READERS: dict[str, Callable[[Mapping[str, str], Mapping[str, str]], Notice]] = {
    "status": status_notice,
    "message": message_notice,
    "call": call_notice,
}
HEADERS = (
    (b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store"), (b"content-security-policy", b"default-src 'none'"),
)  # fmt: skip
"""What pages say to browsers, as far as it means anything here: somebody may open such an address."""
NOTHING = b"<Response/>"
"""TwiML that says nothing: to a message we answer ourselves, later."""
OK, NO_CONTENT = 200, 204
UNREADABLE, FORBIDDEN, NOT_FOUND, WRONG_METHOD, TOO_LARGE, NO_FORM, TRY_AGAIN = 400, 403, 404, 405, 413, 415, 503
logger = logging.getLogger("uvicorn.error")


class RefusedError(Exception):
    """Nothing is written; the answer is this status alone."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Appender:
    """Writes notices, several in a transaction. ``append`` returns once they are committed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[Notice, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._warned = -WARN_EVERY

    async def append(self, notice: Notice) -> None:
        """Write one. Raises ``RefusedError`` (503) when the database does not take it now."""
        if len(self._waiting) >= WAITING:
            raise RefusedError(TRY_AGAIN)
        loop = asyncio.get_running_loop()
        written: asyncio.Future[None] = loop.create_future()
        self._waiting.append((notice, written))
        if self._writing is None or self._writing.done():
            self._writing = loop.create_task(self._write_all())
        try:
            await asyncio.wait_for(written, PATIENCE)
        except TimeoutError as error:
            raise RefusedError(TRY_AGAIN) from error

    async def _write_all(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER)
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            faults = await asyncio.to_thread(self._write_each, [notice for notice, _written in batch])
            for (_notice, written), fault in zip(batch, faults, strict=True):
                if written.done():
                    continue
                if fault is None:
                    written.set_result(None)
                else:
                    written.set_exception(RefusedError(TRY_AGAIN))

    def _write_each(self, notices: Sequence[Notice]) -> list[Exception | None]:
        """What went wrong with each. One that the database refuses does not take the others with it."""
        fault = self._write(notices)
        if fault is None or len(notices) == 1 or isinstance(fault, OperationalError):
            return [fault] * len(notices)
        return [self._write([notice]) for notice in notices]

    def _write(self, notices: Sequence[Notice]) -> Exception | None:
        try:
            with self._database.session() as session:
                append_notices(session, notices)
        # What cannot be sealed is no better written than what the database refuses: the key may be back in a minute.
        except (SQLAlchemyError, OutreachError, OSError) as error:
            if time.monotonic() - self._warned >= WARN_EVERY:
                self._warned = time.monotonic()
                kind = type(error).__name__
                logger.warning(
                    _("des appels de l'opérateur ne s'écrivent pas, il est prié de revenir ({kind})").format(kind=kind)
                )
            return error
        return None


class TwilioHooks:
    """ASGI: ``POST /hooks/twilio/status``, ``message`` and ``call``; everything else is the application's behind it.

    Without a token and a public address nothing can be checked, and every hook answers 403.
    """

    def __init__(self, app: ASGIApp, *, database: Database, configuration: Settings) -> None:
        self._app = app
        token, public_url = configuration.twilio_auth_token, configuration.public_url
        self._token = token.get_secret_value() if token and public_url else None
        self._public_url = (public_url or "").rstrip("/")
        self._appender = Appender(database)
        self._warned = -WARN_EVERY

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a hook, or pass the request on."""
        if scope["type"] != "http" or not scope["path"].startswith(ROOT):
            await self._app(scope, receive, send)
            return
        try:
            notice = self._read(scope, await _form_body(scope, receive))
            await self._appender.append(notice)
            status, body = (OK, NOTHING) if notice.kind is NoticeKind.MESSAGE else (NO_CONTENT, b"")
        except RefusedError as refused:
            status, body = refused.status, b""
        headers = [*HEADERS]
        if scope["scheme"] == "https":
            headers.append((b"strict-transport-security", HSTS.encode()))
        if status != NO_CONTENT:
            headers.append((b"content-length", str(len(body)).encode()))
        if body:
            headers.append((b"content-type", b"text/xml; charset=utf-8"))
        if status == WRONG_METHOD:
            headers.append((b"allow", b"POST"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _read(self, scope: Scope, content: bytes) -> Notice:
        """The notice of a body that is signed. Raises ``RefusedError``."""
        try:
            form = dict(parse_qsl(content.decode(errors="replace"), keep_blank_values=True, max_num_fields=FIELDS))
            query = dict(parse_qsl(scope["query_string"].decode(errors="replace"), max_num_fields=FIELDS))
        except ValueError as error:
            raise RefusedError(UNREADABLE) from error
        if not self._is_signed(scope, form):
            raise RefusedError(FORBIDDEN)
        try:
            return READERS[scope["path"].removeprefix(ROOT)](form, query)
        except NotANoticeError as error:
            raise RefusedError(UNREADABLE) from error

    def _is_signed(self, scope: Scope, form: Mapping[str, str]) -> bool:
        """By the public address that Twilio was given, whatever host the request says it is for."""
        signature = dict(scope["headers"]).get(HEADER.encode(), b"").decode(errors="replace")
        path, query = scope.get("raw_path", scope["path"].encode()), scope["query_string"]
        url = self._public_url + path.partition(b"?")[0].decode("latin-1") + ("?" + query.decode("latin-1") if query else "")
        if self._token is not None and is_signed(self._token, url, form, signature):
            return True
        if time.monotonic() - self._warned >= WARN_EVERY:
            self._warned = time.monotonic()
            logger.warning(
                _("un appel de l'opérateur mal signé a été refusé : OUTREACH_PUBLIC_URL est-elle l'adresse qu'il connaît ?")
            )
        return False


async def _form_body(scope: Scope, receive: Receive) -> bytes:
    """The body of a hook that exists, posted as a form of a reasonable size; raises ``RefusedError``, the cheapest first."""
    if scope["path"].removeprefix(ROOT) not in READERS:
        raise RefusedError(NOT_FOUND)
    if scope["method"] != "POST":
        raise RefusedError(WRONG_METHOD)
    headers = dict(scope["headers"])
    if headers.get(b"content-type", b"").split(b";")[0].strip().lower() != FORM:
        raise RefusedError(NO_FORM)
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length) > LARGEST:
        raise RefusedError(TOO_LARGE)
    content = b""
    while True:
        message = await receive()
        part: bytes = message.get("body", b"")
        content += part
        if len(content) > LARGEST:
            raise RefusedError(TOO_LARGE)
        if not message.get("more_body"):
            return content
