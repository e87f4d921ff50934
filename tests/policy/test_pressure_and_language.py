"""How often, and in which words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.policy.language import may_rest_on_writing, spoken_languages, written_language
from outreach.policy.pressure import PERIOD, earliest_within_cap
from outreach.policy.replies import Meaning, meaning

DAY = date(2026, 10, 5)


@given(st.lists(st.integers(-90, 0), max_size=30), st.integers(1, 6))
def test_no_thirty_days_hold_more_than_the_cap(offsets, cap):
    previous = [DAY + timedelta(days=offset) for offset in offsets]
    found = earliest_within_cap(previous, cap, DAY)
    assert found is not None
    assert found >= DAY
    assert len([day for day in previous if found - PERIOD < day <= found]) < cap


def test_a_cap_of_zero_never_allows():
    assert earliest_within_cap([], 0, DAY) is None


@pytest.mark.parametrize(
    ("language", "reads", "expected"),
    [(None, None, "fr"), ("fr", False, "fr-easy"), ("ar", False, "ar"), ("sq", False, "fr-easy"), ("sq", None, "fr")],
)
def test_written_words(language, reads, expected):
    assert written_language(language, reads, frozenset({"fr", "fr-easy", "ar"})) == expected


def test_spoken_words():
    assert spoken_languages("tr", reads_french=False) == {"tr"}
    assert spoken_languages("tr", reads_french=None) == {"tr", "fr"}
    assert spoken_languages(None, reads_french=None) == {"fr"}
    assert not may_rest_on_writing(False)
    assert may_rest_on_writing(None)


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "stop svp",
        "Stop!!",
        "arrêtez",
        "ARRET",
        "ne m'appelez plus",
        "plus de sms merci",
        "désabonnez moi",
        "توقف",
        "STOP merci",
    ],
)
def test_replies_that_must_stop(text):
    assert meaning(text) is Meaning.STOP


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ne stoppez pas le dossier", Meaning.UNCLEAR),
        ("je suis en arrêt de travail", Meaning.UNCLEAR),
        ("rappelez moi ce soir", Meaning.CALL_BACK),
        ("c'est déjà payé", Meaning.PAID),
        ("faux numéro", Meaning.WRONG_NUMBER),
        ("merci", Meaning.UNCLEAR),
    ],
)
def test_replies_that_must_not_stop(text, expected):
    assert meaning(text) is expected
