"""The review screen on the real server: only with its key, one pair after the other, answers kept, undone, applied."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import launch_campaign
from outreach.flows import lists, matching
from outreach.web.review import create_review_app
from tests.intake.conftest import HEADER, person
from tests.matching.test_register import TOWN
from tests.web.server import running

KEY = "key-of-the-test"


@pytest.fixture
def client(database, tmp_path):
    """Two doubtful pairs, and a client that has not shown its key yet."""
    with clock.travel(clock.at(date(2026, 10, 6), "08:00")):
        with database.session() as session:
            launch_campaign(session, read_folder(Path("campaigns") / "energy-arrears"), actor="test")
        rows = [
            person("A1", name="DUPONT;Léa <b>;", phone="06 39 98 00 01"), person("A2", name="DUPONT;L;", phone="06 39 98 00 02"),
            person("B1", name="ROUX;Marc;", street="9 RUE DU LAC", phone="06 39 98 00 03"),
            person("B2", name="ROUX;M;", street="9 RUE DU LAC", phone="06 39 98 00 04"),
        ]  # fmt: skip
        path = tmp_path / "list.csv"
        path.write_text("\n".join([HEADER, *TOWN, *rows, ""]), encoding="utf-8")
        lists.import_file(database, lists.loaded_campaign(database, "energy-arrears"), path, actor="test")
        matching.run(database, actor="test")
        with running(create_review_app(database, author="lea", key=KEY)) as client:
            yield client


def enter(client):
    entered = client.get("/", params={"key": KEY})
    assert (entered.status_code, entered.headers["location"]) == (303, "/pairs")
    assert "HttpOnly" in entered.headers["set-cookie"]
    assert "SameSite=strict" in entered.headers["set-cookie"]


def shown(page):
    """The two rows of a page, from the address its form answers to."""
    found = re.search(r'action="/pairs/(\d+)/(\d+)"', page.text)
    return int(found[1]), int(found[2])


def test_nobody_gets_in_without_the_key_and_no_other_site_answers(client, database):
    for path in ("/", "/?key=wrong", "/?key=clé", "/pairs", "/pairs/1/2", "/static/review.css"):
        assert client.get(path).status_code == 403
    enter(client)
    page = client.get("/pairs")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    one, other = shown(page)
    forged = client.post(f"/pairs/{one}/{other}", data={"verdict": "same"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert forged.status_code == 403
    assert not matching.history(database)


def test_one_pair_after_the_other_answered_undone_passed_over_and_applied(client, database):
    enter(client)
    page = client.get("/pairs")
    assert "2 à vérifier" in page.text
    assert "<b>" not in page.text, "what a partner writes is text"
    assert "<svg" in page.text
    first = shown(page)
    passed = client.post(f"/pairs/{first[0]}/{first[1]}", data={"verdict": "skip", "after": "0"}, follow_redirects=True)
    assert shown(passed) != first
    kept = client.post(f"/pairs/{first[0]}/{first[1]}", data={"verdict": "apart", "note": "père et fils"}, follow_redirects=True)
    assert "Réponse gardée" in kept.text
    assert "1 à vérifier" in kept.text
    [decision] = matching.history(database)
    assert (decision.verdict, decision.author, decision.note) == ("apart", "lea", "père et fils")
    again = client.post(f"/decisions/{decision.id}/undo", follow_redirects=True)
    assert shown(again) == first
    client.post(f"/pairs/{first[0]}/{first[1]}", data={"verdict": "same"})
    second = shown(client.get("/pairs"))
    done = client.post(f"/pairs/{second[0]}/{second[1]}", data={"verdict": "unsure"}, follow_redirects=True)
    assert "Plus rien à vérifier" in done.text
    applied = client.post("/apply")
    assert "43 personnes" in applied.text
    with database.session() as session:
        persons = session.execute(text("SELECT person_id FROM usable_row WHERE id = ANY(:rows)"), {"rows": list(first)}).scalars()
        assert len(set(persons)) == 1


def test_a_row_that_does_not_exist_is_told(client):
    enter(client)
    missing = client.get("/pairs/1/999999")
    assert missing.status_code == 404
    assert "plus en vigueur" in missing.text
    odd = client.post("/pairs/1/2", data={"verdict": "perhaps"})
    assert odd.status_code == 404
