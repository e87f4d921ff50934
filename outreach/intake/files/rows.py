"""Which rows of a list are no entries: blank ones, totals, repeated headers; by column, not row by row."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from outreach.intake.files.model import Block, Limits
from outreach.intake.files.words import refusal
from outreach.intake.text import fold

ENDING = re.compile(
    r"(sous[- ]?totaux|sous[- ]?total|totaux|total|nombre (total )?de|nb de|fin (de|du) (fichier|liste|document)|"
    r"editee? le|imprimee? le|extraite? (le|du)|extraction du|export du|page \d+)(?![a-z])|nombre (total )?d'"
)
SHARE = 3
"""A total fills at most one cell in so many."""
LEAST_TOTAL = 1
SPACES = (0x20, 0xC2, 0xE2)
"""First bytes of a space, a no-break space, a thin space: such a cell may be blank."""
UNWANTED = "[\x00-\x08\x0e-\x1f\x7f\u0080-\u009f]"
BREAKS = "[\t\n\x0b\x0c\r]"
Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass
class Kept:
    """What a block leaves: rows that come out, and why the others do not."""

    numbers: np.ndarray[Any, np.dtype[np.int64]]
    columns: list[pa.StringArray]
    blank: int = 0
    set_aside: list[tuple[int, str]] = field(default_factory=list)


def set_aside_code(cells: list[str], header: list[str]) -> str | None:
    """Why a row is no entry: ``total``, ``repeated_header``, or not at all."""
    filled = [cell for cell in cells if cell.strip()]
    if not filled:
        return None
    few = len(filled) == LEAST_TOTAL or len(filled) * SHARE <= len(header)
    if few and len(header) > 1 and ENDING.match(fold(filled[0]).lstrip("*-=# ")):
        return "total"
    # Nearly every row differs in its first cell.
    if any(name.strip() for name in header) and all(fold(cell) == fold(name) for cell, name in zip(cells, header, strict=True)):
        return "repeated_header"
    return None


def offsets(column: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
    """Where each text begins, and all bytes."""
    _valid, positions, data = column.buffers()
    starts = np.frombuffer(positions, np.int32)[column.offset : column.offset + len(column) + 1]
    return starts, np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)


def clean(column: pa.StringArray) -> pa.StringArray:
    """Without control characters; breaks and tabs are spaces. Most columns hold none, and are not copied."""
    starts, data = offsets(column)
    mine = data[starts[0] : starts[-1]]
    if not len(mine):
        return column
    is_next = bool(((mine[:-1] == SPACES[1]) & (mine[1:] < 0xA0)).any())  # noqa: PLR2004  (U+0080 to U+009F)
    if not is_next and not bool(((mine < SPACES[0]) | (mine == 0x7F)).any()):  # noqa: PLR2004  (delete)
        return column
    return pc.replace_substring_regex(pc.replace_substring_regex(column, BREAKS, " "), UNWANTED, "")


class Sieve:
    """Sorts the rows of each block."""

    def __init__(self, headers: list[str], name: str, limits: Limits, hidden: frozenset[int], is_clean: bool) -> None:
        self.headers, self.name, self.limits = headers, name, limits
        self.hidden = np.array(sorted(hidden), np.int64)
        self.is_clean = is_clean
        self.key = next((position for position, header in enumerate(headers) if header.strip()), None)
        self.surplus: list[tuple[int, int]] = []
        self.short: list[int] = []

    def sort(self, block: Block) -> Kept:
        """The rows that come out of a block, as wide as the header."""
        width, count = len(self.headers), len(block.numbers)
        self._count_surplus(block, width)
        columns = block.columns[:width]
        columns += [pa.nulls(count, pa.string()).fill_null("")] * (width - len(columns))
        if not self.is_clean:
            columns = [clean(column) for column in columns]
        filled = np.zeros(count, np.int32)
        surely = np.zeros(count, bool)
        for column in columns:
            self._measure(column, block, filled, surely)
        blank = self._where(~surely & (filled > 0), columns, lambda cells: not any(cell.strip() for cell in cells))
        blank |= filled == 0
        blank &= ~self.surplus_rows
        suspect = (filled == LEAST_TOTAL) | (filled * SHARE <= width)
        if self.key is not None:
            again = pc.equal(pc.utf8_lower(columns[self.key]), self.headers[self.key].lower())
            suspect |= np.asarray(again.to_numpy(zero_copy_only=False), bool)
        codes = dict(self._codes(suspect & ~blank & ~self.surplus_rows, columns))
        if len(self.hidden):
            for position in np.flatnonzero(np.isin(block.numbers, self.hidden) & ~blank).tolist():
                codes[position] = "hidden"
        keep = ~blank
        keep[list(codes)] = False
        if block.short:
            self.short += np.intersect1d(block.short, block.numbers[keep]).tolist()
        aside = [(int(block.numbers[position]), code) for position, code in sorted(codes.items())]
        if not keep.all():
            chosen = pa.array(keep)
            columns = [column.filter(chosen) for column in columns]
        return Kept(block.numbers[keep], columns, int(blank.sum()), aside)

    def _measure(self, column: pa.StringArray, block: Block, filled: np.ndarray, surely: Mask) -> None:
        """Counts filled cells, notes rows that surely hold more than spaces, and refuses a cell that is too long."""
        starts, data = offsets(column)
        lengths = np.diff(starts)
        if len(lengths) and int(lengths.max()) > self.limits.cell:
            for position in np.flatnonzero(lengths > self.limits.cell).tolist():
                if len(column[position].as_py()) > self.limits.cell:
                    raise refusal("cell", self.name, row=int(block.numbers[position]), limit=self.limits.cell)
        has = lengths > 0
        filled += has
        if len(data):
            first = data[np.minimum(starts[:-1], len(data) - 1)]
            surely |= has & (first != SPACES[0]) & (first != SPACES[1]) & (first != SPACES[2])

    def _count_surplus(self, block: Block, width: int) -> None:
        """Cells beyond the header are counted by row: they are not read, and that is said."""
        counts = np.zeros(len(block.numbers), np.int64)
        for column in block.columns[width:]:
            counts += np.diff(offsets(column)[0]) > 0
        for number, lost in block.surplus:
            counts[np.searchsorted(block.numbers, number)] += lost
        self.surplus_rows: Mask = counts > 0
        rows = np.flatnonzero(self.surplus_rows)
        self.surplus += zip(block.numbers[rows].tolist(), counts[rows].tolist(), strict=True)

    def _where(self, mask: Mask, columns: list[pa.StringArray], test: Callable[[list[str]], bool]) -> Mask:
        found = np.zeros(len(mask), bool)
        for position, cells in _rows(mask, columns):
            found[position] = test(cells)
        return found

    def _codes(self, mask: Mask, columns: list[pa.StringArray]) -> list[tuple[int, str]]:
        found = [(position, set_aside_code(cells, self.headers)) for position, cells in _rows(mask, columns)]
        return [(position, code) for position, code in found if code]


def _rows(mask: Mask, columns: list[pa.StringArray]) -> list[tuple[int, list[str]]]:
    """The rows of a mask as lists of cells."""
    positions = np.flatnonzero(mask)
    if not len(positions):
        return []
    where = pa.array(positions)
    cells = zip(*(column.take(where).to_pylist() for column in columns), strict=True)
    return [(position, list(row)) for position, row in zip(positions.tolist(), cells, strict=True)]
