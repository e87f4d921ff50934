"""Any file: what comes out of each file of the corpus, and what choices change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from outreach.core.errors import ListRefusedError
from outreach.intake.files import Choices, Limits, open_source
from outreach.intake.text import fold

FOLDER = Path(__file__).parent / "files"
CORPUS = sorted(path for path in FOLDER.iterdir() if path.suffix != ".json")
KNOWN = {"ref client", "nom", "prenom", "commune", "tel portable", "montant du", "naissance"}


def score(cells):
    return sum(fold(cell) in KNOWN for cell in cells)


def read(path, choices=Choices(), limits=Limits(), size=50_000):  # noqa: B008
    """The source after reading, the row numbers, and the rows."""
    with open_source(path, score, choices, limits) as source:
        numbers, rows = [], []
        for chunk in source.chunks(size):
            assert len(chunk.cells) == len(source.headers)
            assert all(column.null_count == 0 and len(column) == len(chunk.numbers) for column in chunk.cells)
            numbers += chunk.numbers.tolist()
            rows += [list(row) for row in zip(*(column.to_pylist() for column in chunk.cells), strict=True)]
    assert numbers == sorted(set(numbers))
    for said in source.notices:
        assert said.text.format(**said.values)
    return source, numbers, rows


def outcome(path, **arguments):
    """All that a corpus file is expected to give."""
    try:
        source, numbers, rows = read(path, **arguments)
    except ListRefusedError as error:
        return {"refused": str(error)}
    return {
        "kind": source.kind, "encoding": source.encoding, "delimiter": source.delimiter, "sheet": source.sheet,
        "member": source.member, "header_row": source.header_row, "headers": source.headers, "titles": source.titles,
        "numbers": numbers, "rows": rows, "blank": source.blank, "set_aside": [list(item) for item in source.set_aside],
        "notices": [said.code for said in source.notices],
    }  # fmt: skip


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_a_file_of_the_corpus(path):
    expected = json.loads(path.with_name(path.name + ".expected.json").read_text())
    found = outcome(path)
    if "refused" in expected:
        assert expected["refused"] in found["refused"]
    else:
        assert found == expected


def corpus(name):
    return FOLDER / name


def refused(path, **arguments):
    with pytest.raises(ListRefusedError) as caught:
        read(path, **arguments)
    return str(caught.value)


def test_a_file_without_header_has_numbered_columns():
    source, numbers, rows = read(corpus("no_names.csv"), Choices(header_row=0))
    assert (source.header_row, source.headers) == (0, ["colonne 1", "colonne 2", "colonne 3"])
    assert (numbers, rows[0]) == ([1, 2], ["1", "0639980001", "12"])
    source, numbers, rows = read(corpus("one_column.txt"), Choices(header_row=0))
    assert (source.headers, rows) == (["colonne 1"], [["0639980001"], ["0639980002"]])


def test_a_person_names_the_header_row():
    source, numbers, _rows = read(corpus("merged.xlsx"), Choices(header_row=2))
    assert (source.headers[0], source.titles, numbers[0]) == ("Identité", ["Liste des impayés"], 4)
    source, _numbers, _rows = read(corpus("no_names.csv"), Choices(header_row=1))
    assert source.headers == ["1", "0639980001", "12"]
    assert "n'existe pas" in refused(corpus("utf8.csv"), choices=Choices(header_row=99))


def test_a_person_chooses_encoding_and_delimiter():
    source, _numbers, rows = read(corpus("utf8.csv"), Choices(encoding="cp1252", delimiter="|", header_row=1))
    assert (source.encoding, source.delimiter, source.headers) == (
        "cp1252",
        "|",
        ["RÃ©f client;Nom;PrÃ©nom;Commune;TÃ©l portable;Montant dÃ»"],
    )
    assert len(rows) == 3
    for encoding in ("utf-9", "zip", "x\0y", "idna", "punycode", "unicode_escape", "", "mbcs"):
        assert "est inconnu" in refused(corpus("utf8.csv"), choices=Choices(encoding=encoding))
    assert "n'est pas écrit en utf-16" in refused(corpus("utf8.csv"), choices=Choices(encoding="UTF16"))
    assert read(corpus("cp1252.csv"), Choices(encoding="latin9"))[0].encoding == "iso8859-15"
    for delimiter in ("", ";;", '"', "\n", "é", "\0"):
        assert "séparer" in refused(corpus("utf8.csv"), choices=Choices(delimiter=delimiter))
    assert read(corpus("tab.tsv"), Choices(delimiter="\\t"))[0].delimiter == "\t"


def test_a_person_chooses_the_sheet_by_name_or_number():
    for chosen, found in (("Novembre", "Novembre"), ("4", "Novembre"), ("2", "Masquée")):
        source, numbers, _rows = read(corpus("sheets.xlsx"), Choices(sheet=chosen))
        assert (source.sheet, source.sheets, numbers) == (found, ["Vide", "Masquée", "Octobre", "Novembre"], [2, 3, 4])
    assert "hidden_sheet_read" in [said.code for said in source.notices]
    assert "Octobre" in refused(corpus("sheets.xlsx"), choices=Choices(sheet="Décembre"))
    assert "est vide" in refused(corpus("sheets.xlsx"), choices=Choices(sheet="1"))


@pytest.mark.parametrize("name", ["hidden.xlsx", "hidden.xls", "hidden.ods", "prefixed.xlsx"])
def test_hidden_rows_are_left_out_when_asked(name):
    source, numbers, rows = read(corpus(name), Choices(skip_hidden=True))
    assert (numbers, source.set_aside) == ([2, 4], [(3, "hidden")])
    assert [row[0] for row in rows] == [row[0] for row in source.sample] == ["A1", "A3"]
    codes = [said.code for said in source.notices]
    assert "hidden_rows_left" in codes
    assert "hidden_rows" not in codes


def test_the_sample_is_what_comes_first(tmp_path):
    path = tmp_path / "liste.csv"
    path.write_text("Nom;Commune\n" + "".join(f"N{number};C\n\nTotal;\n" for number in range(300)))
    source, numbers, rows = read(path, size=7)
    assert source.sample == rows[: len(source.sample)]
    assert len(source.sample) > 80
    assert (len(rows), source.blank, len(source.set_aside), numbers[:3]) == (300, 300, 300, [2, 5, 8])


def test_rows_are_read_once():
    with open_source(corpus("utf8.csv"), score) as source:
        assert sum(len(chunk.numbers) for chunk in source.chunks(1)) == 3
        with pytest.raises(RuntimeError):
            next(source.chunks())


@pytest.mark.parametrize("name", ["utf8.csv", "types.xlsx", "types.xls", "types.ods", "types.parquet"])
def test_chunks_are_as_large_as_asked(name):
    whole = read(corpus(name))
    for size in (1, 2, 3):
        again = read(corpus(name), size=size)
        assert again[1:] == whole[1:]
        with open_source(corpus(name), score) as source:
            assert [len(chunk.numbers) for chunk in source.chunks(size)] == ([size] * (3 // size) + [3 % size])[: -(-3 // size)]
