"""Who takes part in a campaign: sites and mediators of the association, with their hours, each mistake at whom it is about."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from outreach.definitions.loader import content_hash
from tests.web.manager.way import NEW, form_of

CODE = "equipe"
PEOPLE = f"/campaigns/{CODE}/way/plan/people"


@pytest.fixture(scope="module")
def manager(desk):
    """Somebody with a draft of their own, and a mediator whom no campaign names yet."""
    database, manager, _second, _other = desk
    assert manager.post("/campaigns/new", NEW | {"name": "Équipe", "code": CODE}).status_code == 303
    with database.session() as session:
        session.execute(
            text(
                "INSERT INTO mediator (site_id, code, name, languages, travel_mode) SELECT id, 'l8-new', 'Nora N.', '{fr,ar}', 'foot' FROM site WHERE code = 'lyon-8'"
            )
        )
    return manager


@pytest.fixture
def stored(desk):
    """The campaign as it is stored."""

    def now():
        with desk[0].session() as session:
            return session.execute(text("SELECT draft FROM campaign WHERE code = :code"), {"code": CODE}).scalar_one()["campaign"]

    return now


def sent(manager, without=(), **more):
    """The form as it stands on its page, sent with other values."""
    form = {name: value for name, value in form_of(manager.get(PEOPLE).text, PEOPLE).items() if name not in without}
    return manager.post(PEOPLE, form | more)


def test_a_form_that_nobody_touched_changes_nothing(manager, stored):
    before = content_hash(stored())
    assert sent(manager).headers["location"] == f"{PEOPLE}?done=saved"
    assert content_hash(stored()) == before


def test_a_site_and_a_mediator_are_left_out_and_come_back_with_their_hours(manager, stored):
    before = stored()
    sent(manager, without=("site.vaulx", "person.l8-paul"))
    sites = stored()["sites"]
    assert [site["code"] for site in sites] == ["lyon-8", "venissieux"]
    assert "l8-paul" not in [person["code"] for person in sites[0]["mediators"]]
    page = manager.get(PEOPLE).text
    assert "PIMMS Vaulx-en-Velin" in page
    assert re.search(r'name="person\.l8-paul" value="yes">', page)
    sent(
        manager,
        **{
            "site.vaulx": "yes",
            "person.l8-paul": "yes",
            "person.vx-joao": "yes",
            "person.vx-leila": "yes",
            "person.vx-marc": "yes",
        },
    )
    back = {person["code"]: person for site in stored()["sites"] for person in site["mediators"]}
    assert back == {person["code"]: person for site in before["sites"] for person in site["mediators"]}


def test_somebody_whom_no_campaign_named_is_given_hours(manager, stored):
    hours = {
        "person.l8-new": "yes",
        "person.l8-new.calls.days": ["mon", "fri"],
        "person.l8-new.calls.from": "09:30",
        "person.l8-new.calls.to": "12:00",
    }
    assert sent(manager, **hours).status_code == 303
    nora = next(person for person in stored()["sites"][0]["mediators"] if person["code"] == "l8-new")
    assert (nora["languages"], nora["travel"]) == (["fr", "ar"], "foot")
    assert nora["calls"] == {"days": ["mon", "fri"], "hours": ["09:30:00", "12:00:00"]}
    assert "lun., ven. 09:30-12:00" in manager.get(PEOPLE).text


def test_what_is_wrong_is_said_where_it_is_and_what_was_typed_stays(manager, stored):
    before = stored()
    wrong = sent(manager, **{"person.l8-new.calls.to": "08:00", "person.ve-elif.languages": "turc"})
    assert wrong.status_code == 422
    assert re.search(r"Appels</legend>.{0,2000}?l&#39;heure de fin doit être après", wrong.text, re.DOTALL)
    assert re.search(
        r'name="person\.ve-elif\.languages" value="turc"[^>]*aria-invalid="true"[^>]*>.{0,300}forme attendue',
        wrong.text,
        re.DOTALL,
    )
    assert stored() == before
    empty = sent(manager, without=("person.vx-joao", "person.vx-leila", "person.vx-marc"))
    assert empty.status_code == 422
    assert "au moins 1 élément" in empty.text


def test_nobody_of_elsewhere_can_be_taken_in(desk, manager, stored):
    with desk[0].session() as session:
        session.execute(
            text(
                "INSERT INTO site (association_id, code, name, address, phone, insee, lon, lat) SELECT id, 'loin', 'Loin', 'x', 'x', '13055', 5, 43 FROM association WHERE code = 'ailleurs'"
            )
        )
    assert "Loin" not in manager.get(PEOPLE).text
    before = stored()
    sent(manager, **{"site.loin": "yes"})
    assert stored() == before
