"""What replies mean: a table of texts as people write them, in both directions, and what never changes a meaning."""

from __future__ import annotations

import csv
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.policy.replies import LONGEST, Meaning, fold, meaning

TABLE = Path(__file__).with_name("replies.csv")
ROWS = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines(), delimiter=";"))
LEAST = {
    Meaning.STOP: 90,
    Meaning.UNCLEAR: 60,
    Meaning.CALL_BACK: 15,
    Meaning.WRONG_NUMBER: 15,
    Meaning.PAID: 15,
    Meaning.START: 15,
}


@pytest.mark.parametrize("row", ROWS, ids=[row["text"] for row in ROWS])
def test_a_reply_means_what_its_writer_meant(row):
    assert meaning(row["text"]) == row["meaning"]


def test_the_table_is_large_enough_to_say_something():
    counts = Counter(row["meaning"] for row in ROWS)
    assert all(counts[found] >= least for found, least in LEAST.items()), counts
    assert len({row["text"] for row in ROWS}) == len(ROWS)
    assert len({row["language"] for row in ROWS if row["meaning"] == "stop"}) >= 12


# « non » becomes « non merci », which is a stop; a sign has no case.
ANY_ROW = st.sampled_from([row for row in ROWS if row["text"] != "non"])


@given(ANY_ROW, st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
def test_case_changes_no_meaning(row, change):
    assert meaning(change(row["text"])) == row["meaning"]


@given(ANY_ROW, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_the_way_letters_are_coded_changes_no_meaning(row, form):
    assert meaning(unicodedata.normalize(form, row["text"])) == row["meaning"]


@given(
    st.sampled_from(
        [row for row in ROWS if row["language"] in {"fr", "en", "es", "pt", "it", "ro", "tr"} and row["text"] != "non"]
    )
)
def test_accents_change_no_meaning(row):
    bare = "".join(letter for letter in unicodedata.normalize("NFD", row["text"]) if not unicodedata.combining(letter))
    assert meaning(bare) == row["meaning"]


@given(ANY_ROW, st.text(" \t\n.,;:!?…-", max_size=6), st.text(" \t\n.,;:!?…-", max_size=6))
def test_spaces_and_punctuation_around_change_no_meaning(row, before, after):
    assert meaning(before + row["text"] + after) == row["meaning"]


@given(ANY_ROW, st.sampled_from([", ", " - ", ".  ", "\n"]))
def test_punctuation_between_words_changes_no_meaning(row, mark):
    assert meaning(row["text"].replace(" ", mark)) == row["meaning"]


POLITE = (" merci", " Merci !", " svp", ", merci d'avance", " merci beaucoup")


def test_polite_words_change_no_meaning():
    rows = [row for row in ROWS if row["text"] != "non"]
    spoken = [(row, text) for row in rows for text in ("Bonjour, " + row["text"], *(row["text"] + polite for polite in POLITE))]
    assert [text for row, text in spoken if meaning(text) != row["meaning"]] == []


def test_a_stop_beside_anything_is_a_stop():
    """What stands before it is somebody's whole sentence; « annulez le stop » alone takes one back."""
    texts = [row["text"] for row in ROWS if row["meaning"] != "start"]
    assert [text for text in texts if meaning(f"{text}. STOP") is not Meaning.STOP] == []


@given(st.text(max_size=400))
def test_any_text_has_a_meaning_and_folding_is_done_once(text):
    assert meaning(text) in Meaning
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(("opt_out", "found"), [("STOP", "stop"), ("START", "start"), ("HELP", "paid"), (None, "paid")])
def test_what_the_provider_took_it_for_counts(opt_out, found):
    assert meaning("déjà payé", opt_out) == found


@pytest.mark.parametrize("text", ["a" * 100_000, "arrete " * 20_000, "ne " * 20_000 + "stop", "j ai " * 20_000, "…" * 50_000])
def test_long_texts_are_read_only_so_far(text):
    assert len(text) > LONGEST
    assert meaning(text) in Meaning
