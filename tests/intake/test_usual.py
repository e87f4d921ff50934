"""The fast paths of whole columns say what the cleaner of one cell says, wherever they say anything."""

from __future__ import annotations

import string

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.intake import values
from outreach.intake.distinct import Distinct, Fault, attempt, complete

DIGITS = st.text(string.digits, min_size=1, max_size=4)
DATES = st.builds("{}{}{}{}{}".format, DIGITS, st.sampled_from("/-. "), DIGITS, st.sampled_from("/-. "), DIGITS)
AMOUNTS = st.text(string.digits + ",. €-", max_size=12)
EMAILS = st.builds("{}@{}.{}".format, st.text("aZ9._+-é", max_size=5), st.text("aZ9.-", max_size=5), st.text("aZ9", max_size=3))
PATHS = [
    (values.usual_dates, values.clean_date, DATES | st.dates().map(lambda day: f"{day:%d/%m/%Y}") | st.dates().map(str)),
    (values.usual_amounts, values.clean_amount, AMOUNTS | st.decimals(-9999, 9999, places=2).map(str)),
    (values.usual_emails, values.clean_email, EMAILS | st.emails()),
]


@pytest.mark.parametrize(("usual", "clean", "written"), PATHS, ids=["dates", "amounts", "emails"])
@given(data=st.data())
def test_usual_cells_are_cleaned_as_one_cell_is(usual, clean, written, data):
    cells = data.draw(st.lists(written, max_size=20))
    for cell, fast in zip(cells, usual(pa.array(cells, pa.string())).to_pylist(), strict=True):
        if fast is not None:
            assert attempt(clean)(cell) == fast


@pytest.mark.parametrize(
    ("usual", "cell"), [(values.usual_dates, "05/10/2026"), (values.usual_amounts, "1234,5"), (values.usual_emails, "A.B@c.fr")]
)
def test_the_usual_is_answered(usual, cell):
    assert usual(pa.array([cell])).null_count == 0


def test_what_the_fast_path_leaves_is_cleaned_one_by_one_and_faults_keep_their_place():
    cells = pa.array(["12,50", "", "1.234,56 €", "??", "7"])
    clean, faults = complete(cells, values.usual_amounts(cells), Distinct(attempt(values.clean_amount), pa.decimal128(12, 2)))
    assert [None if value is None else float(value) for value in clean.to_pylist()] == [12.5, None, 1234.56, None, 7.0]
    assert [(position, type(fault)) for position, fault in faults] == [(3, Fault)]
