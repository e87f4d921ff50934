"""The first page: to each role its own."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from outreach.core.roles import Role
from outreach.web.access.gate import NeedsFactorError, NotAllowedError, Visiting

router = APIRouter()
FIRST_PAGES: dict[str, str] = {
    Role.MANAGER: "/campaigns",
    Role.MEDIATOR: "/today",
    Role.PARTNER: "/partner",
    Role.ADMINISTRATOR: "/admin/accounts",
    Role.OFFICER: "/requests",
    Role.AUDITOR: "/audit",
}


@router.get("/")
def first(visit: Visiting) -> RedirectResponse:
    """Lead everybody to what they came for."""
    if not visit.viewer.role:
        raise NeedsFactorError if visit.viewer.needs_factor else NotAllowedError
    return RedirectResponse(FIRST_PAGES[visit.viewer.role], 303)
