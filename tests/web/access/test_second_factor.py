"""The second factor: asked, added, taken away, and what it vouches for."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
from sqlalchemy import select, text

from outreach.core import clock
from outreach.core.roles import Role
from outreach.models import Account
from outreach.web.access import accounts, factor, sessions
from tests.web.access.entering import OWN, held, sign_in
from tests.web.tenants import PASSWORD, account, cookie

NEW = "cinq tortues rapides chantent"


def test_a_second_factor_is_asked_and_each_code_serves_once(site, database):
    secret = factor.new_secret()
    with database.session() as session:
        session.execute(text("UPDATE account SET second_factor = :sealed"), {"sealed": factor.seal(database, secret)})
    first = sign_in(site)
    assert first.status_code == 200
    halfway = re.search(r"(__Host-outreach-halfway=[^;]+)", first.headers["set-cookie"])[1]
    assert sessions.COOKIE + "=" not in first.headers["set-cookie"]
    send = {"Cookie": halfway} | OWN
    wrong = site.post("/login/code", data={"code": "000000"}, headers=send)
    assert wrong.status_code == 401
    with database.session() as session:
        refused = session.execute(text("SELECT data FROM audit_entry WHERE action = 'session.refused'")).scalars().all()
    assert refused == [{"proof": "second_factor"}]
    code = pyotp.TOTP(secret).at(clock.now())
    right = site.post("/login/code", data={"code": code}, headers=send)
    assert right.status_code == 303
    assert held(right)
    assert site.post("/login/code", data={"code": code}, headers=send).status_code == 401, (
        "a code seen over a shoulder is used up"
    )


def test_the_code_that_took_a_factor_into_use_signs_nobody_in(site, database):
    mine = cookie(database, "camille") | OWN
    with database.session() as session:
        number = session.execute(text("SELECT id FROM account WHERE email LIKE 'camille%'")).scalar_one()
    secret = factor.new_secret()
    code = pyotp.TOTP(secret).at(clock.now())
    offer = {"offer": factor.offer(database, secret, number), "code": code}
    assert site.post("/account/factor/confirm", data=offer, headers=mine).status_code == 303
    halfway = re.search(r"(__Host-outreach-halfway=[^;]+)", sign_in(site).headers["set-cookie"])[1]
    again = site.post("/login/code", data={"code": code}, headers={"Cookie": halfway} | OWN)
    assert again.status_code == 401, "whoever saw it typed has no use of it"


def test_a_role_of_the_network_opens_nothing_by_a_password_alone(site, database):
    with database.session() as session:
        account(session, "robin", Role.ADMINISTRATOR)
        session.execute(text("UPDATE account SET second_factor = NULL WHERE code = 'robin'"))
    mine = {"Cookie": cookie(database, "robin")["Cookie"]} | OWN
    for path in ("/", "/admin/accounts", "/status"):
        assert site.get(path, headers=mine, follow_redirects=False).headers["location"] == "/account"
    assert site.post("/admin/accounts", headers=mine, follow_redirects=False).headers["location"] == "/account"
    page = site.get("/account", headers=mine).text
    assert "deuxième preuve : ajoutez" in page
    assert "/admin/accounts" not in page
    offer = site.post("/account/factor", data={"password": PASSWORD}, headers=mine).text
    sealed, secret = (re.search(pattern, offer)[1] for pattern in (r'name="offer" value="([^"]+)"', r"([A-Z2-7]{32})"))
    given = {"offer": sealed, "code": pyotp.TOTP(secret).at(clock.now())}
    assert site.post("/account/factor/confirm", data=given, headers=mine).status_code == 303
    assert site.get("/admin/accounts", headers=mine).status_code == 200


def test_a_second_factor_does_not_vouch_for_who_came_in_by_the_password_before(site, database):
    """Somebody with a stolen password waits in a session until the owner adds a factor elsewhere."""
    with database.session() as session:
        account(session, "robin", Role.ADMINISTRATOR)
        session.execute(text("UPDATE account SET second_factor = NULL WHERE code = 'robin'"))
    owner, thief = ({"Cookie": cookie(database, "robin")["Cookie"]} | OWN for _ in range(2))
    offer = site.post("/account/factor", data={"password": PASSWORD}, headers=owner).text
    sealed, secret = (re.search(pattern, offer)[1] for pattern in (r'name="offer" value="([^"]+)"', r"([A-Z2-7]{32})"))
    given = {"offer": sealed, "code": pyotp.TOTP(secret).at(clock.now())}
    assert site.post("/account/factor/confirm", data=given, headers=owner).status_code == 303
    assert site.get("/admin/accounts", headers=owner).status_code == 200
    assert site.get("/admin/accounts", headers=thief, follow_redirects=False).headers["location"].startswith("/login")
    assert site.post("/account/factor/remove", data={"password": PASSWORD}, headers=owner).status_code == 303
    assert site.get("/admin/accounts", headers=owner, follow_redirects=False).headers["location"] == "/account"


def test_a_manager_who_is_of_the_network_too_stays_a_manager_meanwhile(site, database):
    with database.session() as session:
        made = account(session, "robin", Role.MANAGER, association="a")
        accounts.grant(session, made, Role.ADMINISTRATOR, actor="test")
    mine = cookie(database, "robin")
    assert site.get("/campaigns", headers=mine).status_code == 200
    assert site.get("/admin/accounts", headers=mine, follow_redirects=False).headers["location"] == "/account"


def test_a_second_factor_is_sealed_at_rest(database, site):
    secret = factor.new_secret()
    assert secret.encode() not in factor.seal(database, secret)


def test_a_factor_that_another_account_was_offered_is_not_taken(site, database):
    """Who finds a session open gives it no factor of their own: the offer would cost the password of the account."""
    with database.session() as session:
        account(session, "alix", Role.MANAGER, association="a")
    theirs, mine = ({"Cookie": cookie(database, name)["Cookie"]} | OWN for name in ("alix", "camille"))
    page = site.post("/account/factor", data={"password": PASSWORD}, headers=theirs).text
    offer, secret = (re.search(pattern, page)[1] for pattern in (r'name="offer" value="([^"]+)"', r"([A-Z2-7]{32})"))
    given = {"offer": offer, "code": pyotp.TOTP(secret).at(clock.now())}
    assert site.post("/account/factor/confirm", data=given, headers=mine).status_code == 409
    assert site.post("/account/factor/confirm", data=given, headers=theirs).status_code == 303
    with database.session() as session:
        held = session.execute(text("SELECT code FROM account WHERE second_factor IS NOT NULL")).scalars().all()
    assert held == ["alix"]


def test_a_square_of_an_hour_ago_is_no_offer_any_more(site, database):
    mine = {"Cookie": cookie(database, "camille")["Cookie"]} | OWN
    began = clock.now()
    page = site.post("/account/factor", data={"password": PASSWORD}, headers=mine).text
    offer, secret = (re.search(pattern, page)[1] for pattern in (r'name="offer" value="([^"]+)"', r"([A-Z2-7]{32})"))
    wrong = site.post("/account/factor/confirm", data={"offer": offer, "code": "000000"}, headers=mine)
    assert (wrong.status_code, offer in wrong.text) == (422, True), "a wrong code makes it no younger"
    with clock.travel(began + timedelta(seconds=factor.OFFERED_SECONDS + 300)):
        given = {"offer": offer, "code": pyotp.TOTP(secret).at(clock.now())}
        assert site.post("/account/factor/confirm", data=given, headers=mine).status_code == 409


def test_a_link_to_choose_a_password_does_not_stand_for_the_second_factor(site, database):
    """Whoever reads the e-mail of an account has its link, and not its phone."""
    factor_secret = factor.new_secret()
    with database.session() as session:
        session.execute(text("UPDATE account SET second_factor = :sealed"), {"sealed": factor.seal(database, factor_secret)})
        secret = accounts.invite(session, session.scalar(select(Account)), actor="test")
    chosen = site.post(f"/invitation/{secret}", data={"password": NEW, "again": NEW}, headers=OWN)
    assert chosen.status_code == 200
    assert sessions.COOKIE + "=" not in chosen.headers["set-cookie"]
    halfway = re.search(r"(__Host-outreach-halfway=[^;]+)", chosen.headers["set-cookie"])[1]
    code = pyotp.TOTP(factor_secret).at(clock.now())
    entered = site.post("/login/code", data={"code": code}, headers={"Cookie": halfway} | OWN)
    assert entered.status_code == 303
    assert held(entered)


def test_an_administrator_takes_the_factor_of_a_lost_phone_away_and_its_sessions_end(site, database):
    with database.session() as session:
        session.execute(
            text("UPDATE account SET second_factor = :sealed"), {"sealed": factor.seal(database, factor.new_secret())}
        )
        number = session.scalar(select(Account.id))
        account(session, "admin", Role.ADMINISTRATOR)
    mine, admin = cookie(database, "camille"), cookie(database, "admin") | OWN
    path = f"/admin/accounts/{number}/factor/remove"
    assert site.post(path, headers=mine | OWN).status_code == 403
    assert path in site.get("/admin/accounts", headers=admin).text
    assert site.post(path, headers=admin).status_code == 303
    assert path not in site.get("/admin/accounts", headers=admin).text
    assert site.get("/campaigns", headers=mine).status_code == 303, "signed out"
    assert held(sign_in(site))
    assert site.post(path, headers=admin).status_code == 409
    with database.session() as session:
        told = session.execute(text("SELECT actor FROM audit_entry WHERE action = 'account.factor_removed'")).scalars().all()
    assert told == ["admin"]
