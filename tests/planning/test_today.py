"""The parts of a phone's day: households as far as births are known, words in the person's language, answers that lead onwards."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from outreach.core import clock
from outreach.core.i18n import speaking
from outreach.core.words import SkipReason
from outreach.definitions.loader import read_folder
from outreach.definitions.outcomes import OwnResult
from outreach.definitions.registry import Loaded
from outreach.planning.today.reading import _household, full_name
from outreach.planning.today.saying import said_to
from outreach.planning.today.vocabulary import SKIPS, vocabulary_of

FOLDER = read_folder(Path("campaigns/energy-arrears"))
ROW = {
    "title": "Mme", "given_name": "Awa", "family_name": "Diallo", "spoken": "tr", "reads_french": False, "site": "PIMMS", "letter_code": "K7M2QX",
    "site_address": "1 rue des Essais", "site_phone": "04 65 71 00 08", "mediator": "Amina B.",
}  # fmt: skip


def said(**changes):
    return said_to(ROW | changes, Loaded(None, FOLDER, None))


@pytest.mark.parametrize(
    ("births", "expected"),
    [
        (None, (0, 0, 0)),
        ([None], (0, 0, 1)),
        (["1980-01-01", "2008-10-06", "2008-10-07", None], (2, 1, 1)),
    ],
)
def test_a_household_is_what_births_say_and_no_more(births, expected):
    with clock.travel(clock.at(date(2026, 10, 6), "09:00")):
        assert tuple(_household(births).values()) == expected


def test_names_are_in_full_with_the_family_name_in_capitals():
    assert full_name(ROW) == "Mme Awa DIALLO"
    assert full_name({"title": None, "given_name": None, "family_name": None}) == ""


@pytest.mark.parametrize(
    ("changes", "languages"),
    [
        ({}, ["tr", "fr"]),
        ({"spoken": "ro"}, ["fr"]),
        ({"spoken": None}, ["fr-easy", "fr"]),
        ({"spoken": "fr", "reads_french": True}, ["fr"]),
    ],
)
def test_scripts_are_in_their_language_and_in_french(changes, languages):
    opening, scripts = said(**changes)
    assert list(scripts) == languages
    assert "Amina B." in opening
    assert "Awa Diallo" in scripts["fr"]["opening"]
    assert "K7M2QX" in scripts["fr"]["if_nobody"]


def test_answers_lead_onwards_to_the_end():
    questions = said()[1]["fr"]["questions"]
    assert [answer["then"] for answer in questions[1]["answers"]] == [2, 6, None]
    for at, question in enumerate(questions):
        assert all(then is None or then > at for then in [question["then"], *(answer["then"] for answer in question["answers"])])
    assert questions[-1]["then"] is None


def test_languages_that_mediators_speak_are_offered_first_and_french_is_none():
    tongues = vocabulary_of({7: FOLDER.campaign})["tongues"]
    ours = {code for site in FOLDER.campaign.sites for one in site.mediators for code in one.languages} - {"fr"}
    assert ours
    assert set(tongues[: len(ours)]) == ours
    assert "fr" not in tongues
    assert len(tongues) == len(set(tongues))
    asked = [row["code"] for row in vocabulary_of({7: FOLDER.campaign})["results"]["call"] if row["asks_language"]]
    assert asked == ["language_barrier"]


def test_own_results_stand_beside_the_common_ones():
    own = OwnResult(code="payday", label="Rappeler après la paie", english="Call after payday", same_as="call_back")
    campaign = FOLDER.campaign.model_copy(update={"results": [own]})
    results = vocabulary_of({7: campaign})["campaigns"]["7"]["results"]
    assert {channel: [row["label"] for row in rows] for channel, rows in results.items()} == {
        key: ["Rappeler après la paie"] for key in ("call", "visit")
    }
    with speaking("en"):
        assert vocabulary_of({7: campaign})["campaigns"]["7"]["results"]["call"][0]["label"] == "Call after payday"
    assert results["call"][0]["may_promise"]
    assert set(SKIPS) == set(SkipReason)
