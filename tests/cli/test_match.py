"""``outreach match`` and its words, as a manager uses them: from the doubtful pair to a decision taken back."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import make_url

from outreach.core import clock
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import launch_campaign
from outreach.flows import lists
from tests.cli.test_verbs import outreach
from tests.intake.conftest import HEADER, person
from tests.matching.test_register import TOWN


@pytest.fixture
def verb(database, tmp_path):
    """``outreach match …`` on a database with one doubtful pair and one clear one."""
    with clock.travel(clock.at(date(2026, 10, 6), "08:00")):
        with database.session() as session:
            launch_campaign(session, read_folder(Path("campaigns") / "energy-arrears"), actor="test")
        rows = [
            person("A1", name="DUPONT;Léa;"), person("A2", name="DUPONT;L;", phone="06 39 98 00 02"),
            person("B1", name="ROUX;Marc;05/06/1971", street="9 RUE DU LAC"), person("B2", name="ROUX;Marc;05/06/1971", street="9 RUE DU LAC"),
        ]  # fmt: skip
        path = tmp_path / "list.csv"
        path.write_text("\n".join([HEADER, *TOWN, *rows, ""]), encoding="utf-8")
        lists.import_file(database, lists.loaded_campaign(database, "energy-arrears"), path, actor="test")
    env = {"OUTREACH_DATABASE_NAME": make_url(database.url).database, "OUTREACH_USER": "lea", "COLUMNS": "160"}

    def run(*arguments, check=0, **more):
        return outreach("match", *arguments, env={**env, **more}, check=check)

    return run


def data(result):
    return json.loads(result.stdout)


def test_from_a_doubtful_pair_to_a_decision_taken_back(verb):
    assert "personnes" in verb().stdout
    queue = data(verb("review", "--json"))
    assert queue["waiting"] == 1
    pair = queue["pairs"][0]
    one, other = pair["left_row"], pair["right_row"]
    told = verb("explain", one, other).stdout
    for words in ("Dupont", "Un prénom est l'initiale de l'autre", "À vérifier par quelqu'un", "│", "×"):
        assert words in told
    view = data(verb("explain", one, other, "--json"))
    assert view["why"]["steps"][-1]["p_after"] == pytest.approx(view["p_same"], abs=2e-3)
    decided = data(verb("decide", one, other, "same", "--note", "vu à sa porte", "--json"))
    assert decided["match"]["kind"] == "increment"
    [kept] = data(verb("decisions", "--json"))
    assert (kept["verdict"], kept["author"], kept["note"]) == ("same", "lea", "vu à sa porte")
    assert "Décidé par lea" in verb("explain", one, other).stdout
    whole = data(verb("explain", one, other, "--json"))["left"]["person_id"]
    ways = verb("split", whole).stdout
    assert "par décision" in ways
    assert "--at" in ways
    verb("withdraw", kept["id"])
    assert data(verb("review", "--json"))["waiting"] == 1
    assert "reprise par lea" in verb("decisions").stdout


def test_split_household_and_refusals(verb):
    verb()
    missing = verb("explain", 1, 10**9, check=2)
    assert "plus en vigueur" in missing.stderr
    assert "il en faut 2000" in verb("train", check=2).stderr
    assert "trop peu de réponses" in verb("calibrate", check=2).stderr
    assert "n'existent pas" in verb("adopt", "own-7", check=2).stderr
    assert "n'existe pas" in verb("household", 10**9, check=2).stderr
    assert "Household 1" in verb("household", 1, OUTREACH_LANGUAGE="en").stdout
    assert os.environ["OUTREACH_LANGUAGE"] == "fr"
