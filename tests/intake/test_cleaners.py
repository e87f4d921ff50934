"""Each cleaner against a table of what offices write."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.intake import values
from outreach.intake.phones import clean_phone


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("05/10/2026", date(2026, 10, 5)),
        ("5.10.26", date(2026, 10, 5)),
        ("2026-10-05", date(2026, 10, 5)),
        ("2026-10-05 00:00:00", date(2026, 10, 5)),
        ("46300", date(2026, 10, 5)),
        ("01/02/84", date(1984, 2, 1)),
    ],
)
def test_dates(written, clean):
    assert values.clean_date(written) == clean


@pytest.mark.parametrize("written", ["31/02/2026", "hier", "2026-13-01", "2024", "1984"])
def test_impossible_dates_are_refused(written):
    with pytest.raises(ValueError, match="date"):
        values.clean_date(written)


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("1 234,56", "1234.56"),
        ("1.234,56 €", "1234.56"),
        ("1234.5", "1234.50"),
        ("0", "0.00"),
        ("1\u202f234,5", "1234.50"),
        ("1,234.56", "1234.56"),
        ("1.234", "1234.00"),
        ("12.345.678,9", "12345678.90"),
        ("-12,5 EUR", "-12.50"),
    ],
)
def test_amounts(written, clean):
    assert values.clean_amount(written) == Decimal(clean)


@pytest.mark.parametrize("written", ["??", "", "NaN", "1e99"])
def test_what_is_no_amount_is_refused(written):
    with pytest.raises(ValueError, match="montant"):
        values.clean_amount(written)


@given(st.text(max_size=60))
def test_no_text_breaks_a_cleaner(text):
    for clean in (clean_phone, values.clean_date, values.clean_amount, values.clean_postal_code, values.clean_email):
        try:
            assert clean(text) is not None
        except ValueError as error:
            assert str(error), "a refusal says why"


def test_lost_zeros_are_given_back():
    assert values.clean_postal_code("1700") == "01700"
    assert values.clean_postal_code("69008") == "69008"
