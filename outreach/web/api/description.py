"""The description of the API (OpenAPI 3.1), made from its routes."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse

from outreach.web.api import events, lists, summaries

router = APIRouter(prefix="/api")
ABOUT = (
    "Lists, events and summaries of one campaign. Each call carries a token (`Authorization: Bearer outreach_…`), made by a manager,"
    " good for its scopes: `lists`, `events`, `summaries`. Errors are JSON: `error`, and where known `place` and `mend`."
)


@router.get("/openapi.json", include_in_schema=False)
def description(request: Request) -> JSONResponse:
    """The description."""
    if not hasattr(request.app.state, "api_description"):
        request.app.state.api_description = describe()
    return JSONResponse(request.app.state.api_description)


def describe() -> dict[str, Any]:
    """The description, as OpenAPI says it."""
    routes = [*lists.router.routes, *events.router.routes, *summaries.router.routes]
    described = get_openapi(title="outreach", version="1", description=ABOUT, routes=routes)
    for path in described["paths"].values():
        for operation in path.values():
            answers = operation.setdefault("responses", {})
            for status, words in REFUSALS.items():
                answers.setdefault(status, {"description": words, "content": {"application/json": {"schema": ERROR}}})
    return described


REFUSALS = {
    "401": "No token in force", "403": "The token is not for this", "404": "It does not exist, or not for this token",
    "409": "A person has to decide first", "413": "Too large", "422": "What was sent cannot be used", "429": "Too often",
}  # fmt: skip
ERROR = {
    "type": "object", "required": ["error"],
    "properties": {"error": {}, "place": {"type": ["string", "null"]}, "mend": {"type": ["string", "null"]}},
}  # fmt: skip
