"""Signing in by an association's own identity provider (OpenID Connect Core 1.0, code flow with PKCE, RFC 7636)."""

from __future__ import annotations

import hmac
import os
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import text

from outreach.core import audit, clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.models import Account
from outreach.web.access.gate import NotThereError
from outreach.web.access.outward import InwardError, public_address, require_outward
from outreach.web.access.sessions import hashed
from outreach.web.access.signing_in import address_may, signed_in

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.database import Database

router = APIRouter(prefix="/login")
WITHIN = timedelta(minutes=10)
"""How long somebody may take at their provider."""
STATE = "__Host-outreach-state"
"""The cookie of the browser that went to the provider: the answer is for it alone, and nobody is signed in by a link."""
SECONDS = 5.0
CLOCKS_APART = 60
"""Seconds by which the provider's clock may differ from ours."""
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384"]
"""Signatures by a key pair; never ``none``, never a shared secret."""
OF = """
SELECT p.issuer, p.client_id, a.id, a.code
FROM identity_provider p JOIN association a ON a.id = p.association_id
WHERE a.code = :code
"""
BEGIN = """
INSERT INTO sign_in_start (sha256, association_id, nonce, verifier, begun_at)
VALUES (:sha256, :association, :nonce, :verifier, :now)
"""
COME_BACK = """
DELETE FROM sign_in_start WHERE sha256 = :sha256 AND association_id = :association RETURNING nonce, verifier, begun_at
"""
# Who they are to us: known by their number at that issuer, else the one account of that association with their proven e-mail, if it
# has no other number there.
KNOWN = """
SELECT a.id, s.subject
FROM account a LEFT JOIN provider_subject s ON s.account_id = a.id AND s.issuer = :issuer AND s.client_id = :client
WHERE a.closed_at IS NULL
  AND EXISTS (SELECT FROM account_role r WHERE r.account_id = a.id AND r.association_id = :association AND r.ended_at IS NULL)
  AND (s.subject = :subject OR (s.subject IS NULL AND CAST(:email AS text) IS NOT NULL AND lower(a.email) = lower(:email)))
ORDER BY s.subject NULLS LAST LIMIT 1
"""
# A number whose account was closed, or works elsewhere now, stays with it: nobody else gets in by it.
REMEMBER = """
INSERT INTO provider_subject (issuer, client_id, subject, account_id, first_at)
VALUES (:issuer, :client, :subject, :account, :now)
ON CONFLICT DO NOTHING RETURNING 1
"""


@dataclass(frozen=True)
class Provider:
    """The identity provider of an association, and what it says of itself."""

    association: int
    issuer: str
    client_id: str
    secret: str | None
    metadata: dict[str, Any]


ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
"""What a provider tells of where people and we are to go next."""


@router.get("/{association}")
def begin(request: Request, association: str) -> Response:
    """Lead to the provider; what comes back is known by a state that is kept as a hash and used once, by this browser."""
    database = request.app.state.database
    _require_turn(request)
    provider = _provider(database, association)
    state, nonce, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    values = {
        "sha256": hashed(state),
        "association": provider.association,
        "nonce": nonce,
        "verifier": verifier,
        "now": clock.now(),
    }
    with database.session() as session:
        session.execute(text(BEGIN), values)
    with _client(provider, request, association) as client:
        address, _state = client.create_authorization_url(
            provider.metadata["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
        )
    response = RedirectResponse(address, 303)
    response.set_cookie(STATE, state, max_age=int(WITHIN.total_seconds()), path="/", secure=True, httponly=True, samesite="lax")
    return response


@router.get("/{association}/back")
def come_back(request: Request, association: str, state: str = "", code: str = "", error: str = "") -> Response:
    """Take what the provider says, check all of it, and sign in the account that it names."""
    database = request.app.state.database
    _require_turn(request)
    if not hmac.compare_digest(request.cookies.get(STATE, "").encode(), state.encode()):
        raise _failed()
    provider = _provider(database, association)
    values = {"sha256": hashed(state), "association": provider.association}
    with database.session() as session:
        started = session.execute(text(COME_BACK), values).first()
    if started is None or clock.now() - started.begun_at > WITHIN or error or not code:
        raise _failed()
    claims = _claims(provider, request, association, code, started)
    with database.session() as session:
        account = _account(session, provider, claims)
    if account is None:
        raise UnknownHereError
    response = signed_in(request, account, "provider", "/", association=provider.association)
    response.delete_cookie(STATE, path="/", secure=True, httponly=True, samesite="lax")
    return response


def forget(database: Database) -> int:
    """Drop the sign-ins that nobody came back from in time; returns how many."""
    with database.session() as session:
        done = session.execute(text("DELETE FROM sign_in_start WHERE begun_at < :before"), {"before": clock.now() - WITHIN})
        return int(done.rowcount)  # type: ignore[attr-defined]


def _require_turn(request: Request) -> None:
    if not address_may(request):
        raise OutreachError(_("trop d'essais"), mend=_("Attendez une minute."))


def _provider(database: Database, association: str) -> Provider:
    with database.session() as session:
        row = session.execute(text(OF), {"code": association}).first()
    if row is None:
        raise NotThereError
    secret = os.environ.get(f"OUTREACH_OIDC_SECRET_{row.code.upper().replace('-', '_')}")
    try:
        metadata = _read(f"{row.issuer}/.well-known/openid-configuration")
    except (requests.RequestException, ValueError) as error:
        raise _unreachable(row.code) from error
    if metadata.get("issuer", "").rstrip("/") != row.issuer:
        raise _unreachable(row.code)
    try:
        for endpoint in ENDPOINTS:
            require_outward(str(metadata.get(endpoint, "")), row.issuer)
    except InwardError as error:
        raise _unreachable(row.code) from error
    return Provider(row.id, row.issuer, row.client_id, secret, metadata)


def _claims(provider: Provider, request: Request, association: str, code: str, started: Any) -> dict[str, Any]:
    """What the provider says of who signed in: signed by it, for us, now, in answer to this very sign-in."""
    try:
        with _client(provider, request, association) as client:
            token = client.fetch_token(
                provider.metadata["token_endpoint"], code=code, code_verifier=started.verifier, timeout=SECONDS
            )
        keys = KeySet.import_key_set(_read(provider.metadata["jwks_uri"]))
        claims: dict[str, Any] = jwt.decode(token["id_token"], keys, algorithms=ALGORITHMS).claims
        jwt.JWTClaimsRegistry(
            now=int(clock.now().timestamp()), leeway=CLOCKS_APART, iss={"essential": True, "value": provider.metadata["issuer"]},
            aud={"essential": True, "value": provider.client_id}, exp={"essential": True}, sub={"essential": True},
            nonce={"essential": True, "value": started.nonce},
        ).validate(claims)  # fmt: skip
    except (requests.RequestException, OAuthError, JoseError, KeyError, ValueError, TypeError) as error:
        raise _failed() from error
    return claims


def _account(session: Session, provider: Provider, claims: dict[str, Any]) -> Account | None:
    """The account of who signed in; nobody's is on record as refused."""
    proven = claims.get("email") if claims.get("email_verified") is True else None
    values = {
        "association": provider.association, "issuer": provider.issuer, "client": provider.client_id, "subject": claims["sub"], "email": proven,
    }  # fmt: skip
    found = session.execute(text(KNOWN), values).first()
    if found is not None and (found.subject is not None or _remembered(session, found.id, values)):
        return session.get_one(Account, found.id)
    audit.record(session, "web", "session.refused", "provider", {"association": provider.association})
    return None


def _remembered(session: Session, account: int, values: dict[str, Any]) -> bool:
    """Whether this number is the account's from now on; not when it is another's already."""
    return session.execute(text(REMEMBER), {**values, "account": account, "now": clock.now()}).first() is not None


def _client(provider: Provider, request: Request, association: str) -> OAuth2Session:
    back = f"{public_address(request)}/login/{association}/back"
    method = "client_secret_basic" if provider.secret else "none"
    return OAuth2Session(
        provider.client_id, provider.secret, scope="openid email", redirect_uri=back, code_challenge_method="S256",
        token_endpoint_auth_method=method,
    )  # fmt: skip


def _read(address: str) -> Any:
    """What the provider publishes; it does not lead elsewhere."""
    answer = requests.get(address, timeout=SECONDS, allow_redirects=False)
    answer.raise_for_status()
    return answer.json()


def _failed() -> OutreachError:
    return OutreachError(_("la connexion n'a pas abouti"), mend=_("Recommencez depuis la page de connexion."))


def _unreachable(association: str) -> OutreachError:
    return OutreachError(
        _("le fournisseur d'identité ne répond pas comme il devrait"),
        place=association,
        mend=_("Connectez-vous par votre mot de passe."),
    )


class UnknownHereError(OutreachError):
    """Somebody who is known to their provider and not to us."""

    def __init__(self) -> None:
        super().__init__(_("aucun compte ne correspond ici à cette connexion"), mend=_("Demandez qu'on vous crée un compte."))
