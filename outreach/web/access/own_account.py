"""What everybody may do with their own account: the password, the second factor, and ending sessions on other devices."""

from __future__ import annotations

import io
from typing import Annotated

import segno
from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup
from sqlalchemy import text

from outreach.core import audit, clock
from outreach.core.errors import PolicyError
from outreach.core.i18n import _
from outreach.models import Account
from outreach.web.access import accounts, factor, limits, sessions
from outreach.web.access.gate import Visit, Visiting

router = APIRouter(prefix="/account")
SESSIONS = """
SELECT id, proof, began_at, seen_at
FROM web_session
WHERE account_id = :account AND ended_at IS NULL AND valid_to > :now
ORDER BY seen_at DESC
"""


@router.get("")
def show(visit: Visiting, saved: str = "") -> Response:
    """Who one is to the network, and where one is signed in."""
    with visit.database.session() as session:
        rows = session.execute(text(SESSIONS), {"account": visit.viewer.id, "now": clock.now()}).all()
        has_password = session.get_one(Account, visit.viewer.id).password_hash is not None
    return visit.page("access/account.html", sessions=rows, saved=saved, has_password=has_password, shortest=accounts.SHORTEST)


@router.post("/password")
def change_password(
    visit: Visiting,
    password: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """Take another password (ASVS 4.0.3, V2.1.5 and V2.1.6); whoever is signed in elsewhere by the old one is signed out."""
    number = _sure(visit, password).id
    with visit.database.session() as session:
        accounts.change_password(session, session.get_one(Account, number), new, again, here=visit.viewer.session)
    return RedirectResponse("/account?saved=password", 303)


@router.post("/factor")
def begin(visit: Visiting, password: Annotated[str, Form()] = "") -> Response:
    """Show the square to scan; nothing changes until a code of it was given. The password is asked again."""
    account, secret = _sure(visit, password), factor.new_secret()
    return _offer(visit, account, secret, factor.offer(visit.database, secret, account.id))


@router.post("/factor/confirm")
def confirm(visit: Visiting, offer: Annotated[str, Form()] = "", code: Annotated[str, Form()] = "") -> Response:
    """Take the second factor into use once its code was shown to work."""
    secret = factor.offered(visit.database, offer, visit.viewer.id)
    if secret is None:
        raise PolicyError(_("ce carré n'est plus bon"), mend=_("Recommencez depuis votre compte."))
    with visit.database.session() as session:
        account = session.get_one(Account, visit.viewer.id)
        step = factor.step_of(secret, code)
        if step is not None:
            accounts.add_factor(session, account, factor.seal(visit.database, secret), step, here=visit.viewer.session)
    if step is None:
        return _offer(visit, account, secret, offer, _("Ce code ne convient pas."), status=422)
    return RedirectResponse("/account?saved=factor", 303)


@router.post("/factor/remove")
def remove(visit: Visiting, password: Annotated[str, Form()] = "") -> Response:
    """Do without the second factor again."""
    number = _sure(visit, password).id
    with visit.database.session() as session:
        accounts.remove_factor(session, session.get_one(Account, number), actor=visit.actor)
    return RedirectResponse("/account?saved=removed", 303)


@router.post("/sessions/end")
def end_sessions(visit: Visiting) -> Response:
    """Sign out everywhere: a phone was lost, or left somewhere."""
    sessions.end_all(visit.database, visit.viewer.id, visit.actor)
    response = RedirectResponse("/login", 303)
    sessions.take_away(response)
    return response


def _offer(visit: Visit, account: Account, secret: str, offer: str, problem: str = "", status: int = 200) -> Response:
    values = {"square": _square(factor.address_of(secret, account)), "secret": secret, "offer": offer}
    return visit.page("access/factor.html", status=status, problem=problem, **values)


def _sure(visit: Visit, password: str) -> Account:
    """The account, once its password was given again. Raises ``PolicyError``."""
    if not limits.may_guess(visit.database, f"again {visit.viewer.id}"):
        raise PolicyError(_("trop d'essais"), mend=_("Attendez quelques minutes."))
    with visit.database.session() as session:
        account = accounts.recognise(session, visit.viewer.code, password)
        if account is None:
            audit.record(session, visit.actor, "session.refused", f"account {visit.viewer.id}", {"proof": "password"})
    if account is None:
        limits.guessed_wrong(visit.database, f"again {visit.viewer.id}")
        raise PolicyError(_("ce n'est pas votre mot de passe"), mend=_("Revenez en arrière et écrivez-le encore une fois."))
    return account


def _square(address: str) -> Markup:
    out = io.BytesIO()
    segno.make(address, error="m").save(
        out, kind="svg", scale=5, border=3, xmldecl=False, svgns=True, nl=False, dark="#1b2430", light="#ffffff"
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - our own SVG, of nothing but squares
