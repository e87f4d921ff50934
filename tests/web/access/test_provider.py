"""Signing in by an association's identity provider: a real one on loopback, honest and not."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
import uvicorn
from fastapi import FastAPI, Request
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import select, text

from outreach.core import clock
from outreach.core.roles import Role
from outreach.models import Account, Association, IdentityProvider
from outreach.web.access import accounts, limits, sessions
from outreach.web.access.outward import InwardError, require_outward
from outreach.web.access.provider import STATE
from tests.web.server import serving
from tests.web.tenants import PASSWORD, account

KEY, OTHER_KEY = RSAKey.generate_key(2048), RSAKey.generate_key(2048)


class Provider:
    """An identity provider that can be told to lie."""

    def __init__(self):
        self.base, self.nonce, self.lie = "", "", {}
        self.app = FastAPI()
        self.app.get("/.well-known/openid-configuration")(self.metadata)
        self.app.get("/keys")(lambda: {"keys": [KEY.as_dict(private=False) | {"kid": "one", "use": "sig", "alg": "RS256"}]})
        self.app.post("/token")(self.token)

    def metadata(self):
        return {
            "issuer": self.lie.get("issuer", self.base), "authorization_endpoint": f"{self.base}/authorize", "token_endpoint": f"{self.base}/token",
            "jwks_uri": f"{self.base}/keys",
        } | self.lie.get("metadata", {})  # fmt: skip

    async def token(self, request: Request):
        form = parse_qs((await request.body()).decode())
        self.verifier = form["code_verifier"][0]
        now = int(clock.now().timestamp())
        claims = {
            "iss": self.base, "aud": "outreach", "sub": "u-1", "exp": now + 300, "iat": now, "nonce": self.nonce, "email": "camille@exemple.example",
            "email_verified": True,
        } | self.lie.get("claims", {})  # fmt: skip
        key = OTHER_KEY if self.lie.get("key") else KEY
        return {"access_token": "x", "token_type": "Bearer", "id_token": jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)}


@contextmanager
def listening(provider):
    server = uvicorn.Server(uvicorn.Config(provider.app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    provider.base = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield provider
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def site(database):
    """A served database whose association signs in by a provider."""
    with listening(Provider()) as provider:
        with database.session() as session:
            association = Association(code="a", name="A")
            session.add(association)
            session.flush()
            account(session, "camille", Role.MANAGER, association="a")
            session.add(
                IdentityProvider(
                    association_id=association.id,
                    issuer=provider.base,
                    client_id="outreach",
                    recorded_at=clock.now(),
                    recorded_by="t",
                )
            )
        with serving(database) as client:
            yield client, provider, database


def begin(client, provider, association="a"):
    """Go to the provider; returns the state that comes back from there."""
    sent = client.get(f"/login/{association}")
    assert sent.status_code == 303
    asked = parse_qs(urlsplit(sent.headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    provider.nonce = asked["nonce"][0]
    state = asked["state"][0]
    kept = sent.headers["set-cookie"]
    assert kept.startswith(f"{STATE}={state};")
    assert all(part in kept for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"))
    return state


def come_back(client, state, code="c", association="a", browser=None):
    """Back from the provider, in the browser that was sent there or with another one's cookie."""
    kept = {"Cookie": f"{STATE}={state if browser is None else browser}"}
    return client.get(f"/login/{association}/back", params={"state": state, "code": code}, headers=kept)


def test_who_the_provider_knows_is_signed_in_and_remembered_by_their_number(site):
    client, provider, database = site
    back = come_back(client, begin(client, provider))
    assert (back.status_code, back.headers["location"]) == (303, "/")
    assert sessions.COOKIE in back.headers["set-cookie"]
    assert len(provider.verifier) > 40
    with database.session() as session:
        known = session.execute(text("SELECT issuer, subject FROM provider_subject")).one()
        assert known == (provider.base, "u-1")
    provider.lie = {"claims": {"email": "autre@exemple.example"}}
    assert come_back(client, begin(client, provider)).status_code == 303, "known by their number from now on"


def test_an_answer_is_for_the_browser_that_asked(site):
    """Somebody's link, made with their own account at the provider, signs nobody else in."""
    client, provider, _database = site
    state = begin(client, provider)
    for browser in ("", begin(client, provider)):
        back = come_back(client, state, browser=browser)
        assert (back.status_code, sessions.COOKIE in back.headers.get("set-cookie", "")) == (422, False)


def test_nobody_asks_a_provider_as_often_as_they_like(site):
    """Each time is a question to another's server and a row of ours, before anybody is known."""
    client, provider, database = site
    begin(client, provider)
    for _time in range(limits.ADDRESS.most):
        limits.take(database, limits.ADDRESS, "127.0.0.1")
    assert client.get("/login/a").status_code == 422
    with database.session() as session:
        assert session.execute(text("SELECT count(*) FROM sign_in_start")).scalar_one() == 1


def test_a_state_serves_once(site):
    client, provider, _database = site
    state = begin(client, provider)
    assert come_back(client, state).status_code == 303
    assert come_back(client, state).status_code == 422
    assert come_back(client, "never given").status_code == 422


@pytest.mark.parametrize(
    "lie",
    [
        {"key": True}, {"claims": {"nonce": "another"}}, {"claims": {"aud": "somebody else"}}, {"claims": {"iss": "https://autre.example"}},
        {"claims": {"exp": 1}}, {"claims": {"email_verified": False}}, {"claims": {"email": "inconnu@exemple.example"}},
    ],
    ids=json.dumps,
)  # fmt: skip
def test_a_provider_that_lies_signs_nobody_in(site, lie):
    client, provider, _database = site
    state = begin(client, provider)
    provider.lie = lie
    back = come_back(client, state)
    assert back.status_code == 422
    assert sessions.COOKIE + "=" not in back.headers.get("set-cookie", "")


def test_a_provider_of_another_association_signs_nobody_in(site):
    client, provider, database = site
    with database.session() as session:
        other = Association(code="b", name="B")
        session.add(other)
        session.flush()
        session.execute(text("UPDATE account_role SET association_id = :id"), {"id": other.id})
    assert come_back(client, begin(client, provider)).status_code == 422


@contextmanager
def second_provider(database, *works_there):
    """Another association with a provider of its own, for which these accounts work too."""
    with listening(Provider()) as provider:
        with database.session() as session:
            other = Association(code="b", name="B")
            session.add(other)
            session.flush()
            for code in works_there:
                accounts.grant(session, account_of(session, code), Role.MANAGER, actor="test", association="b")
            session.add(
                IdentityProvider(
                    association_id=other.id, issuer=provider.base, client_id="outreach", recorded_at=clock.now(), recorded_by="t"
                )
            )
        yield provider


def account_of(session, code):
    return session.scalars(select(Account).where(Account.code == code)).one()


def seen_as(database, answer):
    """Who the cookie of an answer is of."""
    return sessions.viewer(database, answer.headers["set-cookie"].split(f"{sessions.COOKIE}=")[1].split(";")[0])


def test_a_number_of_another_provider_is_somebody_else(site):
    client, provider, database = site
    assert come_back(client, begin(client, provider)).status_code == 303, "known here as u-1"
    with second_provider(database, "camille") as other:
        # Somebody else of the other association, whose number there happens to be the same.
        other.lie = {"claims": {"email": "quelqu-un@exemple.example"}}
        assert come_back(client, begin(client, other, "b"), association="b").status_code == 422
        other.lie = {"claims": {"sub": "u-7"}}
        assert come_back(client, begin(client, other, "b"), association="b").status_code == 303
    with database.session() as session:
        known = set(session.execute(text("SELECT issuer, subject FROM provider_subject")).all())
    assert known == {(provider.base, "u-1"), (other.base, "u-7")}, "one account, a number at each"


def test_one_provider_of_two_associations_may_give_each_another_number(site):
    client, provider, database = site
    assert come_back(client, begin(client, provider)).status_code == 303, "known to the first client as u-1"
    with second_provider(database, "camille"), database.session() as session:
        session.execute(text("UPDATE identity_provider SET issuer = :issuer, client_id = 'other' WHERE association_id = (SELECT id FROM association WHERE code = 'b')"),
                        {"issuer": provider.base})  # fmt: skip
    provider.lie = {"claims": {"aud": "other", "sub": "pairwise-9"}}
    assert come_back(client, begin(client, provider, "b"), association="b").status_code == 303
    provider.lie = {}
    assert come_back(client, begin(client, provider)).status_code == 303, "still u-1 there"


def test_a_number_that_was_somebodys_opens_nobody_elses_account(site):
    client, provider, database = site
    assert come_back(client, begin(client, provider)).status_code == 303
    with database.session() as session:
        account_of(session, "camille").closed_at = clock.now()
        account(session, "alix", Role.MANAGER, association="a")
    provider.lie = {"claims": {"email": "alix@exemple.example"}}
    assert come_back(client, begin(client, provider)).status_code == 422
    with database.session() as session:
        refused = session.execute(text("SELECT count(*) FROM audit_entry WHERE action = 'session.refused'")).scalar_one()
    assert refused == 1, "on record"


def test_a_provider_opens_nothing_of_another_association_or_the_network(site):
    client, provider, database = site
    with second_provider(database, "camille"):
        with database.session() as session:
            accounts.grant(session, account_of(session, "camille"), Role.ADMINISTRATOR, actor="test")
        back = come_back(client, begin(client, provider))
        seen, opened = seen_as(database, back), back.headers["set-cookie"].split(f"{sessions.COOKIE}=")[1].split(";")[0]
        assert (seen.roles, len(seen.associations), seen.in_network, seen.has_more) == ({Role.MANAGER}, 1, False, True)
        kept = client.get("/account", headers={"Cookie": f"{sessions.COOKIE}={opened}"})
        assert "seul ce que vous faites pour elle est ouvert" in kept.text
        entered = client.post("/login", data={"login": "camille", "password": PASSWORD})
        whole = seen_as(database, entered)
        assert (whole.roles, len(whole.associations), whole.has_more, whole.needs_factor) == ({Role.MANAGER}, 2, False, True)


def test_a_provider_that_says_to_be_another_is_not_asked(site):
    client, provider, _database = site
    provider.lie = {"issuer": "https://autre.example"}
    assert client.get("/login/a").status_code == 422
    assert client.get("/login/none").status_code == 404


@pytest.mark.parametrize("endpoint", ["token_endpoint", "jwks_uri", "authorization_endpoint"])
@pytest.mark.parametrize(
    "address", ["http://169.254.169.254/latest/meta-data", "https://10.0.0.1/keys", "file:///etc/passwd", ""]
)
def test_a_provider_cannot_send_us_into_our_own_house(site, endpoint, address):
    client, provider, _database = site
    provider.lie = {"metadata": {endpoint: address}}
    answer = client.get("/login/a")
    assert answer.status_code == 422
    assert sessions.COOKIE not in answer.headers.get("set-cookie", "")


@pytest.mark.parametrize(
    ("address", "names", "is_outward"),
    [
        ("https://id.exemple.example/keys", {}, True),
        ("http://id.exemple.example/keys", {}, False),
        ("https://keys.exemple.example/", {"keys.exemple.example": ["93.184.216.34"]}, True),
        ("https://keys.exemple.example/", {"keys.exemple.example": ["93.184.216.34", "10.0.0.7"]}, False),
        ("https://meta.exemple.example/", {"meta.exemple.example": ["169.254.169.254"]}, False),
        ("https://inside.exemple.example/", {"inside.exemple.example": ["127.0.0.1"]}, False),
        ("https://six.exemple.example/", {"six.exemple.example": ["fd00::1"]}, False),
        ("https://nowhere.exemple.example/", {}, False),
        ("https://user@id2.exemple.example/", {"id2.exemple.example": ["93.184.216.34"]}, False),
    ],
)
def test_only_public_places_are_outward(monkeypatch, address, names, is_outward):
    def found(host, port, **_more):
        if host not in names:
            raise OSError(host)
        return [(None, None, None, "", (one, port)) for one in names[host]]

    monkeypatch.setattr("outreach.web.access.outward.socket.getaddrinfo", found)
    if is_outward:
        assert require_outward(address, "https://id.exemple.example") == address
    else:
        with pytest.raises(InwardError):
            require_outward(address, "https://id.exemple.example")
