"""Any table in any encoding: every row is accounted for and every cell survives; no damage is more than a sentence."""

from __future__ import annotations

import csv
import io
import random
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.core.errors import ListRefusedError
from outreach.intake.files import Choices, Limits
from tests.intake.test_files import CORPUS, read

HEADERS = ["Réf client", "Nom", "Prénom", "Commune", "Tél portable"]
BREAKS = str.maketrans("\t\n", "  ")
LETTERS = "abcéèàÉ019 .;,|\"\t'"
CELLS = st.one_of(
    st.text(LETTERS, max_size=6),
    # A line break beside other cells' delimiters; lines that look like rows are the business of the corpus.
    st.text('abé\n"', max_size=6),
)
SETTLED = settings(max_examples=100, deadline=None)


@st.composite
def tables(draw):
    """Headers and rows of one width, some rows blank."""
    width = draw(st.integers(2, len(HEADERS)))
    row = st.lists(CELLS, min_size=width, max_size=width)
    return HEADERS[:width], draw(st.lists(st.one_of(row, st.just([""] * width), st.just([])), max_size=12))


@SETTLED
@given(
    tables(),
    st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    st.sampled_from(";,\t|~"),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.integers(1, 9),
)
def test_every_row_comes_out_or_is_counted(table, encoding, delimiter, quoting, end, size):
    headers, rows = table
    # Python's writer leaves a line break bare that is not its own line's end.
    quoting = csv.QUOTE_ALL if end == "\r" else quoting
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerows([headers, *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "liste.csv"
        path.write_bytes(written.getvalue().encode(encoding))
        source, numbers, found = read(path, size=size)
    expected = [(number, [cell.translate(BREAKS) for cell in row]) for number, row in enumerate(rows, start=2)]
    expected = [(number, cells) for number, cells in expected if any(cell.strip() for cell in cells)]
    assert source.headers == headers
    assert (numbers, found) == ([number for number, _cells in expected], [cells for _number, cells in expected])
    assert len(numbers) + source.blank + len(source.set_aside) == len(rows)
    assert not source.notices


@SETTLED
@given(st.lists(st.text(LETTERS + "\n\r\0\x85", max_size=12), max_size=12), st.sampled_from([None, ";", ","]))
def test_any_lines_are_read_or_refused(lines, delimiter):
    """Whatever stands below the header: no row is lost, none is made."""
    content = "Nom;Commune\n" + "\n".join(lines)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "liste.csv"
        path.write_bytes(content.encode())
        try:
            source, numbers, _rows = read(path, Choices(delimiter=delimiter, header_row=1))
        except ListRefusedError:
            return
    seen = len(numbers) + source.blank + len(source.set_aside)
    breaks = content.replace("\0", "").replace("\x85", "").replace("\r\n", "\n").replace("\r", "\n")
    assert seen <= breaks.count("\n") + (not breaks.endswith("\n"))
    assert '"' in content or seen == breaks.count("\n") - breaks.endswith("\n")


def mutated(content, dice):
    """A file with some damage."""
    content = bytearray(content)
    for _ in range(dice.choice([1, 1, 2, 5, 30])):
        place = dice.randrange(len(content) + 1)
        match dice.randrange(5):
            case 0:
                content[place : place + 1] = bytes([dice.randrange(256)])
            case 1:
                del content[place : place + dice.choice([1, 3, 50])]
            case 2:
                content[place:place] = dice.choice([b'"', b"\0", b"\n", b";", b"\xff\xff\xff\xff", b"\r", dice.randbytes(9)])
            case 3:
                content[place : place + 4] = dice.choice([b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\xff\xff\xff\xff"])
            case _:
                content[place:place] = content[place : place + dice.choice([2, 20, 200])]
    return bytes(content)


@pytest.mark.slow
def test_damage_is_read_or_refused_in_time(tmp_path):
    dice = random.Random(20261005)
    limits = Limits(child_seconds=5, child_memory=400_000_000)
    files = [path for path in CORPUS if path.stat().st_size]
    until = time.monotonic() + 15
    count = 0
    while time.monotonic() < until:
        source = dice.choice(files)
        path = tmp_path / f"{count}{source.suffix}"
        path.write_bytes(mutated(source.read_bytes(), dice))
        begun = time.monotonic()
        try:
            read(path, limits=limits)
        except ListRefusedError as error:
            assert "{" not in str(error)
        assert time.monotonic() - begun < 60, source.name
        path.unlink()
        count += 1
    assert count > 20
