"""Which role may use which route: the whole of it, in one table. What is not in it is nobody's."""

from __future__ import annotations

from enum import Enum

from outreach.core.roles import Role


class Open(Enum):
    """Routes that ask for no role."""

    ANYONE = "anyone"
    """Nobody needs to be signed in: signing in, the page behind a letter."""
    TOKEN = "token"  # noqa: S105 - a word, not a secret
    """A program with a token of its own; the route looks at it."""
    SIGNED_IN = "signed in"
    """Whoever is signed in, whatever their role."""


Who = Open | frozenset[Role]

ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
MANAGER = frozenset({Role.MANAGER})
MEDIATOR = frozenset({Role.MEDIATOR})
STAFF = MANAGER | MEDIATOR
PARTNER = frozenset({Role.PARTNER})
OFFICER = frozenset({Role.OFFICER})
READS_AUDIT = frozenset({Role.OFFICER, Role.AUDITOR})

ROUTES: dict[str, Who] = {
    # The house
    "GET /": Open.SIGNED_IN,
    "GET /login": Open.ANYONE,
    "POST /login": Open.ANYONE,
    "POST /login/code": Open.ANYONE,
    "POST /logout": Open.SIGNED_IN,
    "POST /language": Open.ANYONE,
    "GET /invitation/{secret}": Open.ANYONE,
    "POST /invitation/{secret}": Open.ANYONE,
    "GET /account": Open.SIGNED_IN,
    "POST /account/factor": Open.SIGNED_IN,
    "POST /account/factor/confirm": Open.SIGNED_IN,
    "POST /account/factor/remove": Open.SIGNED_IN,
    "POST /account/password": Open.SIGNED_IN,
    "POST /account/sessions/end": Open.SIGNED_IN,
    "GET /login/{association}": Open.ANYONE,
    "GET /login/{association}/back": Open.ANYONE,
    "GET /demo/{key}/{code}": Open.ANYONE,
    # How the engine itself is doing
    "GET /status": ADMINISTRATOR | MANAGER,
    "GET /metrics": Open.TOKEN,
    # The person behind a letter
    "GET /o/{shown}": Open.ANYONE,
    "GET /pourquoi": Open.ANYONE,
    "POST /o/{shown}": Open.ANYONE,
    # Programs
    "GET /api/openapi.json": Open.ANYONE,
    "PUT /api/lists/{file_name}": Open.TOKEN,
    "GET /api/lists": Open.TOKEN,
    "GET /api/lists/{number}": Open.TOKEN,
    "POST /api/lists/{number}/commit": Open.TOKEN,
    "DELETE /api/lists/{number}": Open.TOKEN,
    "GET /api/lists/{number}/bad-rows.xlsx": Open.TOKEN,
    "GET /api/events": Open.TOKEN,
    "GET /api/summaries": Open.TOKEN,
    "GET /api/summaries/{number}": Open.TOKEN,
    # Work that a page waits for; each its own
    "GET /jobs/{number}": Open.SIGNED_IN,
    "GET /jobs/{number}/stream": Open.SIGNED_IN,
    # Partner
    "GET /partner": PARTNER,
    "GET /partner/lists": PARTNER,
    "POST /partner/lists": PARTNER,
    "GET /partner/lists/columns/{job}": PARTNER,
    "POST /partner/lists/columns/{job}": PARTNER,
    "GET /partner/lists/{number}": PARTNER,
    "POST /partner/lists/{number}/commit": PARTNER,
    "POST /partner/lists/{number}/discard": PARTNER,
    "GET /partner/lists/{number}/bad-rows.xlsx": PARTNER,
    "GET /partner/summaries": PARTNER,
    "GET /partner/summaries/{number}": PARTNER,
    "GET /partner/summaries/{number}/file.{kind}": PARTNER,
    "POST /partner/summaries/{number}/questions": PARTNER,
    "GET /partner/agreement": PARTNER,
    # Manager
    "GET /campaigns": MANAGER,
    "GET /campaigns/{code}": MANAGER,
    "POST /campaigns/{code}/pause": MANAGER,
    "POST /campaigns/{code}/resume": MANAGER,
    "POST /sending/stop": MANAGER,
    "POST /sending/resume": ADMINISTRATOR | MANAGER,
    "GET /campaigns/{code}/cases": MANAGER,
    "GET /campaigns/{code}/summaries": MANAGER,
    "POST /campaigns/{code}/summaries": MANAGER,
    "GET /campaigns/{code}/summaries/{number}": MANAGER,
    "POST /campaigns/{code}/summaries/{number}/release": MANAGER,
    "POST /campaigns/{code}/summaries/questions/{number}": MANAGER,
    "POST /campaigns/{code}/summaries/wordings/{number}": MANAGER,
    # The way to a launch
    "GET /campaigns/new": MANAGER,
    "POST /campaigns/new": MANAGER,
    "POST /campaigns/new/import": MANAGER,
    "GET /campaigns/{code}/definition.zip": MANAGER,
    "GET /campaigns/{code}/way": MANAGER,
    "GET /campaigns/{code}/way/list": MANAGER,
    "POST /campaigns/{code}/way/list": MANAGER,
    "GET /campaigns/{code}/way/list/columns/{job}": MANAGER,
    "POST /campaigns/{code}/way/list/columns/{job}": MANAGER,
    "GET /campaigns/{code}/way/list/{number}": MANAGER,
    "POST /campaigns/{code}/way/list/{number}/commit": MANAGER,
    "POST /campaigns/{code}/way/list/{number}/discard": MANAGER,
    "GET /campaigns/{code}/way/list/{number}/bad-rows.xlsx": MANAGER,
    "GET /campaigns/{code}/way/duplicates": MANAGER,
    "POST /campaigns/{code}/way/duplicates/match": MANAGER,
    "GET /campaigns/{code}/way/duplicates/{one}/{other}": MANAGER,
    "POST /campaigns/{code}/way/duplicates/{one}/{other}": MANAGER,
    "POST /campaigns/{code}/way/duplicates/decisions/{decision}/undo": MANAGER,
    "GET /campaigns/{code}/way/segments": MANAGER,
    "POST /campaigns/{code}/way/segments": MANAGER,
    "POST /campaigns/{code}/way/segments/add": MANAGER,
    "POST /campaigns/{code}/way/segments/remove": MANAGER,
    "POST /campaigns/{code}/way/segments/count": MANAGER,
    "GET /campaigns/{code}/way/segments/{part}/{rule}": MANAGER,
    "POST /campaigns/{code}/way/segments/{part}/{rule}": MANAGER,
    "GET /campaigns/{code}/way/messages": MANAGER,
    "POST /campaigns/{code}/way/messages": MANAGER,
    "GET /campaigns/{code}/way/messages/{language}": MANAGER,
    "POST /campaigns/{code}/way/messages/{language}/sms/preview": MANAGER,
    "POST /campaigns/{code}/way/messages/{language}/{channel}": MANAGER,
    "GET /campaigns/{code}/way/messages/{language}/letter.pdf": MANAGER,
    "GET /campaigns/{code}/way/messages/{language}/letter.png": MANAGER,
    "GET /campaigns/{code}/way/plan": MANAGER,
    "POST /campaigns/{code}/way/plan": MANAGER,
    "GET /campaigns/{code}/way/plan/people": MANAGER,
    "POST /campaigns/{code}/way/plan/people": MANAGER,
    "GET /campaigns/{code}/way/rehearsal": MANAGER,
    "POST /campaigns/{code}/way/rehearsal": MANAGER,
    "POST /campaigns/{code}/way/rehearsal/approve": MANAGER,
    "GET /campaigns/{code}/way/launch": MANAGER,
    "POST /campaigns/{code}/way/launch": MANAGER,
    "GET /replies": STAFF,
    "POST /replies/{number}": STAFF,
    "GET /search": STAFF,
    "POST /search": STAFF,
    "GET /cases/{number}": STAFF,
    "POST /cases/{number}/objection": STAFF,
    "POST /cases/{number}/promise": STAFF,
    "POST /cases/{number}/snooze": STAFF,
    "GET /board": MANAGER,
    "POST /board/move": MANAGER,
    "POST /board/shifts": MANAGER,
    "POST /board/absences": MANAGER,
    "POST /board/absences/{number}/lift": MANAGER,
    "POST /board/plan": MANAGER,
    "GET /conflicts": STAFF,
    "POST /conflicts/{fact}": STAFF,
    # Mediator: the application holds nobody's data, and asks as JSON
    "GET /service-worker.js": Open.ANYONE,
    "GET /manifest.webmanifest": Open.ANYONE,
    "GET /today": MEDIATOR,
    "GET /today/{shift}": MEDIATOR,
    "GET /phone/day": MEDIATOR,
    "POST /phone/next": MEDIATOR,
    "POST /phone/release": MEDIATOR,
    "POST /phone/ring": MEDIATOR,
    "POST /phone/facts": MEDIATOR,
    "POST /phone/find": MEDIATOR,
    # Administration
    "GET /admin/accounts": ADMINISTRATOR,
    "POST /admin/accounts": ADMINISTRATOR,
    "POST /admin/accounts/{number}/invite": ADMINISTRATOR,
    "POST /admin/accounts/{number}/roles": ADMINISTRATOR,
    "POST /admin/accounts/{number}/roles/{role}/end": ADMINISTRATOR,
    "POST /admin/accounts/{number}/factor/remove": ADMINISTRATOR,
    "POST /admin/accounts/{number}/close": ADMINISTRATOR,
    "GET /admin/network": ADMINISTRATOR,
    "POST /admin/network/senders": ADMINISTRATOR,
    "POST /admin/network/closures": ADMINISTRATOR,
    "POST /admin/network/providers": ADMINISTRATOR,
    "GET /admin/agreements": ADMINISTRATOR,
    "POST /admin/agreements/{number}/documents": ADMINISTRATOR,
    "GET /admin/agreements/documents/{number}": ADMINISTRATOR,
    "GET /requests": OFFICER,
    "POST /requests": OFFICER,
    "GET /requests/{number}": OFFICER,
    "POST /requests/{number}/find": OFFICER,
    "POST /requests/{number}/person": OFFICER,
    "POST /requests/{number}/settle": OFFICER,
    "GET /requests/{number}/record.{kind}": OFFICER,
    "POST /requests/{number}/erase": OFFICER,
    "GET /privacy": OFFICER,
    "GET /privacy/register.{kind}": OFFICER,
    "GET /privacy/impact/{code}.{kind}": OFFICER,
    "GET /audit": READS_AUDIT,
}
"""Method and path of each route, and who may use it."""


def who_may(method: str, path: str) -> Who:
    """Who may use a route; nobody for one that is not in the table."""
    return ROUTES.get(f"{'GET' if method == 'HEAD' else method} {path}", frozenset())
