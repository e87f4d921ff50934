"""Signing in and out: password, second factor, invitation, language."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import text

from outreach.core import audit
from outreach.core.errors import PolicyError
from outreach.core.i18n import _
from outreach.models import Account
from outreach.web.access import accounts, factor, limits, sessions
from outreach.web.access.gate import Visiting
from outreach.web.access.headers import LANGUAGE
from outreach.web.look.pages import render

router = APIRouter()
HALFWAY = "__Host-outreach-halfway"
"""The cookie of who gave the password and still owes the code of their second factor."""
YEAR = 366 * 24 * 3600
SEE_OTHER, TOO_MANY, REFUSED = 303, 429, 401
PROVIDERS = """
SELECT a.code, a.name FROM identity_provider p JOIN association a ON a.id = p.association_id ORDER BY a.name
"""


@router.get("/login")
def ask(request: Request, next_path: Annotated[str, Query(alias="next")] = "/") -> Response:
    """The page to sign in on."""
    if request.state.viewer is not None:
        return RedirectResponse(inside(next_path), SEE_OTHER)
    return _login(request, next_path)


@router.post("/login")
def enter(
    request: Request,
    login: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next_path: Annotated[str, Form(alias="next")] = "/",
) -> Response:
    """Check a password: in, on to the second factor, or once more."""
    database = request.app.state.database
    name = login.strip().lower()
    if not (address_may(request) and limits.may_guess(database, name)):
        return _login(request, next_path, login, _("Trop d'essais. Attendez quelques minutes."), TOO_MANY)
    with database.session() as session:
        account = accounts.recognise(session, login, password)
        if account is None:
            known = accounts.named(session, name)
            # Who is unknown is not written down: it may be a password in the wrong field.
            audit.record(session, "web", "session.refused", f"account {known.id}" if known else "account", {"proof": "password"})
    if account is None:
        limits.guessed_wrong(database, name)
        return _login(request, next_path, login, _("Ce nom et ce mot de passe ne vont pas ensemble."), REFUSED)
    return _after_password(request, account, next_path)


@router.post("/login/code")
def second(request: Request, code: Annotated[str, Form()] = "", next_path: Annotated[str, Form(alias="next")] = "/") -> Response:
    """Check the code of a second factor; each serves once."""
    database = request.app.state.database
    number = factor.halfway_of(database, request.cookies.get(HALFWAY, ""))
    if number is None:
        return _login(request, next_path, "", _("Cela a pris trop de temps. Recommencez."), REFUSED)
    if not limits.may_guess(database, f"factor {number}"):
        problem = _("Trop d'essais. Attendez quelques minutes.")
        return render(request, "access/code.html", status=TOO_MANY, next=inside(next_path), problem=problem)
    with database.session() as session:
        account = session.get_one(Account, number, with_for_update=True)
        fits = factor.accept(database, account, code)
        if not fits:
            audit.record(session, "web", "session.refused", f"account {number}", {"proof": "second_factor"})
    if not fits:
        limits.guessed_wrong(database, f"factor {number}")
        problem = _("Ce code ne convient pas, ou il a déjà servi.")
        return render(request, "access/code.html", status=REFUSED, next=inside(next_path), problem=problem)
    response = signed_in(request, account, "second_factor", next_path)
    response.delete_cookie(HALFWAY, path="/", secure=True, httponly=True, samesite="lax")
    return response


@router.post("/logout")
def leave(visit: Visiting) -> Response:
    """Sign out: the session ends here, and what the browser kept is wiped."""
    sessions.end(visit.database, visit.viewer.session, visit.actor)
    response = RedirectResponse("/login", SEE_OTHER)
    sessions.take_away(response)
    return response


@router.post("/language")
def speak(request: Request, lang: Annotated[str, Form()] = "fr", next_path: Annotated[str, Form(alias="next")] = "/") -> Response:
    """Choose the language of the screens, for this browser and, signed in, for the account."""
    chosen = "en" if lang == "en" else "fr"
    if request.state.viewer is not None:
        with request.app.state.database.session() as session:
            values = {"id": request.state.viewer.id, "language": chosen}
            session.execute(text("UPDATE account SET language = :language WHERE id = :id"), values)
    response = RedirectResponse(inside(next_path), SEE_OTHER)
    response.set_cookie(LANGUAGE, chosen, max_age=YEAR, path="/", secure=True, httponly=True, samesite="lax")
    return response


@router.get("/invitation/{secret}")
def welcome(request: Request, secret: str) -> Response:
    """The page on which an invited person chooses a password."""
    with request.app.state.database.session() as session:
        account = accounts.invited(session, secret) if address_may(request) else None
    if account is None:
        problem = _("Cette invitation a déjà servi, ou elle est trop ancienne. Demandez-en une autre.")
        return render(
            request, "message.html", status=404, title=_("Invitation inconnue"), words=problem, way=("/login", _("Se connecter"))
        )
    return render(
        request, "access/invitation.html", name=account.name, login=account.code, problem="", shortest=accounts.SHORTEST
    )


@router.post("/invitation/{secret}")
def take_up(request: Request, secret: str, password: Annotated[str, Form()] = "", again: Annotated[str, Form()] = "") -> Response:
    """Choose the password, and be signed in; a second factor is still owed, which no link stands for."""
    database = request.app.state.database
    try:
        with database.session() as session:
            account = accounts.take_up(session, secret, password, again)
    except PolicyError as error:
        with database.session() as session:
            known = accounts.invited(session, secret)
        if known is None:
            return welcome(request, secret)
        return render(
            request,
            "access/invitation.html",
            status=422,
            name=known.name,
            login=known.code,
            problem=str(error),
            shortest=accounts.SHORTEST,
        )
    return _after_password(request, account, "/")


def inside(path: str) -> str:
    """A path of ours; anything else is the first page. Nobody is led away after signing in."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and "\n" not in path and "\r" not in path else "/"


def signed_in(request: Request, account: Account, proof: str, next_path: str, association: int | None = None) -> Response:
    """A new session, whatever the browser had before: a planted one is of no use. ``association``: as for ``sessions.begin``."""
    database = request.app.state.database
    if request.state.viewer is not None:
        sessions.end(database, request.state.viewer.session, request.state.viewer.code)
    response = RedirectResponse(inside(next_path), SEE_OTHER)
    sessions.give(response, sessions.begin(database, account.id, account.code, proof, association))
    if account.language:
        response.set_cookie(LANGUAGE, account.language, max_age=YEAR, path="/", secure=True, httponly=True, samesite="lax")
    return response


def _after_password(request: Request, account: Account, next_path: str) -> Response:
    """In, or on to the second factor where the account has one."""
    if account.second_factor is None:
        return signed_in(request, account, "password", next_path)
    response = render(request, "access/code.html", next=inside(next_path), problem="")
    response.set_cookie(
        HALFWAY,
        factor.halfway(request.app.state.database, account.id),
        max_age=factor.HALFWAY_SECONDS,
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
    )
    return response


def _login(request: Request, next_path: str, login: str = "", problem: str = "", status: int = 200) -> Response:
    with request.app.state.database.session() as session:
        providers = [(row.code, row.name) for row in session.execute(text(PROVIDERS))]
    return render(
        request, "access/login.html", status=status, next=inside(next_path), login=login, problem=problem, providers=providers
    )


def address_may(request: Request) -> bool:
    """Whether whoever asks may try again: so many tries a minute from one address."""
    address = request.client.host if request.client else "unknown"
    return limits.take(request.app.state.database, limits.ADDRESS, address)
