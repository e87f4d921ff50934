"""Accounts: who may sign in and as what; made, invited, given a role, closed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import text

from outreach.core.errors import PolicyError
from outreach.core.i18n import _
from outreach.core.roles import Role
from outreach.models import Account, AccountRole
from outreach.web.access import accounts, sessions
from outreach.web.access.gate import NotThereError, Visit, Visiting
from outreach.web.access.outward import public_address

router = APIRouter(prefix="/admin/accounts")
ACCOUNTS = """
SELECT a.id, a.code, a.name, a.email, a.closed_at, a.password_hash IS NOT NULL AS ready, a.second_factor IS NOT NULL AS factor,
       (SELECT max(s.seen_at) FROM web_session s WHERE s.account_id = a.id) AS seen_at
FROM account a ORDER BY a.closed_at IS NOT NULL, a.code
"""
ROLES = """
SELECT r.id, r.account_id, r.role, coalesce(o.name, p.name, '') AS place FROM account_role r
  LEFT JOIN association o ON o.id = r.association_id LEFT JOIN partner p ON p.id = r.partner_id
WHERE r.ended_at IS NULL ORDER BY r.role
"""
PLACES = {
    "associations": "SELECT code, name FROM association ORDER BY name",
    "partners": "SELECT code, name FROM partner ORDER BY name",
    "mediators": """SELECT m.code, m.name
        FROM mediator m
        WHERE NOT EXISTS (SELECT FROM account a WHERE a.mediator_id = m.id)
        ORDER BY m.name""",
}


@router.get("")
def listed(visit: Visiting) -> Response:
    """Every account with its roles."""
    return _page(visit)


@router.post("")
def create(
    visit: Visiting, code: Annotated[str, Form()], email: Annotated[str, Form()], name: Annotated[str, Form()],
    role: Annotated[Role, Form()],
    association: Annotated[str, Form()] = "", partner: Annotated[str, Form()] = "", mediator: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """A new account with its first role; its invitation is shown this once."""
    with visit.database.session() as session:
        made = accounts.create(session, code, email, name, actor=visit.actor, mediator=mediator or None)
        accounts.grant(session, made, role, actor=visit.actor, association=association or None, partner=partner or None)
        secret = accounts.invite(session, made, actor=visit.actor)
    return _page(visit, invitation=_address(visit, secret), invited=made.name)


@router.post("/{number}/invite")
def invite(visit: Visiting, number: int) -> Response:
    """A new invitation; the earlier ones end."""
    with visit.database.session() as session:
        account = _account(session, number)
        secret = accounts.invite(session, account, actor=visit.actor)
        name = account.name
    return _page(visit, invitation=_address(visit, secret), invited=name)


@router.post("/{number}/roles")
def grant(
    visit: Visiting,
    number: int,
    role: Annotated[Role, Form()],
    association: Annotated[str, Form()] = "",
    partner: Annotated[str, Form()] = "",
) -> Response:
    """One role more, for somebody else: no administrator makes themselves an officer or a manager of an association."""
    if number == visit.viewer.id:
        raise PolicyError(_("personne ne se donne un rôle"), mend=_("Demandez-le à un autre administrateur."))
    with visit.database.session() as session:
        account = _account(session, number)
        accounts.grant(session, account, role, actor=visit.actor, association=association or None, partner=partner or None)
    return RedirectResponse("/admin/accounts", 303)


@router.post("/{number}/roles/{role}/end")
def withdraw(visit: Visiting, number: int, role: int) -> Response:
    """Take a role back; who is signed in under it is signed out."""
    with visit.database.session() as session:
        held = session.get(AccountRole, role)
        if held is None or held.account_id != number:
            raise NotThereError
        accounts.withdraw(session, _account(session, number), held, actor=visit.actor)
    sessions.end_all(visit.database, number, visit.actor)
    return RedirectResponse("/admin/accounts", 303)


@router.post("/{number}/factor/remove")
def remove_factor(visit: Visiting, number: int) -> Response:
    """Take the second factor away from somebody whose phone is gone."""
    with visit.database.session() as session:
        accounts.replace_phone(session, _account(session, number), actor=visit.actor)
    return RedirectResponse("/admin/accounts", 303)


@router.post("/{number}/close")
def close(visit: Visiting, number: int) -> Response:
    """Close an account for good."""
    with visit.database.session() as session:
        accounts.close(session, _account(session, number), actor=visit.actor)
    return RedirectResponse("/admin/accounts", 303)


def _page(visit: Visit, **more: Any) -> Response:
    with visit.database.session() as session:
        rows = [dict(row) for row in session.execute(text(ACCOUNTS)).mappings()]
        roles: dict[int, list[Any]] = {}
        for held in session.execute(text(ROLES)):
            roles.setdefault(held.account_id, []).append(held)
        places: dict[str, Any] = {name: session.execute(text(query)).all() for name, query in PLACES.items()}
    values = {"invitation": "", "invited": ""} | more
    return visit.page("admin/accounts.html", accounts=rows, roles=roles, all_roles=list(Role), **places, **values)


def _account(session: Any, number: int) -> Account:
    found = session.get(Account, number)
    if found is None:
        raise NotThereError
    return found  # type: ignore[no-any-return]


def _address(visit: Visit, secret: str) -> str:
    return f"{public_address(visit.request)}/invitation/{secret}"
