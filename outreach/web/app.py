"""The application that the server runs: routes, and errors told as sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.middleware.base import RequestResponseEndpoint

from outreach.core.errors import ListRefusedError, OutreachError, PolicyError
from outreach.core.settings import Settings, settings
from outreach.intake import MappingNeededError
from outreach.web import lists, objection
from outreach.web.hooks import TwilioHooks

if TYPE_CHECKING:
    from outreach.core.database import Database

STATUS: tuple[tuple[type[OutreachError], int], ...] = (
    (MappingNeededError, 409),
    (ListRefusedError, 422),
    (PolicyError, 409),
)
"""What each kind of refusal is to a program: 409 waits for a person, 422 will never do."""
SAFE_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'"}


def create_app(database: Database, configuration: Settings | None = None) -> FastAPI:
    """The application on a database; the hooks of providers stand before it."""
    app = FastAPI(title="outreach", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.state.database = database
    app.include_router(lists.router)
    app.include_router(objection.router)

    @app.middleware("http")
    async def safe(request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers.update({name: value for name, value in SAFE_HEADERS.items() if name not in response.headers})
        return response

    # Added last, it is the outermost: callbacks do not pay for what pages need.
    app.add_middleware(TwilioHooks, database=database, configuration=configuration or settings())

    @app.exception_handler(OutreachError)
    async def told(_request: Request, error: OutreachError) -> JSONResponse:
        status = next((code for kind, code in STATUS if isinstance(error, kind)), 422)
        body: dict[str, object] = {"error": error.message, "place": error.place, "mend": error.mend}
        if isinstance(error, MappingNeededError):
            body["questions"] = [
                {"header": q.header, "column": q.position + 1, "candidate": q.candidate} for q in error.questions
            ]
        return JSONResponse(body, status_code=status)

    return app
