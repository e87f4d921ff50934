"""What is remembered from letter to letter, or left out for a small run, changes no letter."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from pypdfium2 import PdfDocument

from outreach.channels.letters import Side, render_letters
from outreach.channels.letters.compose import objection_link
from outreach.channels.letters.letter import sealed
from outreach.channels.letters.render import SAMPLED, TEMPLATE, design
from outreach.channels.letters.window import _from_top, _rooms
from outreach.core.errors import OutreachError
from outreach.core.settings import settings
from outreach.core.typesetting import design_of
from tests.channels.test_letters import DAY, a_letter


def test_a_sealed_letter_holds_every_field_in_its_order():
    back = Side("fr", "Votre facture", ("Madame Diallo,", "Nous pouvons vous aider."), "L'équipe")
    for letter in (a_letter(), replace(a_letter(), language="ar", back=back, unset=(("ta", "த"),))):
        assert json.dumps(sealed(letter)) == json.dumps(asdict(letter))


def test_each_site_has_its_own_number_and_a_page_wins_once_there_is_one(monkeypatch):
    first, second = objection_link("K7M2QX", "04 65 71 00 08"), objection_link("K7M2QX", "04 65 71 00 09")
    assert (first, second) == ("tel:+33465710008", "tel:+33465710009")
    assert objection_link("K7M2QX", "3639") == ""
    monkeypatch.setenv("OUTREACH_PUBLIC_URL", "https://mediation.example.org/")
    settings.cache_clear()
    assert objection_link("K7M2QX-4FJ3WWPA", "04 65 71 00 08") == "https://mediation.example.org/o/K7M2QX-4FJ3WWPA"


def test_another_template_or_another_typst_is_another_design(monkeypatch):
    template = TEMPLATE.read_text(encoding="utf-8")
    assert design(template) == design()
    assert design(f"{template} ") != design()
    before = design_of(["a"])
    monkeypatch.setattr("outreach.core.typesetting._version", lambda package: f"{package} of tomorrow")
    assert design_of(["a"]) != before


@pytest.mark.parametrize("count", [SAMPLED, SAMPLED + 1])
def test_small_and_large_runs_take_the_same_size_and_refuse_the_same_letter(tmp_path, count):
    long = a_letter(7, paragraphs=("Un long paragraphe, pour lequel il faut des lettres plus petites. " * 40,))
    letters = [a_letter(number) for number in range(1, 7)] + [long] + [a_letter(number) for number in range(8, count + 1)]
    rendered = render_letters(letters, tmp_path / "run.pdf", day=DAY)
    assert (rendered.pages, rendered.size) == (count, 10.5)
    letters[6] = replace(long, paragraphs=(long.paragraphs[0] * 2,))
    with pytest.raises(OutreachError, match="ne tient pas"):
        render_letters(letters, tmp_path / "again.pdf", day=DAY)


def test_room_and_place_of_every_character_are_those_that_pdfium_tells_one_by_one(tmp_path):
    rendered = render_letters([a_letter()], tmp_path / "run.pdf", day=DAY)
    with PdfDocument(rendered.path) as document:
        page = document[0]
        texts, height = page.get_textpage(), page.get_height()
        told = [_from_top(texts.get_charbox(index, loose=True), height) for index in range(texts.count_chars())]
        assert len(told) > 100
        assert np.array_equal(_rooms(texts, height), np.array(told))
        texts.close()
        page.close()
