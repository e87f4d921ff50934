"""What can be printed, and how numbers and spaces behave in French and in Arabic."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from outreach.core.typesetting import drawable, is_right_to_left, isolate_numbers, typographic, undrawable


def test_arabic_turkish_and_vietnamese_names_can_be_printed_without_any_font_of_the_machine():
    assert undrawable("هل تحتاج إلى مساعدة بلغتك؟") == ""
    assert undrawable("Ayşe Yıldırım, Şırnak") == ""


def test_a_sign_without_glyph_is_named_and_left_out():
    assert undrawable("Appelez 你") == "你"
    assert drawable("Appelez 你") == "Appelez "


@given(st.text(max_size=20))
def test_what_is_drawable_has_no_missing_glyph(text):
    assert undrawable(drawable(text)) == ""


def test_a_phone_inside_arabic_stays_whole_and_in_order():
    text = isolate_numbers("اتصل بنا مجانا: 04 65 71 00 08")
    assert is_right_to_left(text)
    assert "\u206604\u00a065\u00a071\u00a000\u00a008\u2069" in text


def test_numbers_of_a_left_to_right_text_are_left_alone():
    assert isolate_numbers("Call 04 65 71 00 08") == "Call 04 65 71 00 08"


def test_a_date_and_a_time_are_one_number_inside_right_to_left_text():
    assert isolate_numbers("قبل 24/11/2026، 14:30 أو 2026-11-24.") == (
        "قبل \u206624/11/2026\u2069، \u206614:30\u2069 أو \u20662026-11-24\u2069."
    )


def test_french_spaces_do_not_break():
    assert typographic("Appelez : 04 65 71 00 08 !") == "Appelez\u00a0: 04\u00a065\u00a071\u00a000\u00a008\u00a0!"
    assert typographic("l'aide « gratuite »") == "l’aide «\u00a0gratuite\u00a0»"
