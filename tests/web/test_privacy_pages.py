"""The officer's pages: what is due, a person's record in one click, an erasure that asks twice, documents of the law."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import text

from outreach.cli import privacy as verbs
from outreach.core import clock
from outreach.core.dropped import WAITING, inboxes
from outreach.core.errors import OutreachError
from outreach.web.admin import requests
from tests.played import END
from tests.privacy.season import copied
from tests.web.manager.way import Manager, serving
from tests.web.tenants import settle_accounts

SOMEBODY = """
SELECT l.id, l.family_name, c.letter_code FROM person l JOIN "case" c ON c.person_id = l.id AND c.status = 'mediated' WHERE l.merged_into IS NULL
ORDER BY l.id LIMIT 1
"""


@pytest.fixture
def office(played, cluster, worker_id):
    """(database, officer, manager) on a served application."""
    with copied(played, cluster, worker_id) as database, clock.travel(clock.at(END, "17:00")):
        settle_accounts(database)
        app, served = serving(database)
        with served as client:
            yield database, Manager(client, app, database, "officer"), Manager(client, app, database, "manager")


def asked(officer, database, kind):
    """A request of somebody who was found: its address, and who they are."""
    made = {"kind": kind, "received_on": clock.today().isoformat(), "through": "courriel"}
    address = officer.post("/requests", made).headers["location"]
    with database.session() as session:
        somebody = session.execute(text(SOMEBODY)).one()
    assert somebody.family_name in officer.post(f"{address}/find", {"asked": somebody.letter_code}).text
    officer.post(f"{address}/person", {"person": somebody.id})
    return address, somebody


def test_a_record_is_one_click_away_and_on_record(office):
    database, officer, manager = office
    address, somebody = asked(officer, database, "access")
    page = officer.get(address).text
    assert f'href="{address}/record.pdf"' in page
    assert "Effacer pour toujours" not in page, "they asked to see, not to be forgotten"
    paper = officer.get(f"{address}/record.pdf")
    assert (paper.status_code, paper.headers["content-type"], paper.content[:4]) == (200, "application/pdf", b"%PDF")
    assert paper.headers["cache-control"] == "no-store"
    told = json.loads(officer.get(f"{address}/record.json").content)
    assert somebody.family_name in json.dumps(told["identity"], ensure_ascii=False)
    assert officer.get(f"{address}/record.exe").status_code == 404
    assert manager.get(f"{address}/record.pdf").status_code == 403
    with database.session() as session:
        made = session.execute(
            text("SELECT count(*) FROM audit_entry WHERE action = 'person.record' AND actor = 'officer'")
        ).scalar_one()
    assert made == 2


def test_whom_matching_joined_to_somebody_since_is_shown_with_all_that_is_held(office):
    database, officer, _manager = office
    address, somebody = asked(officer, database, "access")
    with database.session() as session:
        other = session.execute(
            text("SELECT id FROM person WHERE merged_into IS NULL AND id <> :p AND household_id IS NOT NULL ORDER BY id LIMIT 1"),
            {"p": somebody.id},
        ).scalar_one()
        session.execute(text("UPDATE person SET merged_into = :o WHERE id = :p"), {"o": other, "p": somebody.id})
        name, campaign = session.execute(
            text("SELECT p.family_name, m.name FROM person p, campaign m WHERE p.id = :o LIMIT 1"), {"o": other}
        ).one()
    page = unescape(officer.get(address).text)
    assert name in page
    assert page.count(campaign) > 1


def test_that_somebody_objects_is_on_record_when_the_request_names_them_or_neither_is(office, monkeypatch):
    database, officer, _manager = office
    made = {"kind": "objection", "received_on": clock.today().isoformat(), "through": "courriel"}
    address = officer.post("/requests", made).headers["location"]
    with database.session() as session:
        somebody = session.execute(text(SOMEBODY)).one()

    def fails(*_given, **_named):
        raise OutreachError("la base ne répond pas")

    with monkeypatch.context() as broken:
        broken.setattr(requests, "record_objection", fails)
        assert officer.post(f"{address}/person", {"person": somebody.id}).status_code == 422
    with database.session() as session:
        assert session.execute(text("SELECT person_id FROM person_request")).scalars().all() == [None]
    officer.post(f"{address}/person", {"person": somebody.id})
    with database.session() as session:
        assert session.execute(text("SELECT count(*) FROM objection WHERE person_id = :p"), {"p": somebody.id}).scalar_one() > 0


def test_an_answer_that_was_given_stays(office):
    database, officer, _manager = office
    address, _somebody = asked(officer, database, "access")
    assert officer.post(f"{address}/settle", {"state": "done", "answer": "Dossier remis."}).status_code == 303
    assert officer.post(f"{address}/settle", {"state": "refused", "answer": "Rien."}).status_code == 409
    with database.session() as session:
        assert session.execute(text("SELECT state FROM person_request")).scalars().all() == ["done"]


def test_an_erasure_asks_to_be_sure_then_leaves_nothing(office):
    database, officer, manager = office
    address, somebody = asked(officer, database, "erasure")
    assert "Effacer pour toujours" in officer.get(address).text
    assert officer.post(f"{address}/erase", {}).status_code == 409
    assert manager.post(f"{address}/erase", {"sure": "yes"}).status_code == 403
    with database.session() as session:
        assert session.execute(text("SELECT family_name FROM person WHERE id = :p"), {"p": somebody.id}).scalar_one()
    assert officer.post(f"{address}/erase", {"sure": "yes"}).status_code == 303
    with database.session() as session:
        assert session.execute(text("SELECT family_name FROM person WHERE id = :p"), {"p": somebody.id}).scalar_one() is None
    page = officer.get(address).text
    assert "Cette personne est effacée" in page
    assert somebody.family_name not in page
    assert officer.get(f"{address}/record.pdf").status_code == 409
    assert officer.post(f"{address}/erase", {"sure": "yes"}).status_code == 409
    journal = officer.get("/privacy").text
    assert "effacement demandé" in journal


def test_what_is_due_and_the_documents_of_the_law(office):
    _database, officer, manager = office
    page = officer.get("/privacy").text
    assert "Énergie de la Vallée" in page
    assert "24 mois" in page
    for address, name in (
        ("/privacy/register.pdf", "registre.pdf"),
        ("/privacy/impact/energie-2026.pdf", "analyse-impact-energie-2026.pdf"),
    ):
        paper = officer.get(address)
        assert paper.content[:4] == b"%PDF"
        assert name in paper.headers["content-disposition"]
    told = json.loads(officer.get("/privacy/register.json").content)
    assert [one["partner"] for one in told["entries"]] == ["Énergie de la Vallée"]
    sheet = json.loads(officer.get("/privacy/impact/energie-2026.json").content)
    assert sheet["needed"] is True
    assert len(sheet["criteria"]) == 9
    assert officer.get("/privacy/impact/none.pdf").status_code in {404, 422, 400}
    assert officer.get("/privacy/register.exe").status_code == 404
    assert manager.get("/privacy").status_code == 403


def test_a_dropped_file_that_waits_for_an_answer_is_shown_with_its_last_day(office, monkeypatch, capsys):
    database, officer, _manager = office
    waiting = inboxes() / "energy-arrears" / WAITING / "mars.csv"
    waiting.parent.mkdir(parents=True)
    waiting.write_text("Nom\n")
    try:
        page = officer.get("/privacy").text
        monkeypatch.setattr(verbs, "database", lambda: database)
        verbs.retention()
    finally:
        shutil.rmtree(waiting.parents[1])
    assert "mars.csv" in page
    said = capsys.readouterr().out
    assert "mars.csv" in said
    assert f"{clock.today() + timedelta(days=30):%d/%m/%Y}" in said
    assert "mars.csv" not in officer.get("/privacy").text


def test_a_case_that_was_anonymised_still_opens(office):
    database, officer, manager = office
    address, somebody = asked(officer, database, "erasure")
    with database.session() as session:
        case = session.execute(
            text('SELECT id FROM "case" WHERE person_id = :p ORDER BY id LIMIT 1'), {"p": somebody.id}
        ).scalar_one()
    officer.post(f"{address}/erase", {"sure": "yes"})
    page = manager.get(f"/cases/{case}")
    assert page.status_code == 200
    assert "anonymisé" in page.text
    assert somebody.family_name not in page.text
