"""Which communes are rural is read from INSEE's grid as it is published; what is no grid is refused with its line."""

from __future__ import annotations

import pytest
import xlsxwriter
from sqlalchemy import text

from outreach.core.errors import ListRefusedError
from outreach.intake.rural import load_rural_communes

SEVEN = "CODGEO;LIBGEO;DENS;LIBDENS\n01001;A;6;rural à habitat dispersé\n1002;B;5;bourgs ruraux\n69123;C;1;grands centres\n69029;D;4;ceintures\n"
THREE = "CODGEO,LIBGEO,DENS\n01001,A,3\n69029,D,2\n69123,C,1\n"


def rural(session):
    return session.execute(text("SELECT insee FROM rural_commune ORDER BY 1")).scalars().all()


@pytest.mark.parametrize(("written", "found"), [(SEVEN, ["01001", "01002"]), (THREE, ["01001"])])
def test_of_three_and_of_seven_degrees_the_rural_ones_are_kept(session, tmp_path, written, found):
    path = tmp_path / "grille.csv"
    path.write_text(written, encoding="utf-8")
    assert load_rural_communes(session, path) == len(found)
    assert rural(session) == found


def test_the_workbook_is_read_as_it_is_published_and_replaces_the_one_before(session, tmp_path):
    path = tmp_path / "grille_densite.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Présentation").write(0, 0, "La grille communale de densité")
        sheet = book.add_worksheet("Maille communale")
        sheet.write(0, 0, "Grille de densité au niveau communal")
        for line, cells in enumerate((["CODGEO", "LIBGEO", "DENS", "LIBDENS", "PMUN22"], ["2A004", "Ajaccio", 1, "Urbain dense", 74000],
                                      ["09042", "Bédeille", 3, "Rural", 71], ["", "", "", "", ""]), start=4):  # fmt: skip
            for column, cell in enumerate(cells):
                sheet.write(line, column, cell)
    session.execute(text("INSERT INTO rural_commune VALUES ('69999')"))
    assert load_rural_communes(session, path) == 1
    assert rural(session) == ["09042"]


@pytest.mark.parametrize(
    ("written", "place", "message"),
    [("CODGEO;DENS\n01001;9\n", "ligne 2", "n'est pas un degré"), ("a;b\n1;2\n", "grille.csv", "n'est pas la grille")],
)
def test_what_is_no_grid_is_refused_and_what_was_known_stays(session, tmp_path, written, place, message):
    session.execute(text("INSERT INTO rural_commune VALUES ('01001')"))
    path = tmp_path / "grille.csv"
    path.write_text(written, encoding="utf-8")
    with pytest.raises(ListRefusedError, match=message) as refused:
        load_rural_communes(session, path)
    assert place in str(refused.value)
    assert rural(session) == ["01001"]
