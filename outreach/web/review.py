"""The review screen: two rows side by side, why they may be one person, and three answers; on this machine alone.

``outreach match screen`` serves it under a key that it prints; whoever has not opened that address sees nothing.
"""

from __future__ import annotations

import hmac
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.concurrency import run_in_threadpool
from starlette.middleware.base import RequestResponseEndpoint
from starlette.staticfiles import StaticFiles

from outreach.core.errors import OutreachError, PolicyError
from outreach.core.i18n import _, language, number
from outreach.core.words import PairVerdict
from outreach.flows import matching
from outreach.web.pairs import side_by_side

if TYPE_CHECKING:
    from outreach.core.database import Database
    from outreach.matching.register.pairs import PairView

HERE = Path(__file__).parent
COOKIE = "review"
MOST_FORM = 4_000
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
}
router = APIRouter()
pages = Environment(
    loader=PackageLoader("outreach.web"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
pages.globals.update(_=_, language=language)


def create_review_app(database: Database, *, author: str, key: str) -> FastAPI:
    """The screen on a database: decisions are kept under ``author``; only who knows ``key`` gets in."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.database, app.state.author, app.state.key = database, author, key
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=HERE / "static"))

    @app.middleware("http")
    async def guarded(request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request) if _may(request, key) else PlainTextResponse(_refused(), status_code=403)
        response.headers.update(HEADERS)
        return response

    @app.exception_handler(OutreachError)
    async def told(_request: Request, error: OutreachError) -> HTMLResponse:
        return _page("message.html", 404, title=error.message, words=error.mend or "")

    return app


def _may(request: Request, key: str) -> bool:
    """The key, once in the address and then in the cookie; and a form only from the screen itself."""
    if request.url.path == "/" and _equal(request.query_params.get("key", ""), key):
        return True
    own = request.method == "GET" or request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    return own and _equal(request.cookies.get(COOKIE, ""), key)


def _equal(given: str, key: str) -> bool:
    return hmac.compare_digest(given.encode(), key.encode())


def _refused() -> str:
    return _("Ouvrez l'adresse entière qu'« outreach match screen » a écrite.")


@router.get("/")
def enter(request: Request) -> Response:
    """Let the key into a cookie, out of the address."""
    response = RedirectResponse("/pairs", status_code=303)
    response.set_cookie(COOKIE, request.app.state.key, httponly=True, samesite="strict")
    return response


@router.get("/pairs")
def next_pair(request: Request, after: int = 0, decided: int = 0) -> Response:
    """The likeliest pair that waits, those passed over (``after``) left out; at the end, what to do next."""
    queue = matching.queue(request.app.state.database, most=1, after=max(after, 0))
    if queue.pairs:
        pair = queue.pairs[0]
        view = matching.pair(request.app.state.database, pair.left_row, pair.right_row)
        return _shown(view, after=max(after, 0), waiting=queue.waiting, decided=decided)
    return _page("done.html", after=max(after, 0), decided=decided)


@router.get("/pairs/{one}/{other}")
def one_pair(request: Request, one: int, other: int) -> Response:
    """A given pair of rows."""
    return _shown(matching.pair(request.app.state.database, one, other), after=0, waiting=None, decided=0)


@router.post("/pairs/{one}/{other}")
async def decide(request: Request, one: int, other: int) -> Response:
    """Keep an answer and go on to the next pair."""
    form = await _form(request)
    after = int(form.get("after", "0") or 0) if form.get("after", "0").isdigit() else 0
    if form.get("verdict") == "skip":
        return RedirectResponse(f"/pairs?after={after + 1}", status_code=303)
    verdict = _verdict(form.get("verdict", ""))
    state = request.app.state
    kept = await run_in_threadpool(
        matching.note_decision, state.database, one, other, verdict, author=state.author, note=form.get("note") or None
    )
    return RedirectResponse(f"/pairs?after={after}&decided={kept}", status_code=303)


@router.post("/decisions/{decision}/undo")
async def undo(request: Request, decision: int) -> Response:
    """Take the last answer back and show its pair again."""
    state = request.app.state
    left, right = await run_in_threadpool(matching.unnote_decision, state.database, decision, author=state.author)
    return RedirectResponse(f"/pairs/{left}/{right}", status_code=303)


@router.post("/apply")
async def apply(request: Request) -> Response:
    """Let the answers take effect now."""
    state = request.app.state
    result = await run_in_threadpool(matching.run, state.database, actor=state.author)
    words = _("{persons} personnes, {households} foyers ; {review} liens restent à vérifier.").format(
        persons=number(result.persons, language()), households=number(result.households, language()),
        review=number(result.links.get("review", 0), language()),
    )  # fmt: skip
    return _page("message.html", title=_("C'est pris en compte"), words=words)


def _verdict(word: str) -> PairVerdict:
    if word not in list(PairVerdict):
        raise PolicyError(_("cette réponse n'existe pas"), place=word[:20])
    return PairVerdict(word)


async def _form(request: Request) -> dict[str, str]:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_FORM:
            break
    return {name: values[-1].strip() for name, values in parse_qs(body[:MOST_FORM].decode("utf-8", "replace")).items()}


def _shown(view: PairView, *, after: int, waiting: int | None, decided: int) -> HTMLResponse:
    return _page(
        "pair.html",
        **side_by_side(view),
        after=after,
        waiting=waiting,
        decided=decided,
        number=lambda count: number(count, language()),
    )


def _page(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    return HTMLResponse(pages.get_template(template).render(**values), status_code=status)
