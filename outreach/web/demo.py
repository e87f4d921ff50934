"""The demonstration's own door: one address a role, signed in at once.

Only ``outreach --demo serve`` opens it, on invented people.
"""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select, text

from outreach.core import clock
from outreach.core.roles import OF_AN_ASSOCIATION, Role
from outreach.models import Account
from outreach.reporting import release_summary
from outreach.web.access import accounts, sessions
from outreach.web.access.gate import NotThereError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from outreach.core.database import Database

router = APIRouter(prefix="/demo")
PEOPLE = (
    ("manager", "Camille Martin", Role.MANAGER),
    ("second-manager", "Dominique Petit", Role.MANAGER),
    ("supplier", "Sacha Durand", Role.PARTNER),
    ("administrator", "Alix Moreau", Role.ADMINISTRATOR),
    ("officer", "Claude Lefèvre", Role.OFFICER),
    ("auditor", "Morgan Girard", Role.AUDITOR),
)
"""Code, name and role; the mediators are those who have work."""
# Mediators with work from today on, those with both a round and calls first.
WORKING = """
SELECT m.code, m.name, count(DISTINCT s.kind) AS kinds, count(k.id) AS contacts
FROM mediator m JOIN shift s ON s.mediator_id = m.id
  JOIN contact k ON k.shift_id = s.id AND k.state = 'planned'
WHERE s.day = :today GROUP BY m.id ORDER BY kinds DESC, contacts DESC, m.code LIMIT 2
"""
OWN = """
SELECT a.code AS association, p.code AS partner FROM campaign c JOIN agreement g ON g.id = c.agreement_id
  JOIN association a ON a.id = g.association_id JOIN partner p ON p.id = g.partner_id ORDER BY c.id LIMIT 1
"""
# What was produced for that partner, unless they have something to read already.
TO_READ = """
SELECT max(s.id)
FROM summary s JOIN partner p ON p.id = s.partner_id
WHERE p.code = :partner
HAVING bool_and(s.state = 'produced')
"""


def settle(database: Database) -> list[str]:
    """Make the demonstration's accounts if need be, and hand their summary to the partner.

    Returns the codes, as they are printed.
    """
    with database.session() as session:
        own = session.execute(text(OWN)).one()
        workers = session.execute(text(WORKING), {"today": clock.today()}).all()
        people = [*PEOPLE, *((row.code, row.name, Role.MEDIATOR) for row in workers)]
        for code, name, role in people:
            if session.scalar(select(Account.id).where(Account.code == code)) is not None:
                continue
            mediator = code if role is Role.MEDIATOR else None
            account = accounts.create(session, code, f"{code}@pimms.example", name, actor="demo", mediator=mediator)
            of = {"association": own.association} if role in OF_AN_ASSOCIATION else {}
            accounts.grant(
                session, account, role, actor="demo", **of, **({"partner": own.partner} if role is Role.PARTNER else {})
            )
        produced = session.scalar(text(TO_READ), {"partner": own.partner})
        if produced is not None:
            release_summary(session, produced, actor="demo", reviewed_by="second-manager")
    return [code for code, _name, _role in people]


def open_door(app: FastAPI) -> str:
    """Let the demonstration's addresses in; returns the key in them, which holds as long as this server."""
    app.state.demo_key = secrets.token_urlsafe(12)
    app.include_router(router)
    return str(app.state.demo_key)


@router.get("/{key}/{code}")
def enter(request: Request, key: str, code: str) -> Response:
    """Sign in as one of the demonstration's people."""
    database = request.app.state.database
    if not hmac.compare_digest(key.encode(), request.app.state.demo_key.encode()):
        raise NotThereError
    with database.session() as session:
        account = session.scalar(select(Account).where(Account.code == code))
    if account is None:
        raise NotThereError
    response = RedirectResponse("/", 303)
    sessions.give(response, sessions.begin(database, account.id, account.code, "demo"))
    return response
