"""Two associations and three partners with everything they may have, and an account of each role: what tests of the web stand on."""

from __future__ import annotations

from sqlalchemy import select

from outreach.core.roles import OF_THE_NETWORK, Role
from outreach.models import Account, Association, Partner
from outreach.web.access import accounts, sessions

PASSWORD = "quatre chevaux lents dorment"  # noqa: S105 - of invented people


def cookie(database, code):
    """The cookie of a new session of an account, which proved all that it can."""
    with database.session() as session:
        account = session.scalar(select(Account).where(Account.code == code))
    proof = "password" if account.second_factor is None else "second_factor"
    return {"Cookie": f"{sessions.COOKIE}={sessions.begin(database, account.id, account.code, proof)}"}


def account(session, code, role, *, association=None, partner=None, mediator=None):
    """An account with one role and the password of all tests; one of the network has its second factor."""
    made = accounts.create(session, code, f"{code}@exemple.example", code.title(), actor="test", mediator=mediator)
    accounts.grant(session, made, role, actor="test", association=association, partner=partner)
    made.password_hash = HASH
    if role in OF_THE_NETWORK:
        made.second_factor = b"sealed"
    return made


HASH = accounts.hasher().hash(PASSWORD)
PEOPLE = {
    "admin": Role.ADMINISTRATOR, "manager": Role.MANAGER, "l8-amina": Role.MEDIATOR, "supplier": Role.PARTNER,
    "officer": Role.OFFICER, "auditor": Role.AUDITOR,
}  # fmt: skip
"""An account of each role: the manager and the mediator of the played association, the partner of its campaign."""


def settle_accounts(database, association="pimms-lyon", partner="energie"):
    """The accounts of ``PEOPLE``, and of others who have nothing to do with the played campaign."""
    with database.session() as session:
        if session.scalar(select(Account.id)) is not None:
            return
        if session.scalar(select(Association.id).where(Association.code == "ailleurs")) is None:
            session.add(Association(code="ailleurs", name="PIMMS d'ailleurs"))
            session.add(Partner(code="autre", name="Un autre partenaire", kind="water"))
            session.flush()
        for code, role in PEOPLE.items():
            of = {"association": association} if role in {Role.MANAGER, Role.MEDIATOR} else {}
            of |= {"partner": partner} if role is Role.PARTNER else {}
            account(session, code, role, mediator=code if role is Role.MEDIATOR else None, **of)
        account(session, "other-manager", Role.MANAGER, association="ailleurs")
        account(session, "other-mediator", Role.MEDIATOR, association="ailleurs")
        account(session, "other-supplier", Role.PARTNER, partner="autre")
