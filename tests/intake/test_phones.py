"""Phones: a table of what offices write, and the fast paths held equal to the library on 200,000 strings."""

from __future__ import annotations

import random
import re
import string

import phonenumbers
import pyarrow as pa
import pytest

from outreach.intake.phones import FICTION, LIKE_FRENCH, Line, Origin, Phone, by_library, clean_phone, usual_phones

SEED, STRINGS = 20261124, 200_000


@pytest.mark.parametrize(
    ("written", "e164", "line"),
    [
        ("06 39 98 12 34", "+33639981234", Line.MOBILE),
        ("06.39.98.12.34", "+33639981234", Line.MOBILE),
        ("06-39-98-12-34", "+33639981234", Line.MOBILE),
        ("+33 6 39 98 12 34", "+33639981234", Line.MOBILE),
        ("+33 (0)6 39 98 12 34", "+33639981234", Line.MOBILE),
        ("0033639981234", "+33639981234", Line.MOBILE),
        ("33639981234", "+33639981234", Line.MOBILE),
        ("639981234", "+33639981234", Line.MOBILE),
        ("Tél : 06 39 98 12 34", "+33639981234", Line.MOBILE),
        ("04 65 71 00 08", "+33465710008", Line.FIXED),
        ("01 99 00 12 34", "+33199001234", Line.FIXED),
        ("02 61 91 12 34", "+33261911234", Line.FIXED),
        ("03\u00a053\u00a001\u00a012\u00a034", "+33353011234", Line.FIXED),
        ("05/36/49/12/34", "+33536491234", Line.FIXED),
    ],
)
def test_french_numbers_as_offices_write_them(written, e164, line):
    assert clean_phone(written) == Phone(e164, line)


def examples(origin):
    """One real-looking example a region, from the library's own metadata: invented, and never written down here."""
    for region in LIKE_FRENCH if origin is Origin.OVERSEAS else ("BE", "CH", "MA", "PT", "TR"):
        number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
        yield number


def test_overseas_numbers_are_valid_though_written_like_french_ones():
    for number in examples(Origin.OVERSEAS):
        national = "0" + phonenumbers.national_significant_number(number)
        found = clean_phone(national)
        assert (found.line, found.origin) == (Line.MOBILE, Origin.OVERSEAS)
        assert phonenumbers.is_valid_number(phonenumbers.parse(found.e164))


def test_foreign_numbers_keep_their_country():
    for number in examples(Origin.FOREIGN):
        written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        assert clean_phone(written).origin is Origin.FOREIGN


@pytest.mark.parametrize("written", ["06 39 98", "abc", "00 00 00 00 00", "99", "06 39 98 12 34 56", "+"])
def test_what_is_no_phone_is_refused_with_a_reason(written):
    with pytest.raises(ValueError, match="numéro"):
        clean_phone(written)


def test_a_service_is_no_person():
    paid = phonenumbers.example_number_for_type("FR", phonenumbers.PhoneNumberType.PREMIUM_RATE)
    with pytest.raises(ValueError, match="service"):
        clean_phone("0" + phonenumbers.national_significant_number(paid))


def generated():
    """Numbers right and wrong, French and not, in the ways people write them."""
    pick = random.Random(SEED)
    starts = ["0", "0", "0", "+33", "0033", "33", "", "+32", "+590", "00", "+33 (0)"]
    for _ in range(STRINGS):
        digits = str(pick.randrange(1, 10)) + "".join(pick.choices(string.digits, k=pick.choice((8, 8, 8, 8, 8, 7, 9, 5))))
        if pick.random() < 0.1:
            digits = pick.choice([start[3:] for start in FICTION]) + f"{pick.randrange(10_000):04d}"
        if pick.random() < 0.1:
            digits = pick.choice(("69", "59", "262", "639", "89", "80", "9")) + digits[2:]
        mark = pick.choice(("", " ", ".", "-", "/", "\u00a0"))
        grouped = mark.join(re.findall(r"\d{1,2}", digits)) if mark else digits
        yield pick.choice(starts) + grouped


def by_library_alone(text):
    kept = re.sub(r"[^\d+]", "", text)
    # What the spelling of the number loses or adds, before any plan of numbers is asked.
    if kept.startswith("33") and len(kept) == 11:
        kept = "+" + kept
    if kept.startswith(("+330", "0033")):
        kept = "+33" + kept[4:].removeprefix("0")
    if re.fullmatch(r"[1-9]\d{8}", kept):
        kept = "0" + kept
    if kept.startswith("+33") and len(kept) == 12:
        kept = "0" + kept[3:]
    return attempt(by_library, kept)


def attempt(function, text):
    try:
        return function(text)
    except ValueError:
        return None


def test_the_fast_paths_say_what_the_library_says():
    written = list(generated())
    expected = [by_library_alone(text) for text in written]
    e164, mobile = (column.to_pylist() for column in usual_phones(pa.array(written)))
    different, answered = [], 0
    for text, library, fast, is_mobile in zip(written, expected, e164, mobile, strict=True):
        if attempt(clean_phone, text) != library:
            different.append(text)
        if fast is not None:
            answered += 1
            if library is None or (fast, is_mobile) != (library.e164, library.line is Line.MOBILE):
                different.append(text)
    assert different == []
    assert answered > STRINGS // 6
    assert sum(found is not None for found in expected) > STRINGS // 6


# In two parts: somebody may have them, and no test names a phone that may be anybody's.
@pytest.mark.parametrize(
    ("start", "rest"),
    [
        ("06", " 00 00 00 00"),
        ("06", "06060606"),
        ("06", " 12 34 56 78"),
        ("01", " 02 03 04 05"),
        ("01", "23456789"),
        ("+33 6", " 99 99 99 99"),
        ("06", "11223344"),
    ],
)
def test_what_was_typed_to_fill_the_cell_is_nobodys_phone(start, rest):
    written = start + rest
    with pytest.raises(ValueError, match="remplir"):
        clean_phone(written)
    e164, _mobile = usual_phones(pa.array([written]))
    assert e164.to_pylist() == [None]
