"""Two phones that contradict each other: both facts on a card, settled with a reason, by whoever looks after the site."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.sealing import seal
from outreach.web.app import create_app
from tests.opened import phone
from tests.phones import MEDIATION, NOW, Phone, ready, state, tell, who
from tests.web.server import running
from tests.web.tenants import cookie, settle_accounts

SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def told(database):
    """(client, database, the fact that contradicts, its case): refused at the door, and a mediation told later by a colleague."""
    with database.session() as session:
        day = ready(session)
        tell(session, who(session, "l8-amina"), Phone().fact("result", day.contacts[0], code="refused"))
        late = Phone().fact("result", day.contacts[0], at=NOW + timedelta(minutes=5), code="mediated", mediation=MEDIATION)
        tell(session, who(session, "l8-ines"), late, now=NOW + timedelta(hours=2))
    settle_accounts(database)
    with clock.travel(NOW + timedelta(hours=3)), running(create_app(database)) as client:
        client.headers.update(SAME)
        yield client, database, late["id"], day.cases[0]


def test_both_facts_are_shown_to_the_staff_of_the_site(told):
    client, database, fact, _case = told
    for code in ("manager", "l8-amina"):
        shown = unescape(client.get("/conflicts", headers=cookie(database, code)).text)
        assert f"/conflicts/{fact}" in shown
        assert "noté par l8-ines" in shown
        assert "noté par l8-amina" in shown


@pytest.mark.parametrize(("keep", "status"), [("theirs", "refused"), ("mine", "mediated"), ("both", "mediated")])
def test_somebody_says_which_holds(told, keep, status):
    client, database, fact, case = told
    headers = cookie(database, "manager")
    missing = client.post(f"/conflicts/{fact}", data={"keep": keep, "reason": " "}, headers=headers)
    assert "dites pourquoi" in unescape(missing.text).lower()
    assert (
        client.post(f"/conflicts/{fact}", data={"keep": keep, "reason": "vu avec les deux"}, headers=headers).status_code == 303
    )
    assert "C'est réglé." in unescape(client.get("/conflicts?done=1", headers=headers).text)
    with database.session() as session:
        assert state(session, case) == status
        row = session.execute(text("SELECT settled_as, settled_by FROM phone_fact WHERE id = :id"), {"id": fact}).one()
    assert tuple(row) == (keep, "manager")
    assert client.post(f"/conflicts/{fact}", data={"keep": keep, "reason": "encore"}, headers=headers).status_code in {404, 422}


@pytest.mark.parametrize(("insee", "hours"), [("69388", ("11:00", "11:05")), ("97411", ("13:00", "13:05"))])
def test_when_each_was_noted_is_told_by_the_clocks_of_the_place(told, insee, hours):
    client, database, _fact, case = told
    with database.session() as session:
        session.execute(text("UPDATE building SET insee = :insee"), {"insee": insee})
        session.execute(
            text(
                "INSERT INTO inbound_message (provider, provider_ref, sender, sender_mark, body, received_at, meaning, case_id)"
                " VALUES ('test', 'IN1', :sender, :sender_mark, :body, :at, 'unclear', :case)"
            ),
            {"body": seal("bonjour ?", "inbound_message.body"), "at": NOW, "case": case} | phone("+33639980000", "sender"),
        )
        session.execute(
            text('UPDATE "case" SET next_at = :at, closed_at = NULL WHERE id = :id'),
            {"at": clock.at(NOW.date(), "23:00"), "id": case},
        )
    headers = cookie(database, "manager")
    shown = unescape(client.get("/conflicts", headers=headers).text)
    assert all(f"mar. 6 oct. {hour}" in shown for hour in hours)
    assert f"mar. 6 oct. {hours[0]}" in unescape(client.get("/replies", headers=headers).text)
    day = "mar. 6 oct." if insee == "69388" else "mer. 7 oct."
    assert day in unescape(client.get("/campaigns/energy-arrears/cases", headers=headers).text)
    assert f"Prochaine étape : {day}" in unescape(client.get(f"/cases/{case}", headers=headers).text)


def test_nobody_else_sees_or_settles_it(told):
    client, database, fact, _case = told
    other = cookie(database, "other-manager")
    assert fact not in client.get("/conflicts", headers=other).text
    assert "Rien ne se contredit" in client.get("/conflicts", headers=other).text
    assert client.post(f"/conflicts/{fact}", data={"keep": "both", "reason": "non"}, headers=other).status_code in {404, 422}
    assert client.get("/conflicts", headers=cookie(database, "supplier")).status_code == 403
