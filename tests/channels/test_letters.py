"""Letters: postal addresses, one page each, the same bytes twice, nothing personal in the manifest."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.channels.letters import Letter, address_block, manifest, render_letters
from outreach.channels.letters.address import LINES, is_postal
from outreach.core.errors import OutreachError
from outreach.policy.postal import LINE

DAY = date(2026, 10, 5)
ADDRESS = ("Mme Awa DIALLO", "APPARTEMENT 12 ETAGE 3", "12 BIS RUE DES ESSAIS", "69008 LYON")


def a_letter(number: int = 1, **changes) -> Letter:
    letter = Letter(
        reference=f"C{number:06d}",
        address=ADDRESS,
        subject="Votre facture d'énergie",
        paragraphs=("Madame Diallo,", "Nous pouvons vous aider, gratuitement. Appelez le 04 65 71 00 08."),
        call_back_lines=(
            ("en", "Call us, it is free: 04 65 71 00 08."),
            ("ar", "هل تحتاج إلى مساعدة بلغتك؟ اتصل بنا مجانا: 04 65 71 00 08"),
        ),
        signature="L'équipe du PIMMS",
        letter_code="K7M2QX",
        sender=("PIMMS Lyon Métropole", "12 rue des Essais, 69008 Lyon"),
        legal="Vous pouvez vous opposer : 04 65 71 00 00.",
    )
    return replace(letter, **changes)


def test_a_run_has_one_page_a_letter_and_embedded_fonts(tmp_path):
    rendered = render_letters([a_letter(number) for number in range(30)], tmp_path / "run.pdf", day=DAY)
    content = rendered.path.read_bytes()
    assert (rendered.letters, rendered.pages) == (30, 30)
    assert b"/FontFile" in content
    assert b"pdfaid:part" in content
    assert rendered.left_out == ()


def test_the_same_letters_give_the_same_bytes(tmp_path):
    letters = [a_letter(number) for number in range(3)]
    first = render_letters(letters, tmp_path / "a.pdf", day=DAY)
    second = render_letters(letters, tmp_path / "b.pdf", day=DAY)
    assert first.sha256 == second.sha256
    assert first.path.read_bytes() == second.path.read_bytes()


def test_a_line_no_font_can_print_is_left_out_and_said_so(tmp_path):
    letter = a_letter(call_back_lines=(("zh", "请致电 04 65 71 00 08"), ("en", "Call us")))
    rendered = render_letters([letter], tmp_path / "run.pdf", day=DAY)
    assert [gap.language for gap in rendered.left_out] == ["zh"]
    assert "police" in rendered.left_out[0].reason


def test_a_name_beyond_our_fonts_does_not_stop_the_run(tmp_path):
    address = address_block("M.", "伟 Wei", "Trần", None, None, None, None, "3", None, "RUE DES ESSAIS", "69008", "LYON")
    rendered = render_letters([a_letter(address=address)], tmp_path / "run.pdf", day=DAY)
    assert rendered.pages == 1


def test_a_longer_text_is_set_smaller_and_a_far_too_long_one_is_refused(tmp_path):
    long = a_letter(paragraphs=("Nous pouvons vous aider avec votre facture. " * 12,) * 4)
    assert render_letters([a_letter(), long], tmp_path / "long.pdf", day=DAY).pages == 2
    endless = a_letter(7, paragraphs=("Nous pouvons vous aider avec votre facture. " * 40,) * 6)
    with pytest.raises(OutreachError, match="C000007"):
        render_letters([a_letter(), endless], tmp_path / "endless.pdf", day=DAY)
    assert not (tmp_path / "endless.pdf").exists()


@pytest.mark.parametrize("address", [(), ("A",) * 7, ("Mme DIALLO", "x" * 39), ("Mme DIALLO", "12, rue des Essais")])
def test_an_address_that_is_not_postal_is_refused(tmp_path, address):
    with pytest.raises(OutreachError, match="C000001"):
        render_letters([a_letter(address=address)], tmp_path / "run.pdf", day=DAY)


def test_an_empty_run_is_refused(tmp_path):
    with pytest.raises(OutreachError, match="aucun"):
        render_letters([], tmp_path / "run.pdf", day=DAY)


def test_the_manifest_names_nobody(tmp_path):
    letters = [a_letter(number) for number in (1, 2)]
    rendered = render_letters(letters, tmp_path / "run.pdf", day=DAY)
    written = manifest(rendered, letters, day=DAY, campaign="energy-arrears", number=1)
    assert written["letters"] == written["pages"] == 2
    assert written["sha256"] == rendered.sha256
    assert written["recipients"] == [{"page": 1, "reference": "C000001"}, {"page": 2, "reference": "C000002"}]
    assert "DIALLO" not in str(written)
    assert "K7M2QX" not in str(written)


def test_an_address_in_full():
    block = address_block("Mme", "Awa", "Diallo", "C", "2", "3", "12", "12", "B", "RUE DES ESSAIS", "69008", "LYON")
    assert block == (
        "Mme Awa DIALLO", "APPARTEMENT 12 ETAGE 3 ESCALIER 2", "BATIMENT C", "12 BIS RUE DES ESSAIS", "69008 LYON",
    )  # fmt: skip


def test_long_lines_are_abbreviated_by_the_norm():
    block = address_block(
        "Mme", "Marie-Bernadette Éléonore", "de la Tour du Pin-Chambly", "Résidence du Général de Gaulle et des Cèdres", "B",
        "0", "1204", "112", None, "BOULEVARD DU PROFESSEUR SAINT EXUPERY DE LYON", "69120", "VAULX EN VELIN",
    )  # fmt: skip
    assert block[0] == "Mme M B É DE LA TOUR DU PIN-CHAMBLY"
    assert block[1] == "APPT 1204 REZ DE CHAUSSEE ESCALIER B"
    assert block[3].startswith("112 BD DU")
    assert all(len(line) <= LINE for line in block)


PARTS = (
    "title",
    "given",
    "family",
    "building",
    "staircase",
    "floor",
    "door",
    "number",
    "repetition",
    "street",
    "postal_code",
    "city",
)


def block(**parts):
    first = [parts.pop(name, None) for name in PARTS]
    return address_block(*first, **parts)


@pytest.mark.parametrize(
    ("parts", "lines"),
    [
        ({"street": "RUE NEUVE", "number": "3"}, ["3 RUE NEUVE"]),
        ({"care_of": "CHEZ MME DURAND", "door": "12", "number": "3", "street": "RUE NEUVE"}, ["CHEZ MME DURAND", "APPARTEMENT 12", "3 RUE NEUVE"]),
        ({"care_of": "CHEZ MME DURAND", "door": "12", "building": "C", "number": "3", "street": "RUE NEUVE", "place": "LE BOURG", "postal_code": "69590"},
         ["CHEZ MME DURAND APPARTEMENT 12", "BATIMENT C", "3 RUE NEUVE", "LE BOURG", "69590"]),
        ({"street": "RUE NEUVE", "number": "3", "repetition": "T"}, ["3 TER RUE NEUVE"]),
        ({"street": "RUE NEUVE", "number": "3", "repetition": "F"}, ["3 F RUE NEUVE"]),
        ({"floor": "0", "door": "GAUCHE"}, ["PORTE GAUCHE REZ DE CHAUSSEE"]),
        ({"floor": "2"}, ["ETAGE 2"]),
        ({"door": "12", "staircase": "B"}, ["APPARTEMENT 12 ESCALIER B"]),
        ({"building": "C"}, ["BATIMENT C"]),
        ({"building": "LES ACACIAS"}, ["LES ACACIAS"]),
        ({"residence": "RESIDENCE LES LILAS"}, ["RESIDENCE LES LILAS"]),
        ({"residence": "RESIDENCE LES LILAS", "building": "C"}, ["RESIDENCE LES LILAS BATIMENT C"]),
        ({"residence": "RESIDENCE LES BALCONS DU PARC", "building": "C2"}, ["RESIDENCE LES BALCONS DU PARC BAT C2"]),
        ({"place": "LE BOURG", "postal_code": "69590", "city": "LARAJASSE"}, ["LE BOURG", "69590 LARAJASSE"]),
        ({"number": "4", "street": "LE BOURG", "postal_code": "69590"}, ["4 LE BOURG", "69590"]),
        ({"po_box": "BP 90432", "postal_code": "69431", "city": "LYON", "cedex": "CEDEX 03"}, ["BP 90432", "69431 LYON CEDEX 03"]),
        ({"po_box": "CS 20011", "place": "ECULLY", "postal_code": "69134", "city": "ECULLY", "cedex": "CEDEX"},
         ["CS 20011 ECULLY", "69134 ECULLY CEDEX"]),
        ({"postal_code": "69590", "city": "SAINT SYMPHORIEN SUR COISE", "cedex": "CEDEX"}, ["69590 SAINT SYMPHORIEN SUR COISE CEDEX"]),
        ({"postal_code": "78000", "city": "SAINT REMY EN BOUZEMONT SAINT GENEST ET ISSON", "cedex": "CEDEX 01"},
         ["78000 ST REMY BOUZEMONT ST CEDEX 01"]),
        ({"street": "RUE HAUTE", "number": "1", "postal_code": "1000", "city": "BRUXELLES", "country": "BELGIQUE"},
         ["1 RUE HAUTE", "1000 BRUXELLES", "BELGIQUE"]),
        ({"country": "Côte d'Ivoire"}, ["COTE D IVOIRE"]),
        ({"city": "L'Haÿ-les-Roses", "postal_code": "94240"}, ["94240 L HAY LES ROSES"]),
    ],
)  # fmt: skip
def test_the_lines_of_the_norm(parts, lines):
    assert list(block(**parts)) == lines
    assert is_postal(("Mme DIALLO", *lines))


def test_a_full_address_abroad_has_a_seventh_line_and_is_printed(tmp_path):
    lines = block(
        title="Mme", given="Awa", family="Diallo", door="1", residence="RESIDENCE HAUTE", number="2", street="RUE HAUTE", po_box="BP 1",
        postal_code="1000", city="BRUXELLES", country="BELGIQUE",
    )  # fmt: skip
    assert len(lines) == LINES + 1
    assert is_postal(lines)
    assert not is_postal((*lines[:-1], "12 RUE"))
    assert render_letters([a_letter(address=lines)], tmp_path / "run.pdf", day=DAY).pages == 1


def test_nothing_known_gives_no_lines():
    assert address_block(*(None,) * 12) == ()


def test_a_name_alone_is_no_address():
    """Between the plan and the print run a list may have taken the address away."""
    assert not is_postal(block(title="Mme", given="Awa", family="Diallo"))


part = st.none() | st.text(max_size=60)


@given(st.fixed_dictionaries(dict.fromkeys((*PARTS[1:10], "city", "residence", "place", "po_box", "care_of", "cedex"), part)))
def test_any_address_fits_the_window(parts):
    lines = block(**parts | {"title": "M.", "postal_code": "69008"})
    assert len(lines) <= LINES
    assert all(0 < len(line) <= LINE for line in lines)
    assert is_postal(lines)
    assert all(re.fullmatch(r"[A-Z0-9]+( [A-Z0-9]+)*", line) for line in lines[1:])
