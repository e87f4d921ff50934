"""Accounts, roles, invitations and passwords."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import OutreachError, PolicyError
from outreach.core.roles import Role
from outreach.models import Association, Partner
from outreach.web.access import accounts

GOOD = "quatre chevaux lents dorment"


@pytest.fixture
def network(session):
    """Two associations and two partners."""
    session.add_all([Association(code="a", name="A"), Association(code="b", name="B")])
    session.add_all([Partner(code="p", name="P", kind="energy"), Partner(code="q", name="Q", kind="water")])
    session.flush()
    return session


def make(session, code="camille", **more):
    return accounts.create(session, code, f"{code}@exemple.example", "Camille Martin", actor="test", **more)


@pytest.mark.parametrize(
    ("code", "email", "name"),
    [
        ("x", "a@b.example", "N"),
        ("Ça", "a@b.example", "N"),
        ("camille", "a@b", "N"),
        ("camille", "a b@c.example", "N"),
        ("camille", "a@b.example", " "),
    ],
)
def test_what_cannot_be_an_account_is_refused(network, code, email, name):
    with pytest.raises(OutreachError):
        accounts.create(network, code, email, name, actor="test")


def test_one_name_and_one_email_are_one_account(network):
    make(network)
    with pytest.raises(OutreachError, match="déjà un compte"):
        accounts.create(network, "CAMILLE", "other@exemple.example", "N", actor="test")
    with pytest.raises(OutreachError, match="déjà un compte"):
        accounts.create(network, "other", "Camille@Exemple.example", "N", actor="test")


def test_a_partner_is_nothing_else(network):
    account = make(network)
    accounts.grant(network, account, Role.PARTNER, actor="test", partner="p")
    with pytest.raises(PolicyError, match="pas d'autre rôle"):
        accounts.grant(network, account, Role.MANAGER, actor="test", association="a")
    with pytest.raises(PolicyError, match="un seul partenaire"):
        accounts.grant(network, account, Role.PARTNER, actor="test", partner="q")
    other = make(network, "dominique")
    accounts.grant(network, other, Role.MANAGER, actor="test", association="a")
    with pytest.raises(PolicyError):
        accounts.grant(network, other, Role.PARTNER, actor="test", partner="p")


@pytest.mark.parametrize(
    ("role", "of"), [(Role.MANAGER, {}), (Role.MEDIATOR, {"association": "z"}), (Role.PARTNER, {"partner": "z"})]
)
def test_a_role_is_for_something_that_exists(network, role, of):
    with pytest.raises(OutreachError, match="quel"):
        accounts.grant(network, make(network), role, actor="test", **of)


def test_the_database_refuses_what_the_rules_forbid(network):
    account = make(network)
    statement = "INSERT INTO account_role (account_id, role, granted_at, granted_by) VALUES (:id, 'partner', :now, 't')"
    with pytest.raises(Exception, match="ck_account_role_partner"):
        network.execute(text(statement), {"id": account.id, "now": clock.now()})


def test_passwords_are_argon2id_with_the_parameters_of_rfc_9106():
    kept = accounts.hasher().hash(GOOD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("court", "au moins 12"),
        ("aaaaaaaaaaaaaaaa", "devine"),
        ("camille martin 1", "devine"),
        ("123456789012", "devine"),
        ("password1234", "devine"),
        ("Azertyuiop12", "devine"),
        ("motdepasse2026", "devine"),
        ("Mediation2026!", "devine"),
        ("long mot de passe " * 8, "au plus 128"),
    ],
)
def test_bad_passwords_are_refused_with_the_mend(network, password, why):
    with pytest.raises(PolicyError, match=why):
        accounts.require_good(password, make(network))


@pytest.mark.parametrize("password", [GOOD, "cheval correct pile agrafe", "xk7Qp2LmVz9w", "é" * 6 + " lune tracteur sabot" * 6])
def test_what_nobody_tries_first_is_taken(network, password):
    accounts.require_good(password, make(network))


def test_a_password_is_the_whole_of_it(network):
    account = make(network)
    longest = ("lune tracteur sabot " * 7)[: accounts.LONGEST]
    accounts.take_up(network, accounts.invite(network, account, actor="test"), longest)
    assert accounts.recognise(network, "camille", longest).id == account.id
    assert accounts.recognise(network, "camille", f"{longest} et la suite") is None, "whatever comes behind it counts too"


def test_an_invitation_serves_once_and_ends_the_earlier_one(network):
    account = make(network)
    first = accounts.invite(network, account, actor="test")
    second = accounts.invite(network, account, actor="test")
    assert accounts.invited(network, first) is None
    accounts.take_up(network, second, GOOD)
    with pytest.raises(PolicyError, match="déjà servi"):
        accounts.take_up(network, second, GOOD)
    assert accounts.recognise(network, " CAMILLE@exemple.example ", GOOD).id == account.id
    assert accounts.recognise(network, "camille", "un autre mot de passe") is None
    assert accounts.recognise(network, "personne", GOOD) is None


def test_an_invitation_grows_old(network):
    secret = accounts.invite(network, make(network), actor="test")
    with clock.travel(clock.now() + accounts.INVITED_FOR + timedelta(minutes=1)):
        assert accounts.invited(network, secret) is None


def test_a_closed_account_is_nobody(network):
    account = make(network)
    accounts.take_up(network, accounts.invite(network, account, actor="test"), GOOD)
    accounts.close(network, account, actor="test")
    assert accounts.recognise(network, "camille", GOOD) is None


def test_no_secret_is_kept_as_it_is(network):
    account = make(network)
    secret = accounts.invite(network, account, actor="test")
    accounts.take_up(network, secret, GOOD)
    kept = (
        network.execute(text("SELECT CAST(a AS text) || CAST(i AS text) FROM account a JOIN invitation i ON i.account_id = a.id"))
        .scalars()
        .all()
    )
    audited = (
        network.execute(text("SELECT CAST(data AS text) || subject FROM audit_entry WHERE actor IN ('test', 'camille')"))
        .scalars()
        .all()
    )
    assert not any(secret in text_ or GOOD in text_ for text_ in kept + audited)
    assert not any("Camille" in text_ or "exemple" in text_ for text_ in audited)
