"""Quoted cells: line breaks inside them become spaces, and a quote that nobody closed becomes a letter.

After this, one line is one record, so that numbers are right and nothing can swallow the rest of the file.
"""

from __future__ import annotations

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
    quotes = np.flatnonzero(codes == QUOTE)
    ends = np.flatnonzero(codes == NEWLINE)
    before, after = codes[quotes - 1], codes[np.minimum(quotes + 1, len(codes) - 1)]
    before[quotes == 0] = NEWLINE
    usual = [code in (delimiter, NEWLINE, QUOTE) for code in range(256)]
    is_usual = np.array(usual)
    odd = ~(is_usual[before] | is_usual[after])
    lines = np.searchsorted(ends, quotes)
    counts = np.bincount(lines, minlength=len(ends))
    suspects = np.union1d(np.flatnonzero(counts % 2), lines[odd])
    if not len(suspects):
        return block, len(block), []
    return _Mender(block, codes, ends, delimiter).run(suspects.tolist(), is_last=is_last)


class _Mender:
    """The suspect lines of one block, one by one."""

    def __init__(self, block: bytes, codes: np.ndarray, ends: np.ndarray, delimiter: int) -> None:
        self.block = bytearray(block)
        self.ends = ends
        self.delimiter = bytes([delimiter])
        marks = np.bincount(np.searchsorted(ends, np.flatnonzero(codes == delimiter)), minlength=len(ends))
        self.marks = marks
        self.usual = int(np.bincount(marks).argmax())
        self.strays: list[int] = []

    def run(self, suspects: list[int], *, is_last: bool) -> tuple[bytes, int, list[int]]:
        """Goes through the suspects; stops at a record that the block does not end."""
        until = joined = 0
        for line in suspects:
            start = int(self.ends[line - 1]) + 1 if line else 0
            if start < until:
                continue
            tries = 0
            while True:
                end, opened, is_clean = self.walk(start)
                last = int(np.searchsorted(self.ends, end)) if end >= 0 else -1
                if end >= 0 and (last == line or (is_clean and self.is_one_record(line, last))):
                    break
                if end < 0 and not is_last and len(self.block) - start < LONGEST_SPAN:
                    return bytes(self.block[:start]), start, self.strays
                self.give_up(opened, int(self.ends[line]), tries)
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
        limit = min(len(block), start + LONGEST_SPAN)
        while True:
            if block[position : position + 1] == b'"':
                begun, closed = position, self.closing(position + 1, limit)
                if closed < 0:
                    return -1, begun, False
                if block.find(b"\n", begun, closed) >= 0:
                    opened = begun
                    is_clean = is_clean and block[closed + 1 : closed + 2].strip(self.delimiter + b"\n") == b""
                position = closed + 1
            newline = block.find(b"\n", position, limit)
            mark = block.find(self.delimiter, position, limit if newline < 0 else newline)
            if mark < 0:
                # A line longer than a span has no quote over its break: it ends where it ends.
                return newline if newline >= 0 else block.find(b"\n", position), opened, is_clean
            position = mark + 1

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
        return self.usual == 0 or not bool((self.marks[first : last + 1] == self.usual).all())
