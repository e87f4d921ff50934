"""What every answer says to the browser, and which requests are refused before anybody looks at them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

from outreach.core.i18n import Language, _, speaking

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
"""Nothing from elsewhere, nothing written into a page (CSP level 3)."""
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), payment=(), usb=(), geolocation=(self)",
}
HSTS = "max-age=31536000; includeSubDomains"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OWN = frozenset({"same-origin", "none"})
"""Where a request that changes something may come from: our own pages, or the person themselves."""
LANGUAGE = "language"
"""The cookie of the language that somebody chose."""


class SafeHeaders:
    """Refuses what another site sends, chooses the language, and puts the headers on what is answered."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start":
                put_headers(MutableHeaders(scope=message), nonce, secure=scope["scheme"] == "https")
            await send(message)

        with speaking(language_of(headers)):
            if scope["method"] not in SAFE_METHODS and not is_ours(headers):
                await PlainTextResponse(_("Cette demande vient d'un autre site."), 403)(scope, receive, answered)
                return
            await self.app(scope, receive, answered)


def is_ours(headers: Headers) -> bool:
    """Whether a request that changes something comes from our own pages, or from a program that is no browser's page.

    Browsers say where a request comes from (``Sec-Fetch-Site``, or at least ``Origin``), and no page can make them say otherwise.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in OWN
    origin = headers.get("origin")
    try:
        return origin is None or urlsplit(origin).netloc == headers.get("host")
    except ValueError:
        return False


def language_of(headers: Headers) -> Language:
    """The language that somebody chose, else the first of ours that their browser asks for, else French."""
    for part in headers.get("cookie", "").split(";"):
        name, _sign, value = part.strip().partition("=")
        if name == LANGUAGE and value in {"fr", "en"}:
            return "en" if value == "en" else "fr"
    for asked in headers.get("accept-language", "").split(","):
        code = asked.strip()[:2].lower()
        if code in {"fr", "en"}:
            return "en" if code == "en" else "fr"
    return "fr"


def put_headers(headers: MutableHeaders, nonce: str, *, secure: bool) -> None:
    """Put on an answer what it does not say already."""
    for name, value in ALWAYS.items():
        headers.setdefault(name, value)
    headers.setdefault("Content-Security-Policy", POLICY.format(nonce=nonce))
    headers.setdefault("Cache-Control", "no-store")
    if secure:
        headers.setdefault("Strict-Transport-Security", HSTS)
