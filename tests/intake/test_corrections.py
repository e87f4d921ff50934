"""Bad rows go back to the partner in a file like theirs, and come back: the counts close."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from outreach.core.errors import ListRefusedError, OutreachError
from outreach.core.spreadsheets import DANGEROUS, harmless
from outreach.intake import write_bad_rows
from tests.intake.conftest import HEADER, person
from tests.opened import in_clear

EXTRA = "Réf client;Commentaire;Nom;Prénom;CP;Commune;Tél portable;Montant dû;Stade"


def read(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


def test_the_file_has_only_the_bad_rows_in_the_same_columns_and_says_what_is_wrong(lists, tmp_path):
    first = lists.take(
        "A1;vu;DUPONT;Léa;69008;LYON;;300;relance 1", "A2;secret;;;ABC;LYON;;??;relance 1", header=EXTRA
    )  # fmt: skip
    path = tmp_path / "back.csv"
    assert write_bad_rows(lists.session, lists.loaded(), first.list_id, path) == 1
    header, row = read(path)
    assert header == [*EXTRA.split(";"), f"À corriger (liste {first.list_id})"]
    assert row[:3] == ["A2", "", ""], "what the agreement does not allow was never stored"
    assert row[-1].startswith("ligne 3 | ")
    assert all(words in row[-1] for words in ("CP : code postal invalide", "Montant dû : montant illisible", "Nom : le nom"))
    assert path.stat().st_mode & 0o077 == 0


def test_the_corrected_file_merges_and_the_counts_close(lists, tmp_path):
    first = lists.take(person("A1"), person("A2", amount="??"), person("A3", amount="??"), person("A4"))
    path = tmp_path / "back.csv"
    write_bad_rows(lists.session, lists.loaded(), first.list_id, path)
    header, good, bad = read(path)
    good[header.index("Montant dû")] = "120,00"
    back = lists.write(";".join(good), ";".join(bad), header=";".join(header))
    result = lists.take(path=back)
    assert (result.mode, result.counts, result.removed) == ("correction", {"new": 1, "rejected": 1}, 0)
    assert [reference for reference, _ in lists.in_force()] == ["A1", "A2", "A4"], "nobody left because a correction is short"
    corrected, counts = lists.session.execute(
        text("SELECT CAST(counts ->> 'corrected' AS int), counts FROM target_list WHERE id = :id"), {"id": first.list_id}
    ).one()
    assert (corrected, counts["rejected"]) == (1, 2)
    again = tmp_path / "again.csv"
    assert write_bad_rows(lists.session, lists.loaded(), first.list_id, again) == 1, "one of two is still to be corrected"
    assert write_bad_rows(lists.session, lists.loaded(), result.list_id, again) == 1
    lists.undo(result.list_id)
    assert write_bad_rows(lists.session, lists.loaded(), first.list_id, again) == 2


def test_a_row_that_goes_to_and_fro_is_answered_by_one_good_row(lists, tmp_path):
    first = lists.take(person("A1"), person("A2", amount="??"))
    path = tmp_path / "back.csv"
    write_bad_rows(lists.session, lists.loaded(), first.list_id, path)
    header, row = read(path)
    again = lists.take(";".join([*row[:-2], "relance 9", row[-1]]).replace("??", "!!"), header=";".join(header))
    assert again.counts == {"rejected": 1}
    write_bad_rows(lists.session, lists.loaded(), again.list_id, path)
    header, row = read(path)
    assert header[-1] == f"À corriger (liste {again.list_id})", "one column of corrections, for the newest list"
    third = lists.take(";".join(row).replace("!!", "75"), header=";".join(header))
    assert third.counts == {"new": 1}
    corrected = "SELECT id, CAST(counts ->> 'corrected' AS int) FROM target_list ORDER BY id"
    assert [tuple(line) for line in lists.session.execute(text(corrected))] == [
        (first.list_id, 1), (again.list_id, 1), (third.list_id, None),
    ]  # fmt: skip
    assert write_bad_rows(lists.session, lists.loaded(), first.list_id, path) == 0


def test_a_correction_without_its_column_is_named_by_a_person(lists):
    first = lists.take(person("A1", amount="??"), person("A2"))
    result = lists.take(person("A1", amount="90"), corrects=first.list_id)
    assert (result.mode, result.counts, result.removed) == ("correction", {"new": 1}, 0)
    with pytest.raises(ListRefusedError, match="de quelle liste"):
        lists.take(person("A9"), corrects=999_999)


def test_a_workbook_shows_the_faulty_cells_and_holds_no_formula(lists, tmp_path):
    first = lists.take(person("=1+1", amount="??"))
    path = tmp_path / "back.xlsx"
    write_bad_rows(lists.session, lists.loaded(), first.list_id, path)
    sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    assert sheet.to_python()[1][0] == "=1+1", "as text"
    with pytest.raises(OutreachError, match="CSV ou un XLSX"):
        write_bad_rows(lists.session, lists.loaded(), first.list_id, tmp_path / "back.pdf")


@given(st.text(max_size=30))
def test_no_cell_that_goes_back_is_a_formula(cell):
    written = harmless(cell)
    assert not DANGEROUS.match(written)
    assert written in {cell, f"'{cell}"}


@pytest.mark.parametrize("cell", ["+33 6 39 98 00 01", "-12.50", "DUPONT", "'deja"])
def test_phones_and_amounts_go_back_as_they_came(cell):
    assert harmless(cell) == cell


def test_an_apostrophe_in_front_of_a_formula_is_taken_away_on_the_way_back(lists):
    lists.take(person("'=A1"), header=HEADER)
    assert lists.session.execute(in_clear("SELECT reference FROM list_row")).scalar_one() == "=A1"
