"""A partner's people: deliver a list on a page, correct it, read a summary, ask about a figure; and never anything more."""

from __future__ import annotations

import io
import re
import time
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.roles import Role
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import find_campaign, launch_campaign
from outreach.models import Partner
from outreach.reporting import partner_summary, release_summary
from outreach.web.app import create_app
from outreach.web.deposit.looking import KIND
from outreach.web.jobs.runner import KINDS, start
from tests.played import END
from tests.web.server import running
from tests.web.tenants import account, cookie, settle_accounts

OWN = {"Sec-Fetch-Site": "same-origin"}
HEADER = "Réf client;Nom;Prénom;CP;Montant dû"
FILE = f"{HEADER}\nA1;DUPONT;Léa;69008;300\nA2;ROUX;Max;69008;??\n".encode()


@pytest.fixture
def site(database):
    """One launched campaign, its partner's account and another partner's."""
    with clock.travel(clock.at(date(2026, 10, 6), "08:00"), running=True):
        with database.session() as session:
            launch_campaign(session, read_folder(Path("campaigns/energy-arrears")), actor="test")
            session.add(Partner(code="autre", name="Un autre", kind="water"))
            session.flush()
            account(session, "supplier", Role.PARTNER, partner="energie")
            account(session, "other-supplier", Role.PARTNER, partner="autre")
        app = create_app(database)
        with running(app) as client:
            yield client, app, cookie(database, "supplier"), cookie(database, "other-supplier")


def finished(client, app, job, mine):
    """The page of a job once it is over: its own threads do it, or we."""
    app.state.jobs.run_waiting()
    for _ in range(300):
        page = client.get(job, headers=mine)
        if page.status_code != 200:
            return page
        time.sleep(0.05)
    raise AssertionError(job)


def deliver(client, app, mine, body=FILE, name="semaine 41.csv"):
    """Put a file on the page, let the job run, and follow to where it leads."""
    put = client.post(
        "/partner/lists",
        files={"file": (name, io.BytesIO(body), "text/csv")},
        data={"campaign": "energy-arrears"},
        headers=mine | OWN,
    )
    assert put.status_code == 303
    page = finished(client, app, put.headers["location"], mine)
    return client.get(page.headers["location"], headers=mine)


def test_a_list_is_looked_at_then_confirmed(site, database):
    client, app, mine, other = site
    page = deliver(client, app, mine)
    assert "aperçu" in page.text
    assert "ligne 3" in page.text
    assert "Montant dû" in page.text
    number = int(page.url.path.rpartition("/")[2])
    assert client.get(f"/partner/lists/{number}", headers=other).status_code == 404
    assert client.post(f"/partner/lists/{number}/commit", headers=other | OWN).status_code == 404
    done = client.post(f"/partner/lists/{number}/commit", headers=mine | OWN)
    assert done.status_code == 303
    bad = client.get(f"/partner/lists/{number}/bad-rows.xlsx", headers=mine)
    assert bad.content[:2] == b"PK"
    with database.session() as session:
        row = session.execute(text("SELECT state, delivered_by, delivered_through FROM target_list")).one()
    assert tuple(row) == ("committed", "supplier", "web")
    assert "semaine 41.csv" in client.get("/partner/lists", headers=mine).text


def test_a_preview_may_be_dropped(site, database):
    client, app, mine, _other = site
    number = int(deliver(client, app, mine).url.path.rpartition("/")[2])
    assert client.post(f"/partner/lists/{number}/discard", headers=mine | OWN).headers["location"] == "/partner/lists"
    with database.session() as session:
        assert session.execute(text("SELECT count(*) FROM list_row")).scalar_one() == 0


def test_what_a_column_means_is_asked_once(site):
    client, app, mine, _other = site
    body = "Réf client;Nom;Joignable au\n".encode() + b"".join(b"A%d;B;063998000%d\n" % (n, n) for n in range(5))
    page = deliver(client, app, mine, body, "autre.csv")
    assert "/columns/" in page.url.path
    assert "Joignable au" in page.text
    names = re.findall(r'name="(column:[^"]+)"', page.text)
    answered = client.post(page.url.path, data=dict.fromkeys(names, "-"), headers=mine | OWN)
    assert finished(client, app, answered.headers["location"], mine).headers["location"].startswith("/partner/lists/")


@pytest.mark.parametrize(("body", "said"), [(b"", "vide"), (b"\x00\x01\x02", "revenir en arrière")])
def test_what_is_no_list_is_told_and_nothing_is_kept(site, database, body, said):
    client, app, mine, _other = site
    put = client.post(
        "/partner/lists",
        files={"file": ("x.csv", io.BytesIO(body), "text/csv")},
        data={"campaign": "energy-arrears"},
        headers=mine | OWN,
    )
    if put.status_code == 303:
        put = finished(client, app, put.headers["location"], mine)
    assert put.status_code == 422
    assert said in put.text.lower()
    with database.session() as session:
        assert session.execute(text("SELECT count(*) FROM target_list WHERE state <> 'discarded'")).scalar_one() == 0


def test_uploads_have_a_limit(site):
    client, _app, mine, _other = site
    said = [
        client.post(
            "/partner/lists",
            files={"file": ("x.csv", io.BytesIO(b""), "text/csv")},
            data={"campaign": "energy-arrears"},
            headers=mine | OWN,
        ).text
        for _ in range(21)
    ]
    assert ["trop de fichiers" in page.lower() for page in said] == [False] * 20 + [True]


def test_only_ones_own_look_at_a_list_is_asked_about_and_answered(site, database):
    client, _app, mine, _other = site
    with database.session() as session:
        number = session.execute(text("SELECT id FROM account WHERE code = 'supplier'")).scalar_one()
    # Another kind of one's own work, and a look that belongs to another page.
    for kind, arguments in (
        ("another kind", {}),
        (KIND, {"base": "/campaigns/x/way/list", "campaign": "x", "path": "", "answers": {}}),
    ):
        KINDS.setdefault(kind, lambda *_: None)
        job = start(database, kind, number, "fr", "/partner/lists", **arguments)
        asked = f"/partner/lists/columns/{job}"
        assert client.get(asked, headers=mine).status_code == 404
        assert client.post(asked, data={"column:a": "-"}, headers=mine | OWN).status_code == 404
    KINDS.pop("another kind")


def test_how_many_want_no_contact_is_shown_and_confirmed_with_the_list(site, database):
    """Nearly all of a list: whoever confirms it has read so."""
    client, app, mine, _other = site
    lines = "".join(f"A{number};NOM{number};Ana;69008;300;OUI\n" for number in range(20))
    page = deliver(client, app, mine, f"{HEADER};Ne pas contacter\n{lines}".encode())
    assert "20 clients ne veulent pas être contactés, ou sont décédés, d&#39;après cette liste" in page.text
    assert 'name="removals" value="yes"' in page.text
    number = int(page.url.path.rpartition("/")[2])
    assert client.post(f"/partner/lists/{number}/commit", headers=mine | OWN).status_code == 409, "unread, it is held"
    assert client.post(f"/partner/lists/{number}/commit", data={"removals": "yes"}, headers=mine | OWN).status_code == 303
    with database.session() as session:
        assert session.execute(text("SELECT count(*) FROM current_row")).scalar_one() == 0


def test_a_list_of_which_no_row_is_of_use_is_not_put_in_force(site):
    client, app, mine, _other = site
    page = deliver(client, app, mine, f"{HEADER}\n;;;;\n;DUPONT;;;\n".encode())
    assert "Aucune ligne ne peut servir" in page.text
    assert "Confirmer" not in page.text


def test_the_agreement_is_told_in_words(site):
    client, _app, mine, other = site
    page = client.get("/partner/agreement", headers=mine).text
    assert "encaisser de l" in page
    assert "24 mois" in page
    assert "encaisser" not in client.get("/partner/agreement", headers=other).text


@pytest.fixture(scope="module")
def released(played):
    """A released summary of the played campaign, and who may read it."""
    settle_accounts(played.database)
    with clock.travel(clock.at(END, "20:00")):
        with played.database.session() as session:
            loaded = find_campaign(session, "energy-arrears")
            made = partner_summary(
                session, loaded, start=loaded.folder.campaign.starts_on, end=clock.today(), out=played.out / "web", actor="one"
            )
            release_summary(session, made.summary_id, actor="two", reviewed_by="two")
        with running(create_app(played.database)) as client:
            yield (
                client,
                made.summary_id,
                cookie(played.database, "supplier"),
                cookie(played.database, "other-supplier"),
                played.database,
            )


def test_the_figure_for_the_board_is_on_the_first_page(released):
    client, number, mine, _other, _database = released
    home = client.get("/partner", headers=mine)
    assert home.headers["location"] == "/partner/summaries"
    page = client.get("/partner/summaries", headers=mine).text
    assert "sollicités" in page
    assert re.search(r"\d+\s%", page)
    assert f"/partner/summaries/{number}" in page


def test_a_summary_is_its_partners_alone_and_holds_no_person(released):
    client, number, mine, other, database = released
    page = client.get(f"/partner/summaries/{number}", headers=mine)
    assert page.status_code == 200
    assert page.text.count("<svg") >= 2
    assert "Voir les chiffres" in page.text
    for kind, begins in (("pdf", b"%PDF"), ("xlsx", b"PK"), ("json", b"{")):
        assert client.get(f"/partner/summaries/{number}/file.{kind}", headers=mine).content.startswith(begins)
        assert client.get(f"/partner/summaries/{number}/file.{kind}", headers=other).status_code == 404
    assert client.get(f"/partner/summaries/{number}", headers=other).status_code == 404
    with database.session() as session:
        names = session.execute(text("SELECT DISTINCT family_name FROM person WHERE length(family_name) > 5")).scalars().all()
    assert [name for name in names if re.search(rf"\b{re.escape(name)}\b", page.text)] == []


def test_a_question_is_asked_and_answered(released):
    client, number, mine, other, database = released
    asked = client.post(
        f"/partner/summaries/{number}/questions", data={"figure": "mediated", "question": "Et par commune ?"}, headers=mine | OWN
    )
    assert asked.headers["location"].endswith("#questions")
    assert (
        client.post(
            f"/partner/summaries/{number}/questions", data={"figure": "", "question": "?"}, headers=other | OWN
        ).status_code
        == 404
    )
    boss = cookie(database, "manager")
    page = client.get("/campaigns/energy-arrears/summaries", headers=boss).text
    assert "Et par commune ?" in page
    question = re.search(r"/summaries/questions/(\d+)", page)[1]
    told = client.post(
        f"/campaigns/energy-arrears/summaries/questions/{question}", data={"answer": "Voyez la page 2."}, headers=boss | OWN
    )
    assert told.status_code == 303
    assert "Voyez la page 2." in client.get(f"/partner/summaries/{number}", headers=mine).text


def test_what_is_not_released_is_not_there(released):
    client, _number, mine, _other, database = released
    with database.session() as session:
        draft = session.execute(
            text("INSERT INTO summary (campaign_id, partner_id, period_start, period_end, version, content_hash, content, produced_at, state)"
                 " SELECT campaign_id, partner_id, period_start, period_end, 99, 'draft', content, produced_at, 'produced' FROM summary LIMIT 1 RETURNING id")
        ).scalar_one()  # fmt: skip
    assert client.get(f"/partner/summaries/{draft}", headers=mine).status_code == 404
    assert client.get(f"/partner/summaries/{draft}/file.pdf", headers=mine).status_code == 404
    assert f"/partner/summaries/{draft}" not in client.get("/partner/summaries", headers=mine).text
