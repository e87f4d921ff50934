"""The page behind the square of a letter: « ne plus me contacter », in one press, without an account.

Looking at it does nothing: mail scanners and previews follow links. Codes are not to be tried out: after some wrong ones in a
minute nobody gets an answer for a minute (the page says whom to call instead).
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections import deque
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from outreach.core import clock
from outreach.core.letter_codes import number_of
from outreach.tracking import object_by_code

if TYPE_CHECKING:
    from outreach.core.database import Database

router = APIRouter(prefix="/o")
WRONG_ONES, WITHIN = 20, 60.0
"""So many wrong codes in so many seconds are somebody trying."""
NOT_FOUND, TOO_MANY = 404, 429
STYLE = (
    "body{font:1.15rem/1.5 system-ui,sans-serif;margin:0 auto;max-width:34rem;padding:1.5rem;color:#1b2733;background:#fff}"
    "h1{font-size:1.5rem;color:#0b6e4f}button{font:inherit;font-weight:600;padding:.9rem 1.2rem;border:0;border-radius:.5rem;"
    "background:#0b6e4f;color:#fff;width:100%;min-height:3.2rem}button:focus-visible{outline:3px solid #f2a900;outline-offset:2px}"
    "a{color:#0b6e4f;display:inline-block;padding:.6rem 0}p.other{color:#4a5563;font-size:1rem}"
    "@media(prefers-color-scheme:dark){body{background:#12181f;color:#e8edf2}h1,a{color:#5fc7a3}p.other{color:#aab6c2}}"
)
POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
PAGE = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>{title}</title><style>{style}</style></head><body><main><h1>{title}</h1>{body}</main></body></html>
"""
ASK = """<p>Nous vous avons écrit pour vous aider, gratuitement. Vous pouvez refuser : personne ne vous contactera plus, ni par courrier, ni par
téléphone, ni à votre porte.</p><form method="post"><button>Ne plus me contacter</button></form>
<p><a href="/pourquoi">Pourquoi nous vous avons écrit</a></p><p class="other" lang="en">Stop contacting me.</p><p class="other" lang="ar" dir="rtl">لا تتصلوا بي بعد الآن.</p>
<p class="other" lang="tr">Benimle bir daha iletişime geçmeyin.</p><p class="other" lang="pt">Não me contactem mais.</p>"""
DONE = """<p>C'est fait. Plus personne ne vous contactera de notre part.</p><p class="other" lang="en">Done. Nobody will contact you any more.</p>
<p class="other">Vous avez changé d'avis ? Appelez le numéro écrit sur la lettre.</p>"""
UNKNOWN = "<p>Ce code n'est pas reconnu. Appelez le numéro écrit sur la lettre : on notera votre refus aussitôt.</p>"
LATER = "<p>Trop de demandes en ce moment. Appelez le numéro écrit sur la lettre : on notera votre refus aussitôt.</p>"


class Guard:
    """Counts wrong codes of the last minute, for this process."""

    def __init__(self) -> None:
        self._wrong: deque[float] = deque()
        self._lock = Lock()

    def is_shut(self) -> bool:
        """Whether somebody is trying codes."""
        with self._lock:
            while self._wrong and time.monotonic() - self._wrong[0] > WITHIN:
                self._wrong.popleft()
            return len(self._wrong) >= WRONG_ONES

    def wrong(self) -> None:
        """Count one."""
        with self._lock:
            self._wrong.append(time.monotonic())


@router.get("/{code}")
def ask(request: Request, code: str) -> HTMLResponse:
    """The page with its one button. What has not even the form of a code is told so; whether it exists is not."""
    if _guard(request).is_shut():
        return _page("Un instant", LATER, TOO_MANY)
    if not number_of(code):
        _guard(request).wrong()
        return _page("Code inconnu", UNKNOWN, NOT_FOUND)
    return _page("Ne plus être contacté", ASK)


@router.post("/{code}")
async def object_(request: Request, code: str) -> HTMLResponse:
    """Record the objection of whoever the letter was written to."""
    guard = _guard(request)
    if guard.is_shut():
        return _page("Un instant", LATER, TOO_MANY)
    if not await run_in_threadpool(_record, request.app.state.database, code):
        guard.wrong()
        return _page("Code inconnu", UNKNOWN, NOT_FOUND)
    return _page("C'est noté", DONE)


def _record(database: Database, code: str) -> bool:
    with database.session() as session:
        return object_by_code(session, code, actor="letter", occurred_at=clock.now())


def _guard(request: Request) -> Guard:
    if not hasattr(request.app.state, "objection_guard"):
        request.app.state.objection_guard = Guard()
    guard: Guard = request.app.state.objection_guard
    return guard


def _page(title: str, body: str, status: int = 200) -> HTMLResponse:
    content = PAGE.format(title=title, style=STYLE, body=body)
    return HTMLResponse(content, status, {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"})
