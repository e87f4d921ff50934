"""Questions with answers lead onwards only; a plain sentence is a question too, and keeps the hash that it had."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from outreach.channels.sheets.dispatch import _questions
from outreach.definitions.base import PlacedError
from outreach.definitions.loader import Folder, check_folder, read_folder
from outreach.definitions.messages import Messages, Script
from outreach.definitions.scripts import only_onwards

ENERGY = Path("campaigns/energy-arrears")


def script(*questions):
    return Script(opening="Bonjour", questions=list(questions), if_nobody="Rappelez")


def test_plain_sentences_are_written_as_they_were():
    written = {"opening": "Bonjour", "questions": ["Avez-vous reçu notre lettre ?"], "if_nobody": "Rappelez"}
    assert Script.model_validate(written).model_dump(mode="json") == written


def test_the_energy_script_branches_and_freezes_whole():
    folder = read_folder(ENERGY)
    assert any(answer.go_to for question in folder.messages.scripts["fr"].questions for answer in question.answers)
    assert Folder.thaw(folder.definition()) == folder
    printed = _questions(folder.messages.scripts["fr"], {})
    assert printed[1].endswith("C'est difficile → 3 · C'est réglé → 7 · Je ne veux pas en parler → fin")
    assert _questions(folder.messages.scripts["en"], {})[0] == "Did you get our letter?"


@pytest.mark.parametrize(
    ("old", "new", "line_with", "expected"),
    [
        ("go_to: later}", "go_to: instalment}", "C'est réglé", "aucune question n'a le code « instalment » ; plus loin il y a : voucher"),
        ('go_to: instalments}, {say: "Non, perdu"', 'go_to: voucher}, {say: "Non, perdu"', "Non, perdu", "on tournerait en rond"),
        ("code: entitled", "code: voucher", "code: voucher", "code employé deux fois"),
        ("end: true}", "end: true, go_to: later}", "Je ne veux pas en parler", "pas aux deux"),
        ("go_to: later}", "goto: later}", "C'est réglé", "clé inconnue"),
    ],
)  # fmt: skip
def test_a_mistake_names_its_place_and_the_mend(tmp_path, old, new, line_with, expected):
    folder = Path(shutil.copytree(ENERGY, tmp_path / "energy-arrears"))
    path = folder / "messages.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    lines = path.read_text().splitlines()
    [mistake] = [str(one) for one in check_folder(folder)[1] if expected in str(one)]
    assert line_with in lines[int(mistake.partition("messages.yaml:")[2].split()[0]) - 1], mistake


def test_the_last_question_can_only_end():
    with pytest.raises(ValidationError, match="end: true"):
        script({"code": "only", "ask": "Ça va ?", "answers": [{"say": "Oui", "go_to": "only"}]})


CODES = ("a", "b", "c", "d")


@given(st.lists(st.tuples(st.sampled_from([None, *CODES]), st.lists(st.sampled_from([None, *CODES]), max_size=3)), min_size=1))
def test_whatever_is_accepted_comes_to_its_end(drawn):
    asked = [{"code": code, "ask": "?", "answers": [{"say": "x", "go_to": there} for there in ways]} for code, ways in drawn]
    try:
        questions = script(*asked).questions
    except ValidationError:
        return
    places = {question.code: at for at, question in enumerate(questions)}
    for at, question in enumerate(questions):
        assert all(answer.go_to is None or places[answer.go_to] > at for answer in question.answers)


def test_placeholders_and_words_of_debt_are_checked_in_questions_too():
    for wrong in ("{nom}", "Ceci est une mise en demeure"):
        with pytest.raises(ValidationError):
            script({"ask": wrong, "answers": [{"say": "Oui"}]})


def test_editors_are_told_of_both_forms():
    assert {"type": "string"} in Messages.model_json_schema()["$defs"]["Question"]["anyOf"]


def test_all_mistakes_are_told_at_once():
    class Loose:
        def __init__(self, code, *ways):
            self.code, self.answers = code, [type("A", (), {"go_to": way}) for way in ways]

    with pytest.raises(PlacedError) as caught:
        only_onwards([Loose("a", "a", "z"), Loose("a")])
    assert [place for place, _text in caught.value.found] == [(1, "code"), (0, "answers", 1, "go_to")]
