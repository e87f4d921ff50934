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
