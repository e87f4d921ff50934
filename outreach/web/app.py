"""The application that the server runs: routes behind one gate, and errors told as sentences."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.exc import DataError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from outreach.core.errors import ListRefusedError, OutreachError, PolicyError
from outreach.core.i18n import _, speaking
from outreach.core.settings import Settings, settings
from outreach.intake import MappingNeededError
from outreach.web import home, objection, status, why
from outreach.web.access import own_account, provider, signing_in
from outreach.web.access.bodies import MeasuredBodies
from outreach.web.access.gate import NeedsFactorError, NotAllowedError, NotSignedInError, NotThereError, gate, note_refused
from outreach.web.access.headers import SafeHeaders, language_of, put_headers
from outreach.web.admin import agreements, audit_trail, network, people, privacy, requests
from outreach.web.api import description
from outreach.web.api import events as api_events
from outreach.web.api import lists as api_lists
from outreach.web.api import summaries as api_summaries
from outreach.web.hooks import TwilioHooks
from outreach.web.jobs import Runner
from outreach.web.jobs import pages as job_pages
from outreach.web.jobs.watching import Watcher
from outreach.web.keeper import looked_after
from outreach.web.look.pages import render
from outreach.web.manager import board, campaigns, case, conflicts, replies, search, summaries, worklists
from outreach.web.manager.wizard import WIZARD
from outreach.web.mediator import phone, shell
from outreach.web.partner import agreement
from outreach.web.partner import lists as partner_lists
from outreach.web.partner import summaries as partner_summaries

if TYPE_CHECKING:
    from outreach.core.database import Database

STATIC = Path(__file__).parent / "static"
STATUS: tuple[tuple[type[OutreachError], int], ...] = (
    (NotThereError, 404),
    (MappingNeededError, 409),
    (ListRefusedError, 422),
    (PolicyError, 409),
)
"""What each kind of refusal is to a program: 409 waits for a person, 422 will never do."""
MODULES = (
    *WIZARD, home, signing_in, provider, own_account, objection, why, job_pages, description, api_lists, api_events,
    api_summaries, partner_lists, partner_summaries, agreement, phone, shell, campaigns, worklists, summaries, case, search,
    replies, board, conflicts, people, network, agreements, requests, privacy, audit_trail, status,
)  # fmt: skip
"""Each with a ``router``."""
log = logging.getLogger(__name__)


def create_app(database: Database, configuration: Settings | None = None) -> FastAPI:
    """The application on a database; the hooks of providers stand before it."""
    app = FastAPI(
        title="outreach",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(gate)],
        redirect_slashes=False,
        lifespan=looked_after,
    )
    app.state.database = database
    app.state.jobs, app.state.watcher = Runner(database), Watcher(database)
    for module in MODULES:
        app.include_router(module.router)
    app.mount("/static", Versioned(directory=STATIC), name="static")
    _tell_who_may_not(app)
    _tell_what_is_unreadable(app)
    _tell_errors(app)
    # On a phone's network a page is a fifth of its size; a higher level costs more than it gives.
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=4)
    app.add_middleware(MeasuredBodies, database=database)
    app.add_middleware(SafeHeaders)
    # Added last, it is the outermost: callbacks do not pay for what pages need.
    app.add_middleware(TwilioHooks, database=database, configuration=configuration or settings())
    return app


class Versioned(StaticFiles):
    """Static files: asked for under the hash of their content they never change; without it they are asked for again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if b"v=" in scope["query_string"] else "no-cache"
        )
        return response


def _tell_who_may_not(app: FastAPI) -> None:
    @app.exception_handler(NotSignedInError)
    async def sign_in(request: Request, error: NotSignedInError) -> Response:
        return _json(request, 401, _("Connectez-vous d'abord.")) or RedirectResponse(error.login, 303)

    @app.exception_handler(NotAllowedError)
    async def not_allowed(request: Request, _error: NotAllowedError) -> Response:
        await run_in_threadpool(note_refused, request, "role")
        words = _("Votre compte ne donne pas accès à cette page.")
        return _json(request, 403, words) or _message(request, 403, _("Pas pour ce compte"), words)

    @app.exception_handler(NeedsFactorError)
    async def needs_factor(request: Request, _error: NeedsFactorError) -> Response:
        return _json(request, 403, _("Ajoutez d'abord un code de votre téléphone.")) or RedirectResponse("/account", 303)


def _tell_errors(app: FastAPI) -> None:
    @app.exception_handler(HTTPException)
    async def failed(request: Request, error: HTTPException) -> Response:
        if wants_json(request):
            return JSONResponse({"error": error.detail}, error.status_code, error.headers)
        title = _("Cette page n'existe pas") if error.status_code == 404 else _("Cela n'a pas marché")  # noqa: PLR2004
        return _message(request, error.status_code, title, "")

    @app.exception_handler(Exception)
    async def unexpected(request: Request, _error: Exception) -> Response:
        # The framework answers this one outside of everything else, also of what chooses the language and writes the headers.
        with speaking(language_of(request.headers)):
            words = _("Quelque chose d'imprévu est arrivé. Essayez encore une fois ; si cela revient, dites-nous l'heure.")
            answer = _json(request, 500, words) or _message(request, 500, _("Cela n'a pas marché"), words)
        put_headers(answer.headers, request.state.nonce, secure=request.url.scheme == "https")
        return answer

    @app.exception_handler(OutreachError)
    async def told(request: Request, error: OutreachError) -> Response:
        if isinstance(error, NotThereError):
            await run_in_threadpool(note_refused, request, "unseen")
        status = next((code for kind, code in STATUS if isinstance(error, kind)), 422)
        if not wants_json(request):
            return _message(request, status, error.message, error.mend or "", error.place or "")
        body: dict[str, object] = {"error": error.message, "place": error.place, "mend": error.mend}
        if isinstance(error, MappingNeededError):
            body["questions"] = [
                {"header": q.header, "column": q.position + 1, "candidate": q.candidate} for q in error.questions
            ]
        return JSONResponse(body, status_code=status)


def _tell_what_is_unreadable(app: FastAPI) -> None:
    @app.exception_handler(RequestValidationError)
    async def unreadable(request: Request, error: RequestValidationError) -> Response:
        places = ", ".join(sorted({str(one["loc"][-1]) for one in error.errors()}))
        words = _("Une valeur manque ou ne se lit pas : {places}.").format(places=places)
        return _json(request, 422, words) or _message(request, 422, _("Cela n'a pas marché"), words)

    @app.exception_handler(DataError)
    async def beyond(request: Request, error: DataError) -> Response:
        # A number that no column holds, a sign that no text may have: whoever sent it learns so. It may be a fault of ours as well.
        log.warning("the database could not take a value: %s", type(error.orig).__name__)
        words = _("Une valeur ne se lit pas.")
        return _json(request, 422, words) or _message(request, 422, _("Cela n'a pas marché"), words)

    @app.exception_handler(ValueError)
    async def no_text(request: Request, error: ValueError) -> Response:
        # PostgreSQL has no text with a NUL in it, and its driver says so before the database is asked.
        if "NUL (0x00)" not in str(error):
            raise error
        words = _("Une valeur ne se lit pas.")
        return _json(request, 422, words) or _message(request, 422, _("Cela n'a pas marché"), words)


def wants_json(request: Request) -> bool:
    """Whether a program asks rather than a page."""
    return request.url.path.startswith(("/api/", "/phone/")) or request.headers.get("accept", "").startswith("application/json")


def _json(request: Request, status: int, words: str) -> Response | None:
    return JSONResponse({"error": words}, status) if wants_json(request) else None


def _message(request: Request, status: int, title: str, words: str, place: str = "") -> Response:
    return render(
        request, "access/message.html", status=status, title=title, words=words, place=place, way=("/", _("Revenir à l'accueil"))
    )
