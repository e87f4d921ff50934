"""Pages as printed: what the envelope's window shows, squares that scan, letters in other languages, templates that misbehave."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import date
from random import Random

import numpy as np
import pytest
import segno
from hypothesis import given
from hypothesis import settings as property_settings
from hypothesis import strategies as st
from pypdfium2 import PdfDocument
from zxingcpp import read_barcodes

from outreach.channels.letters import Letter, Side, address_block, manifest, render_letters
from outreach.channels.letters.house_words import OBJECTION, code_label, objection
from outreach.channels.letters.letter import sealed, unsealed
from outreach.channels.letters.qr import MASK, modules
from outreach.channels.letters.render import HOUSE, TEMPLATE, design
from outreach.channels.letters.window import Window, check_windows, chosen_window
from outreach.core.errors import OutreachError
from outreach.core.letter_codes import code_of
from outreach.core.letter_passes import sample_pass
from outreach.core.settings import settings
from tests.channels.test_letters import DAY, a_letter

LINK = "https://mediation.example.org/o/K7M2QX-22222222"
FRENCH = Side("fr", "Votre facture", ("Madame Diallo,", "Nous pouvons vous aider."), "L'équipe")


def page_of(path, number=0):
    with PdfDocument(path) as document:
        page = document[number]
        image = page.render(scale=3, grayscale=True).to_numpy().copy()
        texts = page.get_textpage()
        shown = texts.get_text_bounded()
        texts.close()
        page.close()
    return image, shown


def test_squares_are_those_of_segno():
    texts = [f"https://mediation.example.org/o/{sample_pass(code_of(number))}" for number in range(1, 60)] + [
        "tel:+33465710008",
        "é",
    ]
    version = max(segno.make(text.encode(), mode="byte", error="m", boost_error=False, micro=False).version for text in texts)
    for text, found in zip(texts, modules(texts), strict=True):
        made = segno.make(text.encode(), mode="byte", error="m", boost_error=False, micro=False, mask=MASK, version=version)
        assert (found == np.array([list(row) for row in made.matrix])).all()


@property_settings(max_examples=30)
@given(st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=5))
def test_any_text_has_its_square(texts):
    version = max(segno.make(text.encode(), mode="byte", error="m", boost_error=False, micro=False).version for text in texts)
    for text, found in zip(texts, modules(texts), strict=True):
        made = segno.make(text.encode(), mode="byte", error="m", boost_error=False, micro=False, mask=MASK, version=version)
        assert (found == np.array([list(row) for row in made.matrix])).all()


@pytest.mark.parametrize("link", [LINK, "tel:+33465710008"])
def test_the_square_on_the_page_scans(tmp_path, link):
    rendered = render_letters([a_letter(link=link)], tmp_path / "run.pdf", day=DAY)
    image, _text = page_of(rendered.path)
    assert [found.text for found in read_barcodes(image)] == [link]


def test_without_a_link_there_is_no_square(tmp_path):
    rendered = render_letters([a_letter()], tmp_path / "run.pdf", day=DAY)
    assert read_barcodes(page_of(rendered.path)[0]) == []


def test_how_to_object_is_said_without_internet_too(tmp_path):
    told = objection("fr", phone="04 65 71 00 08", has_page=True, has_square=True)
    rendered = render_letters([a_letter(objection=told, link=LINK)], tmp_path / "run.pdf", day=DAY)
    text = " ".join(page_of(rendered.path)[1].replace("\xa0", " ").split())
    assert "Appelez le 04 65 71 00 08 et donnez votre code" in text
    assert "Votre code K7M2QX · Réf. C000001" in text
    assert "Vous ne voulez plus que nous vous contactions ?" in text
    assert "Ou scannez" not in " ".join(objection("fr", phone="1", has_page=True, has_square=False))


@pytest.mark.parametrize("language", OBJECTION)
def test_every_language_says_number_and_code(language):
    title, how = objection(language, phone="04 65 71 00 08", has_page=False, has_square=True)
    assert title
    assert "04 65 71 00 08" in how
    assert code_label(language)


def any_address(random: Random) -> tuple[str, ...]:
    def some(letters, most):
        return "".join(random.choice(letters) for _ in range(random.randint(1, most)))

    wide = "AÉMWŒQJÇÀgjpqy -'"
    return address_block(
        random.choice(["M.", "Mme", None]), some(wide, 30), some(wide, 30) + "X", some("ABC DEF", 20), some("ABC", 2), some("0123", 2),
        some(string.digits, 4), some(string.digits[1:], 4), random.choice(["B", "T", None]), some("RUE DES ESSAIS", 36), "69008",
        some("LYON EME", 30) + "L", residence=random.choice([None, "RESIDENCE DU PARC"]), po_box=random.choice([None, "BP 90432"]),
        country=random.choice([None, "BELGIQUE"]),
    )  # fmt: skip


@pytest.mark.parametrize("window", [Window(), Window(20, 55, 90, 24), Window(105, 56, 80, 20)])
def test_only_the_address_shows_whatever_it_is(tmp_path, window):
    random = Random(7)
    letters = [a_letter(number, address=any_address(random)) for number in range(60)]
    rendered = render_letters(letters, tmp_path / "run.pdf", day=DAY, window=window)
    check_windows(rendered.path, {page: letter.address for page, letter in enumerate(letters)}, window)


def test_a_letter_in_another_language_has_its_french_on_the_back(tmp_path):
    arabic = replace(
        a_letter(call_back_lines=()), language="ar", subject="فاتورة الطاقة", paragraphs=("اتصلوا بالرقم 04 65 71 00 08.",), back=FRENCH,
        objection=objection("ar", phone="04 65 71 00 08", has_page=True, has_square=True), link=LINK,
    )  # fmt: skip
    letters = [replace(arabic, reference=f"{number}-00") for number in range(3)]
    rendered = render_letters(letters, tmp_path / "run.pdf", day=DAY)
    assert (rendered.letters, rendered.pages) == (3, 6)
    described = manifest(rendered, letters, day=DAY, campaign="energy-arrears", number=1)
    assert [line["page"] for line in described["recipients"]] == [1, 3, 5]
    assert "recto-verso" in described["format"]
    back = page_of(rendered.path, 1)[1]
    assert "Nous pouvons vous aider." in back
    assert "DIALLO" not in back, "nobody's address stands on the back"
    assert "04 65 71 00 08" in page_of(rendered.path)[1].replace("\xa0", " ")
    with pytest.raises(OutreachError, match="recto"):
        render_letters([arabic, a_letter()], tmp_path / "mixed.pdf", day=DAY)


def test_a_letter_is_sealed_and_unsealed_as_it_was():
    for letter in (a_letter(), replace(a_letter(), back=FRENCH, unset=(("zh", "请"),), objection=("a", "b"))):
        assert unsealed(sealed(letter)) == letter
        assert isinstance(unsealed(sealed(letter)), Letter)


OWN = '#import "house.typ": *\n#show: body => sheet(data.title, data.author, 11pt, body)\n'
EACH = "#for (index, letter) in data.letters.enumerate() {{\n  if index > 0 {{ pagebreak() }}\n  {body}\n}}\n"


def own(body):
    return OWN + EACH.format(body=body)


GOOD = "address(letter.address); foot(letter, data.squares.at(index)); letter.paragraphs.join(parbreak())"


def test_a_campaign_may_have_a_template_of_its_own(tmp_path):
    rendered = render_letters([a_letter(link=LINK), a_letter(2, link=LINK)], tmp_path / "run.pdf", day=DAY, template=own(GOOD))
    assert rendered.pages == 2
    assert rendered.design == design(own(GOOD)) != design()
    assert [found.text for found in read_barcodes(page_of(rendered.path)[0])] == [LINK]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("address(letter.address); at(100mm, 75mm, [x])", "autre chose que l'adresse"),
        ("address(letter.address); at(75mm, 46mm, line(length: 3mm))", "autre chose que l'adresse"),
        ("address(letter.address); at(170mm, 85mm, rect(width: 5mm, height: 3mm, fill: luma(80%)))", "autre chose que l'adresse"),
        ("foot(letter, none)", "ligne 1 de l'adresse"),
        (
            "for (i, line) in letter.address.enumerate() { at(76mm, (56 + 4 * i) * 1mm, text(font: mono, line)) }",
            "peut sortir de la fenêtre",
        ),
        ("address(letter.addres)", "letter.typ:5"),
        ('read("/etc/passwd")', "letter.typ:5"),
        ('read("../letters/render.py")', "letter.typ:5"),
        ('import "@preview/cetz:0.3.0": *', "package"),
        ("let f(x) = f(x); f(1)", "letter.typ:5"),
        ("(", "letter.typ"),
    ],
)
def test_a_template_that_misbehaves_is_refused_with_its_place(tmp_path, body, said):
    with pytest.raises(OutreachError, match=said.replace(".", r"\.")) as caught:
        render_letters([a_letter()], tmp_path / "run.pdf", day=DAY, template=own(body))
    assert caught.value.mend
    assert "DIALLO" not in str(caught.value)


def test_a_failed_run_leaves_no_file(tmp_path):
    with pytest.raises(OutreachError):
        render_letters([a_letter()], tmp_path / "run.pdf", day=DAY, template=own("letter.nothing"))
    assert list(tmp_path.iterdir()) == []


def test_the_houses_own_template_passes_as_a_campaigns(tmp_path):
    source = TEMPLATE.read_text(encoding="utf-8")
    ours = render_letters([a_letter()], tmp_path / "a.pdf", day=DAY)
    theirs = render_letters([a_letter()], tmp_path / "b.pdf", day=DAY, template=source)
    assert ours.sha256 == theirs.sha256
    assert ours.design == theirs.design
    assert HOUSE.exists()


@pytest.mark.parametrize(
    ("written", "window"),
    [(None, Window()), ("20,55,90,24", Window(20, 55, 90, 24)), (" 105 , 54.5 , 80, 25 ", Window(105, 54.5, 80, 25))],
)
def test_the_window_is_a_setting(monkeypatch, written, window):
    if written:
        monkeypatch.setenv("OUTREACH_LETTER_WINDOW", written)
    settings.cache_clear()
    assert chosen_window() == window
    settings.cache_clear()


@pytest.mark.parametrize("written", ["1,2,3", "a,b,c,d", "150,55,90,24", "100,40,90,24", "100,55,20,24", "100,90,90,24"])
def test_a_window_that_cannot_be_is_refused(monkeypatch, written):
    monkeypatch.setenv("OUTREACH_LETTER_WINDOW", written)
    settings.cache_clear()
    with pytest.raises(OutreachError, match="OUTREACH_LETTER_WINDOW"):
        chosen_window()
    settings.cache_clear()


def test_days_are_written_as_french_does(tmp_path):
    rendered = render_letters([a_letter()], tmp_path / "run.pdf", day=date(2026, 10, 1))
    assert "Le 1er octobre 2026" in page_of(rendered.path)[1]
