"""Lists delivered by a program: with a token of one campaign, never another's; the answers are sentences and counts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import launch_campaign
from outreach.flows import lists
from tests.web.server import serving

HEADER = "Réf client;Nom;Prénom;CP;Montant dû"
FILE = f"{HEADER}\nA1;DUPONT;Léa;69008;300\nA2;ROUX;Max;69008;??\n".encode()


@pytest.fixture
def web(database):
    """Two launched campaigns, a token for each, and a client."""
    with clock.travel(clock.at(date(2026, 10, 6), "08:00")):
        tokens = {}
        for code in ("energy-arrears", "water-meter-access"):
            with database.session() as session:
                launch_campaign(session, read_folder(Path("campaigns") / code), actor="test")
            loaded = lists.loaded_campaign(database, code)
            tokens[code] = lists.create_delivery_token(database, loaded, name=f"si {code}", days=30, actor="test")
        with serving(database) as client:
            yield client, {code: {"Authorization": f"Bearer {token}"} for code, token in tokens.items()}


def test_a_file_is_taken_in_and_its_bad_rows_fetched(web, database):
    client, headers = web
    first = client.put("/api/lists/semaine 41.csv", content=FILE, headers=headers["energy-arrears"])
    assert (first.status_code, first.json()["counts"]) == (201, {"new": 1, "rejected": 1})
    number = first.json()["list_id"]
    again = client.put("/api/lists/semaine 41.csv", content=FILE, headers=headers["energy-arrears"])
    assert (again.status_code, again.json()["known"]) == (200, True)
    shown = client.get(f"/api/lists/{number}", headers=headers["energy-arrears"]).json()
    assert [(fault["row"], fault["column"]) for fault in shown["faults"]] == [(3, "Montant dû")]
    back = client.get(f"/api/lists/{number}/bad-rows.xlsx", headers=headers["energy-arrears"])
    assert (back.status_code, back.content[:2]) == (200, b"PK")
    with database.session() as session:
        who = session.execute(text("SELECT delivered_by, delivered_through FROM target_list")).one()
    assert tuple(who) == ("api si energy-arrears", "api")


def test_a_preview_counts_when_it_is_committed(web):
    client, headers = web
    seen = client.put("/api/lists/x.csv?preview=true", content=FILE, headers=headers["energy-arrears"])
    assert (seen.status_code, seen.json()["state"]) == (202, "previewed")
    number = seen.json()["list_id"]
    assert client.post(f"/api/lists/{number}/commit", headers=headers["energy-arrears"]).json()["state"] == "committed"
    other = client.put(
        "/api/lists/y.csv?preview=true", content=FILE + b"A3;NEUF;Ana;69008;10\n", headers=headers["energy-arrears"]
    )
    gone = client.delete(f"/api/lists/{other.json()['list_id']}", headers=headers["energy-arrears"])
    assert gone.json()["state"] == "discarded"
    states = [entry["state"] for entry in client.get("/api/lists", headers=headers["energy-arrears"]).json()]
    assert states == ["discarded", "committed"]


def test_refusals_are_sentences_with_their_mend(web):
    client, headers = web
    refused = client.put("/api/lists/x.csv", content=b"Bonjour,\nvoici\n", headers=headers["energy-arrears"])
    assert refused.status_code == 422
    assert refused.json()["mend"]
    unsure = b"R\xc3\xa9f client;Nom;Joignable au\n" + b"".join(b"A%d;B;063998000%d\n" % (n, n) for n in range(5))
    asked = client.put("/api/lists/x.csv", content=unsure, headers=headers["energy-arrears"])
    assert (asked.status_code, asked.json()["questions"]) == (
        409,
        [{"header": "Joignable au", "column": 3, "candidate": "phone"}],
    )
    answered = client.put(
        "/api/lists/x.csv", params={"map": "Joignable au=mobile"}, content=unsure, headers=headers["energy-arrears"]
    )
    assert answered.status_code == 201


ROUTES = [
    ("PUT", "/api/lists/x.csv"), ("GET", "/api/lists"), ("GET", "/api/lists/{n}"), ("POST", "/api/lists/{n}/commit"),
    ("DELETE", "/api/lists/{n}"), ("GET", "/api/lists/{n}/bad-rows.xlsx"),
]  # fmt: skip


def test_every_route_is_tried():
    from outreach.web.api.lists import router

    known = {
        (method, route.path.replace("{number}", "{n}").replace("{file_name}", "x.csv"))
        for route in router.routes
        for method in route.methods
    }
    assert known == set(ROUTES)


def test_nothing_without_a_token(web):
    client, _headers = web
    tried = {
        (method, path, value): client.request(
            method, path.replace("{n}", "1"), headers={"Authorization": value} if value else {}
        ).status_code
        for method, path in ROUTES
        for value in ("", "Bearer nothing", "Basic YTpi", "Bearer")
    }
    assert set(tried.values()) == {401}
    assert client.get("/api/lists").headers["Cache-Control"] == "no-store"


def test_another_campaigns_list_does_not_exist(web):
    client, headers = web
    number = client.put("/api/lists/x.csv?preview=true", content=FILE, headers=headers["energy-arrears"]).json()["list_id"]
    tried = {
        (method, path): client.request(
            method, path.replace("{n}", str(number)), headers=headers["water-meter-access"]
        ).status_code
        for method, path in ROUTES
        if "{n}" in path
    }
    assert set(tried.values()) == {404}


def test_a_revoked_or_old_token_opens_nothing(web, database):
    client, headers = web
    with clock.travel(clock.at(date(2026, 11, 20), "08:00")):
        assert client.get("/api/lists", headers=headers["energy-arrears"]).status_code == 401
    named = {"name": "si energy-arrears", "actor": "test"}
    assert lists.revoke_delivery_tokens(database, lists.loaded_campaign(database, "energy-arrears"), **named) == 1
    assert client.get("/api/lists", headers=headers["energy-arrears"]).status_code == 401
    assert client.get("/api/lists", headers=headers["water-meter-access"]).status_code == 200
    with clock.travel(clock.at(date(2026, 11, 20), "08:00")):
        water = lists.loaded_campaign(database, "water-meter-access")
        ended = lists.revoke_delivery_tokens(database, water, name="si water-meter-access", actor="test")
    assert ended == 0, "it had ended by itself"


def test_a_partner_is_not_told_whom_the_network_knows(web):
    client, headers = web
    answer = client.put("/api/lists/x.csv", content=FILE, headers=headers["energy-arrears"]).json()
    assert "findings" not in answer


def test_a_file_name_cannot_leave_its_folder(web):
    client, headers = web
    answer = client.put("/api/lists/..%2F..%2Fetc%2Fx.csv", content=FILE, headers=headers["energy-arrears"])
    assert answer.status_code in {201, 404}
    hidden = client.put("/api/lists/.x.csv", content=FILE + b"A4;B;C;69008;1\n", headers=headers["energy-arrears"])
    assert hidden.json()["file_name"] == "x.csv"
