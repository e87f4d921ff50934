"""Signing in and out in a browser's terms: cookies, limits, other sites."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.roles import Role
from outreach.core.settings import settings
from outreach.web.access import accounts, sessions
from outreach.web.access.signing_in import inside
from tests.web.access.entering import OWN, held, sign_in
from tests.web.server import serving
from tests.web.tenants import PASSWORD, account, cookie

NEW = "cinq tortues rapides chantent"


def test_a_session_is_a_cookie_that_nothing_else_can_read(site):
    response = sign_in(site, next="/campaigns")
    assert (response.status_code, response.headers["location"]) == (303, "/campaigns")
    kept = response.headers["set-cookie"]
    assert kept.startswith("__Host-")
    assert all(word in kept for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"))
    assert "Domain" not in kept


def test_every_sign_in_is_a_new_session_and_what_was_planted_is_worth_nothing(site):
    planted = {"Cookie": f"{sessions.COOKIE}=planted"} | OWN
    first = site.post("/login", data={"login": "camille", "password": PASSWORD}, headers=planted)
    second = sign_in(site)
    assert len({held(first), held(second), "planted"}) == 3
    assert site.get("/campaigns", headers={"Cookie": f"{sessions.COOKIE}=planted"}).status_code == 303


def test_leaving_ends_the_session_for_good(site, database):
    mine = cookie(database, "camille")
    assert site.get("/campaigns", headers=mine).status_code == 200
    left = site.post("/logout", headers=mine | OWN)
    assert '"storage"' in left.headers["clear-site-data"]
    assert site.get("/campaigns", headers=mine).headers["location"] == "/login?next=/campaigns"


def test_a_session_ends_by_itself(database, site):
    mine = cookie(database, "camille")["Cookie"].partition("=")[2]
    assert sessions.viewer(database, mine).code == "camille"
    with clock.travel(clock.now() + sessions.IDLE + timedelta(minutes=1)):
        assert sessions.viewer(database, mine) is None
    with clock.travel(clock.now() + sessions.LIFE + timedelta(minutes=1)):
        assert sessions.viewer(database, mine) is None
    assert timedelta(minutes=30) >= sessions.IDLE, "ASVS 4.0.3, V3.3.2"


def test_a_phone_at_doors_has_its_day_and_a_role_of_the_network_has_not(database, site):
    with database.session() as session:
        account(session, "amina", Role.MEDIATOR, association="a")
        both = account(session, "robin", Role.ADMINISTRATOR)
        accounts.grant(session, both, Role.MEDIATOR, actor="test", association="a")
    phone, desk = (cookie(database, code)["Cookie"].partition("=")[2] for code in ("amina", "robin"))
    with clock.travel(clock.now() + sessions.LIFE - timedelta(minutes=1)):
        assert sessions.viewer(database, phone).code == "amina"
        assert sessions.viewer(database, desk) is None


def test_the_sixth_wrong_password_in_a_minute_waits(site):
    assert [sign_in(site, "faux mot de passe").status_code for _ in range(6)] == [401] * 5 + [429]
    assert sign_in(site).status_code == 429, "not even the right one"


def test_wrong_proofs_are_counted_by_the_hour_and_on_record(site, database):
    start, refused = clock.now(), []
    for minute in range(0, 60, 2):
        with clock.travel(start + timedelta(minutes=minute)):
            refused += [sign_in(site, "faux mot de passe").status_code for _ in range(2)]
    assert 25 <= refused.count(401) <= 50
    assert refused.count(429) == 60 - refused.count(401)
    with database.session() as session:
        told = session.execute(text("SELECT subject, data FROM audit_entry WHERE action = 'session.refused'")).all()
        number = session.execute(text("SELECT id FROM account")).scalar_one()
    assert set(map(str, told)) == {str((f"account {number}", {"proof": "password"}))}
    assert len(told) == refused.count(401)


def test_whatever_is_typed_as_a_name_is_answered(site, database):
    for typed in ("x" * 9_000, "mon mot de passe à moi"):
        assert site.post("/login", data={"login": typed, "password": "y"}, headers=OWN).status_code == 401
    with database.session() as session:
        kept = session.execute(text("SELECT subject || data FROM audit_entry WHERE action = 'session.refused'")).scalars().all()
    assert kept == ['account{"proof": "password"}'] * 2, "it may have been a password"


def test_nobody_is_told_whether_an_account_exists(site):
    known = site.post("/login", data={"login": "camille", "password": "x"}, headers=OWN)
    unknown = site.post("/login", data={"login": "personne", "password": "x"}, headers=OWN)
    told = [re.sub(r'nonce="[^"]+"|camille|personne', "", answer.text) for answer in (known, unknown)]
    assert told[0] == told[1]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://autre.example"},
        {"Origin": "http://["},
    ],
)
def test_what_another_site_sends_is_refused(site, database, headers):
    mine = cookie(database, "camille")
    for path in ("/login", "/logout", "/language", "/sending/stop"):
        assert site.post(path, headers=mine | headers).status_code == 403
    assert site.get("/campaigns", headers=mine).status_code == 200, "nothing happened"


@pytest.mark.parametrize(
    "path", ["https://autre.example/", "//autre.example", "/\\autre.example", "javascript:alert(1)", "/x\r\nSet-Cookie: a=b", ""]
)
def test_nobody_is_led_away_after_signing_in(path):
    assert inside(path) == "/"


def test_who_gives_their_password_may_take_another_and_is_signed_out_elsewhere(site, database):
    here, elsewhere = ({"Cookie": cookie(database, "camille")["Cookie"]} | OWN for _ in range(2))
    other = "cheval correct pile agrafe"
    told = {"password": PASSWORD, "new": other, "again": other}
    assert 'name="new"' in site.get("/account", headers=here).text
    for wrong in (
        {"password": "pas le mien du tout"},
        {"again": "autre chose"},
        {"new": "password1234", "again": "password1234"},
    ):
        assert site.post("/account/password", data=told | wrong, headers=here).status_code == 409
    assert site.get("/account", headers=elsewhere).status_code == 200, "nothing happened"
    assert site.post("/account/password", data=told, headers=here).status_code == 303
    assert "a changé" in site.get("/account?saved=password", headers=here).text
    assert site.get("/account", headers=elsewhere, follow_redirects=False).status_code == 303
    with database.session() as session:
        assert accounts.recognise(session, "camille", PASSWORD) is None
        assert accounts.recognise(session, "camille", other) is not None


def test_an_invitation_is_taken_up_in_the_browser(site, database):
    with database.session() as session:
        made = accounts.create(session, "alix", "alix@exemple.example", "Alix Moreau", actor="test")
        accounts.grant(session, made, Role.MANAGER, actor="test", association="a")
        secret = accounts.invite(session, made, actor="test")
    assert "Alix Moreau" in site.get(f"/invitation/{secret}").text
    poor = site.post(f"/invitation/{secret}", data={"password": "court", "again": "court"}, headers=OWN)
    assert poor.status_code == 422
    done = site.post(f"/invitation/{secret}", data={"password": PASSWORD, "again": PASSWORD}, headers=OWN)
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert site.get(f"/invitation/{secret}").status_code == 404


def test_every_answer_carries_its_headers(site, database):
    answers = [
        site.get("/login"),
        site.get("/nowhere"),
        site.get("/campaigns", headers=cookie(database, "camille")),
        site.get("/static/tokens.css"),
    ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'self'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
    nonces = {re.search(r"nonce-([^']+)", site.get("/login").headers["content-security-policy"])[1] for _ in range(3)}
    assert len(nonces) == 3
    assert site.get("/login").headers["cache-control"] == "no-store"
    lasting = site.get("/login", headers={"X-Forwarded-Proto": "https"}).headers["strict-transport-security"]
    assert lasting == "max-age=31536000; includeSubDomains"


def test_an_error_of_ours_carries_its_headers_and_speaks_to_who_asked(database, monkeypatch):
    """The framework answers it outside of what writes the headers of everything else."""

    def broken(*_anything):
        raise RuntimeError("Sacha Durand")

    monkeypatch.setattr("outreach.web.access.signing_in._login", broken)
    with serving(database) as client:
        answer = client.get("/login", headers={"Accept-Language": "en", "X-Forwarded-Proto": "https"})
        assert (answer.status_code, answer.headers["cache-control"]) == (500, "no-store")
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "strict-transport-security" in answer.headers
        assert 'lang="en"' in answer.text
        assert "Durand" not in answer.text


def test_who_is_refused_is_on_record(site, database):
    """By the route and its numbers: an address may hold anybody's words."""
    with database.session() as session:
        account(session, "robin", Role.ADMINISTRATOR)
    mine = cookie(database, "camille") | OWN
    assert site.get("/admin/accounts", headers=mine).status_code == 403
    assert site.get("/cases/12", headers=mine).status_code == 404
    assert site.get("/campaigns/Awa Diallo", headers=mine).status_code == 404
    with database.session() as session:
        told = session.execute(
            text("SELECT actor, subject, data FROM audit_entry WHERE action = 'access.refused' ORDER BY id")
        ).all()
    assert list(map(tuple, told)) == [
        ("camille", "GET /admin/accounts", {"why": "role"}),
        ("camille", "GET /cases/{number}", {"why": "unseen", "number": 12}),
        ("camille", "GET /campaigns/{code}", {"why": "unseen"}),
    ]


def test_no_value_is_an_error_of_the_server(site, database):
    with database.session() as session:
        for code, role in (("robin", Role.ADMINISTRATOR), ("claude", Role.OFFICER), ("morgan", Role.AUDITOR)):
            account(session, code, role)
    manager, administrator, officer, auditor = (cookie(database, code) | OWN for code in ("camille", "robin", "claude", "morgan"))
    huge, nul = "9" * 30, "a%00b"
    answers = [
        site.post("/login", data={"login": "a\0b", "password": "x"}, headers=OWN),
        site.get(f"/login/{nul}"),
        site.get(f"/campaigns/{nul}", headers=manager),
        site.get(f"/cases/{huge}", headers=manager),
        site.post("/search", data={"asked": "a\0b"}, headers=manager),
        site.get(f"/audit?before={huge}", headers=auditor),
        site.get(f"/audit?actor={nul}", headers=auditor),
        site.post("/requests", data={"kind": "access", "received_on": "2026-01-01", "through": "a\0"}, headers=officer),
        site.post(f"/requests/{huge}/person", data={"person": huge}, headers=officer),
        site.post(
            "/admin/accounts", data={"code": "x1", "email": "x@y.example", "name": "\0", "role": "auditor"}, headers=administrator
        ),
        site.get("/phone/day", headers={"Cookie": f"{sessions.COOKIE}=a%00b"}),
    ]
    assert [answer.status_code for answer in answers if answer.status_code >= 500] == []


def test_nobody_gives_themselves_a_role(site, database):
    with database.session() as session:
        robin = account(session, "robin", Role.ADMINISTRATOR).id
        other = account(session, "alix", Role.ADMINISTRATOR).id
    mine = cookie(database, "robin") | OWN
    officer, manager = {"role": "officer"}, {"role": "manager", "association": "a"}
    for wanted in (officer, manager):
        assert site.post(f"/admin/accounts/{robin}/roles", data=wanted, headers=mine).status_code == 409
    assert site.get("/requests", headers=mine).status_code == 403
    assert site.post(f"/admin/accounts/{other}/roles", data=officer, headers=mine).status_code == 303


def test_a_link_to_choose_a_password_leads_to_us_whatever_host_is_said(site, database, monkeypatch):
    monkeypatch.setenv("OUTREACH_PUBLIC_URL", "https://mediation.example/")
    settings.cache_clear()
    with database.session() as session:
        account(session, "robin", Role.ADMINISTRATOR)
        number = account(session, "alix", Role.AUDITOR).id
    said = cookie(database, "robin") | OWN | {"Host": "autre.example"}
    page = site.post(f"/admin/accounts/{number}/invite", headers=said).text
    monkeypatch.undo()
    settings.cache_clear()
    assert "https://mediation.example/invitation/" in page
    assert "autre.example" not in page


def test_the_language_is_chosen_and_kept(site):
    assert 'lang="fr"' in site.get("/login").text
    assert 'lang="en"' in site.get("/login", headers={"Accept-Language": "en-GB,en;q=0.9"}).text
    chosen = site.post("/language", data={"lang": "en", "next": "/login"}, headers=OWN)
    assert "language=en" in chosen.headers["set-cookie"]
    assert 'lang="en"' in site.get("/login", headers={"Cookie": "language=en", "Accept-Language": "fr"}).text
