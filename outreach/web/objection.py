"""The page behind the square of a letter: « ne plus me contacter », in one press, without an account.

Looking at it does nothing: mail scanners and previews follow links. A link is proof of the letter (``core.letter_passes``), so
that nobody can refuse for others, whatever they try; what is no proof is told whom to call instead.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from outreach.core import clock
from outreach.core.letter_passes import shown_code
from outreach.tracking import object_by_code

router = APIRouter(prefix="/o")
NOT_FOUND = 404
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
UNKNOWN = """<p>Ce code n'est pas reconnu. Appelez le numéro écrit sur la lettre : on notera votre refus aussitôt.</p>
<p><a href="/pourquoi">Pourquoi nous vous avons écrit</a></p><p class="other" lang="en">We do not know this code. Call the number on the letter.</p>"""


@router.get("/{shown}")
def ask(request: Request, shown: str) -> HTMLResponse:
    """The page with its one button, for who shows the pass of a letter."""
    # Nothing is asked of the database: what proves a letter is made with a secret that may lie beside it.
    with request.app.state.database.session():
        is_proof = shown_code(shown) is not None
    return _page("Ne plus être contacté", ASK) if is_proof else _unknown()


@router.post("/{shown}")
def object_(request: Request, shown: str) -> HTMLResponse:
    """Record the objection of whoever the letter was written to."""
    with request.app.state.database.session() as session:
        code = shown_code(shown)
        is_done = code is not None and object_by_code(session, code, actor="letter", occurred_at=clock.now())
    return _page("C'est noté", DONE) if is_done else _unknown()


def _unknown() -> HTMLResponse:
    return _page("Code inconnu", UNKNOWN, NOT_FOUND)


def _page(title: str, body: str, status: int = 200) -> HTMLResponse:
    content = PAGE.format(title=title, style=STYLE, body=body)
    return HTMLResponse(content, status, {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"})
