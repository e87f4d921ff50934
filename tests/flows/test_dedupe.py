"""Who is in a list twice, and who of one list is in another: whole files in, whole files out."""

from __future__ import annotations

import csv
import random

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from outreach.core.errors import ListRefusedError, OutreachError
from outreach.flows.dedupe import dedupe, link, sketch_mapping

HEADER = "Réf;Nom;Prénom;Né(e) le;Tél;Adresse;CP;Ville;Note"
ROWS = (
    "A1;DUPONT;Marie;03/04/1980;06 39 98 00 01;12 rue des Lilas;69001;Lyon;=1+1",
    "A2;Martin;Paul;05/06/1975;06 39 98 00 02;3 place Carnot;69002;Lyon;",
    "A1;Dupond;Marie;03/04/1980;+33639980001;12, r. des lilas;69001;LYON;é",
    "A3;DUPONT;Léa;09/10/2004;06 39 98 00 01;12 rue des Lilas;69001;Lyon;",
)


def french(folder, rows=ROWS, name="liste.csv", encoding="utf-8", header=HEADER):
    path = folder / name
    path.write_bytes("\n".join([header, *rows, ""]).encode(encoding))
    return path


def cells(path, delimiter=";"):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_a_french_list_without_mapping(tmp_path, encoding):
    found = dedupe(french(tmp_path, encoding=encoding), tmp_path / "out.csv")
    rows = cells(tmp_path / "out.csv")
    assert list(rows[0]) == [*HEADER.split(";"), "row", "person_id", "household_id", "probability"]
    assert [row["row"] for row in rows] == ["2", "3", "4", "5"], "as a spreadsheet numbers them"
    assert [row["person_id"] for row in rows] == ["2", "3", "2", "5"], "a daughter is nobody's double"
    assert [row["household_id"] for row in rows] == ["2", "3", "2", "2"]
    assert [bool(row["probability"]) for row in rows] == [True, False, True, False]
    assert [row["Note"] for row in rows] == ["'=1+1", "", "é", ""], "no spreadsheet computes a partner's cell"
    assert [row["Nom"] for row in rows] == ["DUPONT", "Martin", "Dupond", "DUPONT"]
    assert (found.rows, found.persons, found.households) == (4, 3, 2)
    assert (tmp_path / "out.csv").stat().st_mode & 0o077 == 0, "nobody else's to read"


def test_a_workbook_in_and_a_workbook_out(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "liste.xlsx") as book:
        sheet = book.add_worksheet()
        for at, line in enumerate(["Liste du 3 mai", "", HEADER, *ROWS]):
            for place, cell in enumerate(line.split(";")):
                sheet.write_string(at, place, cell)
    dedupe(tmp_path / "liste.xlsx", tmp_path / "out.xlsx")
    rows = CalamineWorkbook.from_path(tmp_path / "out.xlsx").get_sheet_by_index(0).to_python()
    assert rows[0][-4:] == ["row", "person_id", "household_id", "probability"]
    assert [row[-4] for row in rows[1:]] == [4, 5, 6, 7]
    assert [row[-3] for row in rows[1:]] == [4, 5, 4, 7]
    assert rows[1][8] == "=1+1", "a text in a workbook is harmless as it is"


def test_an_answer_can_be_asked_again(tmp_path):
    dedupe(french(tmp_path), tmp_path / "one.csv")
    found = dedupe(tmp_path / "one.csv", tmp_path / "two.csv")
    assert found.added == ["row_2", "person_id_2", "household_id_2", "probability_2"]
    rows = cells(tmp_path / "two.csv")
    assert [row["person_id"] for row in rows] == [row["person_id_2"] for row in rows]
    assert rows[0]["Note"] == "'=1+1", "what is harmless stays as it is"


def test_one_row_no_row_and_an_empty_file(tmp_path):
    assert dedupe(french(tmp_path, ROWS[:1]), tmp_path / "out.csv").persons == 1
    assert cells(tmp_path / "out.csv")[0]["probability"] == ""
    none = dedupe(french(tmp_path, ()), tmp_path / "out.csv", review=tmp_path / "pairs.csv")
    assert (none.rows, none.persons, cells(tmp_path / "out.csv"), cells(tmp_path / "pairs.csv")) == (0, 0, [], [])
    (tmp_path / "empty.csv").write_bytes(b"")
    with pytest.raises(ListRefusedError, match="vide"):
        dedupe(tmp_path / "empty.csv", tmp_path / "out.csv")


def test_awkward_headers(tmp_path):
    path = french(tmp_path, ["DUPONT;Marie;1980-04-03;a;b", "Dupont;Marie;1980-04-03;c;d"], header=' nom ;"Prénom\nusuel";DDN;;')
    dedupe(path, tmp_path / "out.csv", mapping=mapping(tmp_path, "given_name: '#2'"))
    assert [row["person_id"] for row in cells(tmp_path / "out.csv")] == ["2", "2"]


def mapping(folder, text):
    path = folder / "m.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("out", "said"),
    [("out.pdf", "CSV ou un XLSX"), ("liste.csv", "effacerait la liste"), ("liste.csv/out.csv", "ne peut pas être écrit")],
)
def test_a_target_that_cannot_be_is_told(tmp_path, out, said):
    with pytest.raises(OutreachError, match=said):
        dedupe(french(tmp_path), tmp_path / out)
    assert (tmp_path / "liste.csv").read_text().startswith("Réf")


def test_doubtful_pairs_are_written_with_what_speaks_for_and_against(tmp_path):
    rows = ["X1;Durand;Jeanne;;;4 rue Neuve;38000;Grenoble;", "X2;Durand;Jean;;;4 rue Neuve;38000;Grenoble;"]
    rows += [f"Y{n};Nom{'abcdefghij'[n]};Paul;;;{n} rue du Bac;38000;Grenoble;" for n in range(10)]
    found = dedupe(french(tmp_path, rows), tmp_path / "out.csv", review=tmp_path / "pairs.csv")
    [pair] = [row for row in cells(tmp_path / "pairs.csv") if (row["row_1"], row["row_2"]) == ("2", "3")]
    assert found.review == len(cells(tmp_path / "pairs.csv"))
    assert (pair["name_1"], pair["name_2"]) == ("Jeanne Durand", "Jean Durand")
    assert "Même nom" in pair["agree"]
    assert 0.2 <= float(pair["probability"]) < 1


def synthetic(count, seed):
    """Originals and copies with typing errors, in the columns of a well-known synthetic data set."""
    rng = random.Random(seed)
    letters = "abcdefghijklmnopqrstuvwxyz"
    word = lambda n: "".join(rng.choice(letters) for _ in range(n))  # noqa: E731
    originals = [
        [f"rec-{n}-org", word(6), word(8), str(rng.randint(1, 200)), f"{word(7)} street", word(9), word(8),
         f"{rng.randint(1000, 9999)}", "nsw", f"{rng.randint(1920, 1999)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}",
         f"{rng.randint(1000000, 9999999)}"]
        for n in range(count)
    ]  # fmt: skip
    copies = []
    for row in originals:
        copy = [row[0].replace("org", "dup-0"), *row[1:]]
        copy[1] = copy[1][:2] + rng.choice(letters) + copy[1][3:]
        for at in rng.sample(range(3, 9), 2):
            copy[at] = ""
        copies.append(copy)
    return originals, copies


SYNTHETIC = "rec_id, given_name, surname, street_number, address_1, address_2, suburb, postcode, state, date_of_birth, soc_sec_id"


def save(path, rows):
    path.write_text("\n".join([SYNTHETIC, *(", ".join(row) for row in rows), ""]))
    return path


@pytest.mark.parametrize("country", [None, "AU"])
def test_a_synthetic_english_list(tmp_path, country):
    originals, copies = synthetic(200, 7)
    path = save(tmp_path / "febrl.csv", [*originals, *copies])
    found = dedupe(path, tmp_path / "out.csv", country=country)
    rows = cells(tmp_path / "out.csv", ",")
    assert set(found.read.dates.values()) == {"ymd"}
    assert found.persons == len({row["rec_id"].split("-")[1] for row in rows}) == 200
    assert all(len({row["person_id"] for row in rows if row["rec_id"].startswith(f"rec-{n}-")}) == 1 for n in range(200))
    assert not (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf"), "pure ASCII needs no mark"


def test_two_lists_are_linked_and_one_row_may_have_several(tmp_path):
    originals, copies = synthetic(100, 8)
    one, other = save(tmp_path / "a.csv", originals), save(tmp_path / "b.csv", [*copies[50:], copies[60], *synthetic(30, 9)[0]])
    found = link(one, other, tmp_path / "pairs.csv")
    rows = cells(tmp_path / "pairs.csv", ",")
    assert list(rows[0]) == ["row_a", "row_b", "person_id", "probability", "decision"]
    merged = {(int(row["row_a"]) - 2, int(row["row_b"]) - 2) for row in rows if row["decision"] == "merge"}
    assert merged == {*((n + 50, n) for n in range(50)), (60, 50)}
    assert all(row["person_id"] == row["row_a"] for row in rows if row["decision"] == "merge")
    assert (found.linked, found.rows_a, found.rows_b) == (51, 50, 51)


def test_references_of_two_lists_that_number_people_differently_are_not_compared(tmp_path):
    own = [
        f"{n};Nom{word};Anne;0{n}/02/19{60 + n};;{n} rue du Lac;73000;Chambéry;"
        for n, word in enumerate(("ra", "lo", "mi", "ku"), 1)
    ]
    other = [f"{5 - n}{row[1:]}" for n, row in enumerate(own, 1)]
    found = link(french(tmp_path, own, "a.csv"), french(tmp_path, other, "b.csv"), tmp_path / "pairs.csv")
    pairs = {(row["row_a"], row["row_b"]) for row in cells(tmp_path / "pairs.csv") if row["decision"] == "merge"}
    assert pairs == {(str(n), str(n)) for n in range(2, 6)}
    assert found.linked == 4


def test_a_reference_that_never_repeats_is_a_row_number(tmp_path):
    rows = [row.replace("A1", f"B{at}") for at, row in enumerate(ROWS)]
    found = dedupe(french(tmp_path, rows), tmp_path / "out.csv")
    assert (found.read.columns["Réf"], found.persons) == (None, 3)
    assert "« Réf » n'est jamais deux fois la même" in found.read.notes[0]


def test_relatives_are_joined_only_when_somebody_says_from_which_probability_on(tmp_path):
    originals, copies = synthetic(60, 11)
    renamed = [[row[0], "zzyzx", *row[2:]] for row in copies]
    path = save(tmp_path / "febrl.csv", [*originals, *renamed])
    careful = dedupe(path, tmp_path / "out.csv")
    joined = dedupe(path, tmp_path / "out.csv", merge_from=0.5)
    rows = cells(tmp_path / "out.csv", ",")
    assert careful.persons > joined.persons == 60
    assert all(row["person_id"] == row["household_id"] for row in rows)
    assert joined.review == 0


def test_a_sketch_of_the_mapping_gives_the_same_answer(tmp_path):
    path = french(tmp_path)
    sketch_mapping(path, tmp_path / "m.yaml")
    dedupe(path, tmp_path / "one.csv")
    dedupe(path, tmp_path / "two.csv", mapping=tmp_path / "m.yaml")
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
