"""What reads a list ahead lets it go: nothing of Python's is left to Arrow's threads when the program ends."""

from __future__ import annotations

import gc
import weakref
from time import sleep

import pyarrow as pa
import pytest

from outreach.intake.files import stream
from outreach.intake.files.stream import batches

ROWS = 200_000


@pytest.fixture
def read(monkeypatch):
    """The files that Arrow was given, as long as somebody holds them."""
    held = weakref.WeakSet()

    def kept(lines):
        file = of(lines)
        held.add(file)
        return file

    of = stream.as_file
    monkeypatch.setattr(stream, "as_file", kept)
    return held


def pieces(count):
    return iter([b"a,b\n", *[b"1,2\n" * ROWS] * count])


def slow(given):
    for piece in given:
        sleep(0.05)
        yield piece


def test_all_pieces_are_cut(read):
    assert sum(map(len, batches(pieces(3)))) == 3 * ROWS
    assert not read


def test_who_stops_early_leaves_nothing_behind(read):
    cut = batches(slow(pieces(40)))
    next(cut)
    assert len(read) == 1
    cut.close()
    assert not read


def test_a_file_that_cannot_be_cut_is_let_go(read):
    def broken():
        yield b"a,b\n"
        message = "no text"
        raise UnicodeError(message)

    with pytest.raises(UnicodeError, match="no text"):
        list(batches(broken()))
    with pytest.raises(pa.ArrowInvalid):
        list(batches(iter([b"a,b\n1,2,3\n"])))
    gc.collect()
    assert not read
