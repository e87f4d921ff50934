"""A click on the phone rings the mediator, then the person: through the real client and a local peer; what is refused is a sentence."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from outreach.channels.limits import stop_sending
from outreach.channels.senders import set_sender
from outreach.core import clock
from outreach.core.roles import Role
from outreach.core.settings import settings
from outreach.core.words import Channel
from outreach.flows import phone
from outreach.simulation.twilio import ACCOUNT, TOKEN, Answer, Faults, LoopbackProvider
from outreach.tracking import record_objection
from outreach.web.app import create_app
from tests.opened import in_clear
from tests.phones import NOW, a_shift, ready
from tests.web.server import running
from tests.web.tenants import account, cookie

CALLER = "+33465710008"
STATE = "SELECT state FROM contact WHERE id = :id"


class Desk:
    """A mediator's browser, their calls of the day, and the peer that rings."""

    def __init__(self, database, client, day, peer):
        self.database, self.client, self.contacts, self.peer = database, client, day.contacts, peer

    def ring(self, contact, now=NOW):
        """What the page answers to a click."""
        with clock.travel(now):
            return self.client.post("/phone/ring", json={"contact": contact}, headers={"Accept": "application/json"})

    def do(self, query, **values):
        with self.database.session() as session:
            return session.execute(text(query), values)

    def state(self, contact):
        return self.do(STATE, id=contact).scalar_one()


@pytest.fixture
def configured(monkeypatch):
    """Names the provider of the settings."""

    def name(peer):
        monkeypatch.setenv("OUTREACH_TWILIO_ACCOUNT_SID", ACCOUNT)
        monkeypatch.setenv("OUTREACH_TWILIO_AUTH_TOKEN", TOKEN)
        monkeypatch.setenv("OUTREACH_TWILIO_API_URL", peer.url)
        settings.cache_clear()

    yield name
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def day(database):
    """Four calls of one mediator, and a call of a colleague elsewhere."""
    with clock.travel(NOW), database.session() as session:
        made = ready(session, 5, Channel.CALL)
        set_sender(session, Channel.CALL, CALLER, actor="test")
        account(session, "l8-amina", Role.MEDIATOR, association="pimms-lyon", mediator="l8-amina")
        elsewhere = a_shift(session, "ve-samir", "call", NOW - timedelta(hours=1), 8)
        session.execute(text("UPDATE contact SET shift_id = :shift WHERE id = :id"), {"shift": elsewhere, "id": made.contacts[4]})
    return made


@pytest.fixture
def desk(database, day, configured):
    """The mediator's page, with a provider."""
    with LoopbackProvider(lambda _to, _body: Answer(), lambda: NOW) as peer:
        configured(peer)
        yield from served(database, day, peer)


def served(database, day, peer):
    with clock.travel(NOW), running(create_app(database)) as client:
        client.headers.update(cookie(database, "l8-amina") | {"Sec-Fetch-Site": "same-origin"})
        yield Desk(database, client, day, peer)


def page(client):
    """What the application is told about itself."""
    return json.loads(re.search(r'<script type="application/json" id="page"[^>]*>(.*?)</script>', client.get("/today").text)[1])


def test_a_click_rings_both_once_and_the_person_sees_the_association(desk):
    first = desk.contacts[0]
    assert page(desk.client)["rings"] is True
    rung = desk.ring(first)
    assert rung.status_code == 200, rung.text
    assert rung.json()["contact"] == first
    assert tuple(desk.do("SELECT sender, provider_ref, result FROM attempt").one()) == (CALLER, rung.json()["ref"], "sent")
    assert desk.state(first) == "claimed"
    again = desk.ring(first)
    assert again.status_code == 422
    assert "notez son résultat" in again.json()["mend"]
    assert desk.do("SELECT count(*) FROM attempt").scalar_one() == 1


def objected(desk):
    """Somebody who asked for peace since the plan."""
    with clock.travel(NOW), desk.database.session() as session:
        person = session.execute(text("SELECT person_id FROM contact WHERE id = :id"), {"id": desk.contacts[0]}).scalar_one()
        record_objection(session, person, source="desk", actor="test", occurred_at=NOW)
        session.execute(text("UPDATE contact SET state = 'planned', reason = NULL WHERE id = :id"), {"id": desk.contacts[0]})
    return NOW


def out_of_hours(_desk):
    """Nobody is called at noon."""
    return clock.at(NOW.date(), "13:30")


def stopped(desk):
    """All sending was stopped."""
    with desk.database.session() as session:
        stop_sending(session, "essai", actor="test")
    return NOW


@pytest.mark.parametrize("forbidden", [objected, out_of_hours, stopped])
def test_what_a_rule_forbids_by_now_is_a_sentence(desk, forbidden):
    refused = desk.ring(desk.contacts[0], forbidden(desk))
    assert refused.status_code == 409
    assert refused.json()["error"] == "cet appel n'est plus permis maintenant"
    assert desk.do("SELECT count(*) FROM attempt").scalar_one() == 0
    assert desk.state(desk.contacts[0]) in {"planned", "cancelled"}


def test_a_colleagues_call_and_one_that_does_not_exist_are_refused(desk):
    for contact in (desk.contacts[4], 999_999):
        refused = desk.ring(contact)
        assert refused.status_code == 422
        assert "vôtre" in refused.json()["error"]
    assert desk.do("SELECT count(*) FROM attempt").scalar_one() == 0


def test_a_provider_that_fails_leaves_the_number_to_dial(database, day, configured):
    with LoopbackProvider(lambda _to, _body: Answer(), lambda: NOW, faults=Faults(too_many=1.0)) as failing:
        configured(failing)
        for desk in served(database, day, failing):
            refused = desk.ring(desk.contacts[0])
            assert refused.status_code == 422
            assert "composez le numéro vous-même" in refused.json()["mend"]
            assert desk.state(desk.contacts[0]) == "planned"


def test_without_a_provider_the_page_offers_the_number_alone(database, day):
    settings.cache_clear()
    assert phone.can_ring() is False
    for desk in served(database, day, None):
        assert page(desk.client)["rings"] is False
        refused = desk.ring(desk.contacts[0])
        assert refused.status_code == 422
        assert "aucun opérateur" in refused.json()["error"]
        assert desk.state(desk.contacts[0]) == "planned"


def test_a_case_has_its_numbers_to_dial(desk):
    with desk.database.session() as session:
        case, mobile = session.execute(
            in_clear("SELECT k.case_id, p.mobile FROM contact k JOIN person p ON p.id = k.person_id WHERE k.id = :id"),
            {"id": desk.contacts[0]},
        ).one()
    assert f'href="tel:{mobile}"' in desk.client.get(f"/cases/{case}").text
