"""Quoted cells: line breaks inside them become spaces, and a quote that nobody closed becomes a letter.

After this, one line is one record, so that numbers are right and nothing can swallow the rest of the file.
"""

from __future__ import annotations

from bisect import bisect_left

import numpy as np

QUOTE, NEWLINE, SPACE = 34, 10, 32
STRAY = 2
"""Stands for a quote that is only a letter, until the cells are cut; no text holds this control character by then."""
LONGEST_SPAN = 64 * 1024
MOST_LINES = 60
MOST_TRIES = 20


def mend(block: bytes, delimiter: int, *, is_last: bool) -> tuple[bytes, int, list[int]]:
    """The block of whole lines mended, how much of it was dealt with, and which records hold a stray quote.

    What was not dealt with begins a record that may close in the next block.
    """
    codes = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(codes == NEWLINE)
    suspects = _suspects(codes, ends, delimiter)
    if not len(suspects):
        return block, len(block), []
    return _Mender(block, codes, ends, suspects, delimiter).run(suspects.tolist(), is_last=is_last)


def _suspects(codes: np.ndarray, ends: np.ndarray, delimiter: int) -> np.ndarray:
    """Lines whose quotes do not open and close cells in turn, as all do in nearly every line.

    Quotes are looked at in runs. Between two signs of a cell's edge an even run is an empty cell or a doubled quote; an odd
    one after an edge opens, before an edge closes; an even one inside is doubled. Anything else is looked at by hand.
    """
    quotes = np.flatnonzero(codes == QUOTE)
    begins = np.flatnonzero(np.diff(quotes, prepend=-2) != 1)
    first, lengths = quotes[begins], np.diff(begins, append=len(quotes))
    is_edge = np.zeros(256, bool)
    is_edge[[delimiter, NEWLINE]] = True
    after_edge = is_edge[codes[first - 1]] | (first == 0)
    before_edge = is_edge[codes[first + lengths]]
    is_odd = (lengths & 1).astype(bool)
    opens = is_odd & after_edge & ~before_edge
    closes = is_odd & before_edge & ~after_edge
    is_strange = ~opens & ~closes & (is_odd | (after_edge != before_edge))
    counts = np.diff(np.searchsorted(first, ends), prepend=0)
    lines = np.repeat(np.arange(len(ends)), counts)
    turns = opens | closes
    kinds, where = opens[turns], lines[turns]
    is_same_line = np.diff(where, prepend=-1) == 0
    is_last = np.diff(where, append=len(ends)) != 0
    is_turn = np.where(is_same_line, kinds != np.roll(kinds, 1), kinds) & ~(is_last & kinds)
    return np.unique(np.concatenate([lines[is_strange], where[~is_turn]]))


class _Mender:
    """The suspect lines of one block, one by one."""

    def __init__(self, block: bytes, codes: np.ndarray, ends: np.ndarray, suspects: np.ndarray, delimiter: int) -> None:
        self.block = bytearray(block)
        self.ends: list[int] = ends.tolist()
        self.delimiter = bytes([delimiter])
        marks = np.bincount(np.searchsorted(ends, np.flatnonzero(codes == delimiter)), minlength=len(ends))
        self.marks: list[int] = marks.tolist()
        plain = np.delete(marks, suspects)
        self.usual = int(np.bincount(plain).argmax()) if len(plain) else 0
        self.strays: list[int] = []
        self.alone: int | None = None
        """Delimiters that the record's first line would have, were the quote over its break a letter."""

    def run(self, suspects: list[int], *, is_last: bool) -> tuple[bytes, int, list[int]]:
        """Goes through the suspects; stops at a record that the block does not end."""
        until = joined = 0
        for line in suspects:
            start = self.ends[line - 1] + 1 if line else 0
            if start < until:
                continue
            tries = 0
            while True:
                end, opened, is_clean = self.walk(start)
                last = bisect_left(self.ends, end, line) if end >= 0 else -1
                if end >= 0 and (last == line or (is_clean and self.is_one_record(line, last))):
                    break
                if end < 0 and not is_last and len(self.block) - start < LONGEST_SPAN:
                    return bytes(self.block[:start]), start, self.strays
                self.give_up(opened, self.ends[line], tries)
                if not tries:
                    self.strays.append(line - joined)
                tries += 1
            if last > line:
                inner = slice(start, end)
                self.block[inner] = self.block[inner].replace(b"\n", b" ")
                joined += last - line
                until = end
        return bytes(self.block), len(self.block), self.strays

    def give_up(self, quote: int, end: int, tries: int) -> None:
        """Makes a letter of a quote; of all that follow in its line when they are beyond understanding."""
        until = end if tries > MOST_TRIES else quote + 1
        self.block[quote:until] = self.block[quote:until].replace(b'"', bytes([STRAY]))

    def walk(self, start: int) -> tuple[int, int, bool]:
        """From a record's start to its end: (position of its line break or -1, last quote over a line break, is clean)."""
        block, position, opened, is_clean = self.block, start, start, True
        outside, self.alone = 0, None
        limit = min(len(block), start + LONGEST_SPAN)
        while True:
            if block[position : position + 1] == b'"':
                begun, closed = position, self.closing(position + 1, limit)
                if closed < 0:
                    return -1, begun, False
                if block.find(b"\n", begun, closed) >= 0:
                    opened = begun
                    if self.alone is None:
                        self.alone = outside + block.count(self.delimiter, begun, block.find(b"\n", begun))
                    is_clean = is_clean and block[closed + 1 : closed + 2].strip(self.delimiter + b"\n") == b""
                position = closed + 1
            newline = block.find(b"\n", position, limit)
            mark = block.find(self.delimiter, position, limit if newline < 0 else newline)
            if mark < 0:
                # A line longer than a span has no quote over its break: it ends where it ends.
                return newline if newline >= 0 else block.find(b"\n", position), opened, is_clean
            position = mark + 1
            outside += 1

    def closing(self, position: int, limit: int) -> int:
        """Where a quoted cell closes, or -1. A doubled quote is a letter."""
        while (position := self.block.find(b'"', position, limit)) >= 0:
            if self.block[position + 1 : position + 2] != b'"':
                return position
            position += 2
        return -1

    def is_one_record(self, first: int, last: int) -> bool:
        """Lines that are each as wide as all others are rows, not the inside of a cell."""
        if last - first > MOST_LINES:
            return False
        are_rows = self.alone == self.usual and all(mark == self.usual for mark in self.marks[first + 1 : last + 1])
        return self.usual == 0 or not are_rows
