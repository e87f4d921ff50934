"""Small tables: whatever they were saved as, a line has the number under which a person sees it."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlsxwriter import Workbook

from outreach.core.errors import OutreachError
from outreach.core.plain_tables import SEPARATORS, records, sheets

HEADS = ["name", "place"]
CELLS = st.text(st.sampled_from("aé ;,\t\n\"'"), max_size=4).map(lambda word: f"x{word}x")
LINES = st.lists(st.none() | st.lists(CELLS, min_size=len(HEADS), max_size=len(HEADS)), max_size=6)


def as_text(path, table, separator):
    written = io.StringIO(newline="")
    rows = csv.writer(written, delimiter=separator)
    for line in table:
        rows.writerow(line or [])
    path.write_bytes(written.getvalue().encode())


def as_workbook(path, table):
    with Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(table):
            sheet.write_row(number, 1, line or [])


@given(st.integers(0, 3), LINES, st.sampled_from([";", ","]))
def test_lines_have_the_numbers_that_people_see(above, lines, separator):
    table = [*[None] * above, HEADS, *lines]
    expected = {
        number: dict(zip(HEADS, line, strict=True)) for number, line in enumerate(lines, start=above + 2) if line is not None
    }
    plain = [line and [cell.replace(";", "").replace(",", "").replace("\t", "") for cell in line] for line in table]
    with tempfile.TemporaryDirectory() as folder:
        as_text(Path(folder, "a.csv"), plain, separator)
        as_workbook(Path(folder, "a.xlsx"), table)
        assert records(Path(folder, "a.xlsx")) == expected
        assert {number: list(row.values()) for number, row in records(Path(folder, "a.csv")).items()} == {
            number: plain[number - 1] for number in expected
        }


@pytest.mark.parametrize("separator", SEPARATORS)
def test_what_stands_on_most_lines_separates(tmp_path, separator):
    other = next(sign for sign in SEPARATORS if sign != separator)
    path = tmp_path / "a.csv"
    path.write_text(separator.join(HEADS) + f"\na{separator}b\nc{separator}d{other}e\n", encoding="utf-8")
    assert [list(row.values()) for row in records(path).values()] == [["a", "b"], ["c", f"d{other}e"]]


def test_a_stray_cell_far_down_is_read_and_an_empty_workbook_has_no_lines(tmp_path):
    with Workbook(tmp_path / "far.xlsx") as book:
        book.add_worksheet().write(1_048_575, 16_383, "name")
        book.add_worksheet()
    far, empty = sheets(tmp_path / "far.xlsx")
    assert (len(far), far[-1], empty) == (1_048_576, ["name"], [])
    assert records(tmp_path / "far.xlsx") == {}


def test_a_text_that_is_no_table_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("name;place\na;" + "b" * 200_000, encoding="utf-8")
    with pytest.raises(OutreachError, match=r"a\.csv"):
        records(path)
