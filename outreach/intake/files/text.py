"""Reads delimited text: found out on its first rows, cut by Arrow, and by Python where Arrow cannot."""

from __future__ import annotations

import contextlib
import io
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from outreach.intake.files import delimiter as delimiters
from outreach.intake.files import encoding as encodings
from outreach.intake.files.model import Block, Choices, Limits, Notice, Row
from outreach.intake.files.quotes import STRAY
from outreach.intake.files.stream import CleanText, LineReader, as_file, batches
from outreach.intake.files.words import notice, refusal, shown

HEAD_PIECE = 256 << 10
BLOCK = 512 << 10
"""Arrow reads up to 32 blocks ahead."""
SLOW_ROWS = 10_000
MOST_COLUMNS = 20_000
"""Beyond what any spreadsheet holds: no use in cutting the cells, even empty ones."""
STRAYS = chr(STRAY)


class TextFeed:
    """A delimited text."""

    kind = "csv"
    sheet: str | None = None
    fixed_headers: list[str] | None = None
    hidden: frozenset[int] = frozenset()

    def __init__(self, path: Path, name: str, score: Callable[[list[str]], int], choices: Choices, limits: Limits) -> None:
        self.path, self.name, self.limits = path, name, limits
        self.sheets: list[str] = []
        self.notices: list[Notice] = []
        self._codec = self._encoding(choices)
        self._mark = self._delimiter(choices, score)
        self.encoding: str | None = self._codec
        self.delimiter: str | None = self._mark
        self.is_clean = self._mark >= " "
        self.head: list[Row] = self._head(self._mark)
        if self.head and "".join(self.head[0][1]).lower() in {delimiters.ANNOUNCED, delimiters.ANNOUNCED + self._mark}:
            # The line stays a row with its number, but is no title.
            self.head[0] = (1, [])
        if max((len(cells) for _number, cells in self.head), default=0) > MOST_COLUMNS:
            raise refusal("columns", name, limit=limits.columns)

    def _encoding(self, choices: Choices) -> str:
        if choices.encoding is None:
            codec, foreign = encodings.detect(self.path)
            if foreign:
                self.notices.append(notice("mixed_encoding", count=foreign))
            return codec
        chosen = encodings.canonical(choices.encoding)
        if chosen is None:
            raise refusal("encoding", self.name, encoding=choices.encoding)
        return chosen

    def _delimiter(self, choices: Choices, score: Callable[[list[str]], int]) -> str:
        if choices.delimiter is not None:
            chosen = "\t" if choices.delimiter in {"\\t", "tab"} else choices.delimiter
            if not delimiters.is_possible(chosen):
                raise refusal("delimiter", self.name, delimiter=choices.delimiter)
            return chosen
        heads: dict[str, list[Row]] = {}
        for candidate in delimiters.CANDIDATES:
            # Cut by the wrong sign a line may be one long cell.
            with contextlib.suppress(delimiters.TooLongError):
                heads[candidate] = self._cut_head(candidate)
        if not heads:
            return delimiters.CANDIDATES[0]
        for candidate, head in heads.items():
            # « sep=, » is one cell unless it is cut by its own sign.
            said = delimiters.announced(head)
            if said and candidate != said:
                return said
        return delimiters.best(heads, score)

    def _stream(self, delimiter: str, piece: int = encodings.PIECE) -> CleanText:
        return CleanText(self.path, self._codec, delimiter, self.name, piece)

    def _head(self, delimiter: str) -> list[Row]:
        try:
            return self._cut_head(delimiter)
        except delimiters.TooLongError as error:
            raise refusal("cell", self.name, row=error.line, limit=self.limits.cell) from error

    def _cut_head(self, delimiter: str) -> list[Row]:
        try:
            return delimiters.head_rows(self._stream(delimiter, HEAD_PIECE).lines(), delimiter)
        except UnicodeError as error:
            raise refusal("not_decoded", self.name, encoding=self._codec) from error

    def blocks(self, after: int) -> Iterator[Block]:
        """All rows below the header, first by Arrow, from where it fails by Python."""
        widths = Counter(len(cells) for number, cells in self.head if number > after and cells)
        header = len(self.head[after - 1][1]) if after else 0
        usual = widths.most_common(1)[0][0] if widths else max(1, header)
        if max(header, usual) > MOST_COLUMNS:
            raise refusal("columns", self.name, limit=self.limits.columns)
        self.width, self.header_width = max(header, usual), header or usual
        try:
            yield from self._cut(usual, after)
        except delimiters.TooLongError as error:
            raise refusal("cell", self.name, row=error.line, limit=self.limits.cell) from error
        except UnicodeError as error:
            raise refusal("not_decoded", self.name, encoding=self._codec) from error

    def _cut(self, usual: int, after: int) -> Iterator[Block]:
        done = after
        self.stream = self._stream(self._mark)
        try:
            for block in self._by_arrow(self.stream, usual, after):
                yield block
                done = int(block.numbers[-1])
        except (pa.ArrowInvalid, OverflowError):
            self.stream = self._stream(self._mark)
            yield from self._by_python(self.stream, done)

    def _by_arrow(self, stream: CleanText, width: int, after: int) -> Iterator[Block]:
        names = [str(position) for position in range(width)]
        odd: list[tuple[int, str]] = []

        def keep(row: arrow_csv.InvalidRow) -> str:
            odd.append((row.number, row.text))
            return "skip"

        cut = batches(
            stream.lines(),
            read_options=arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=BLOCK, skip_rows=after),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self._mark, ignore_empty_lines=False, invalid_row_handler=keep, newlines_in_values=False
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
            ),
        )
        following = after + 1
        for batch in cut:
            numbers, mine = _numbers(len(batch), following, odd)
            following += len(batch) + len(mine)
            block = Block(numbers, [self._restored(column) for column in batch.columns])
            if width < self.header_width:
                block.short += numbers.tolist()
            yield from self._merged(block, mine)
        yield from self._merged(Block(np.empty(0, np.int64), []), odd)

    def _restored(self, column: pa.StringArray) -> pa.StringArray:
        """With the quotes that stand for themselves."""
        return pc.replace_substring(column, STRAYS, '"') if self.stream.strays else column

    def _merged(self, block: Block, odd: list[tuple[int, str]]) -> Iterator[Block]:
        """Puts the rows that Arrow could not cut where they belong."""
        if not odd:
            if len(block.numbers):
                yield block
            return
        other = _block([(number, self._cells(number, text)) for number, text in odd], self.width, self.header_width)
        block.columns += [pa.nulls(len(block.numbers), pa.string()).fill_null("")] * (self.width - len(block.columns))
        numbers = np.concatenate([block.numbers, other.numbers])
        order = np.argsort(numbers, kind="stable")
        columns = [
            pa.concat_arrays([one, two]).take(pa.array(order)) for one, two in zip(block.columns, other.columns, strict=True)
        ]
        yield Block(numbers[order], columns, other.surplus, sorted(block.short + other.short))

    def _cells(self, number: int, text: str) -> list[str]:
        try:
            return next(delimiters.split(iter([text]), self._mark), [])
        except delimiters.TooLongError as error:
            raise delimiters.TooLongError(number) from error

    def _by_python(self, stream: CleanText, after: int) -> Iterator[Block]:
        lines = io.TextIOWrapper(as_file(LineReader(stream.lines())), encoding="utf-8", errors="replace", newline="\n")
        rows = islice(enumerate(delimiters.split(iter(lines), self._mark), start=1), after, None)
        while some := list(islice(rows, SLOW_ROWS)):
            yield _block(some, self.width, self.header_width)

    def finish(self) -> None:
        """Says what was mended."""
        if self.stream.zeros:
            self.notices.append(notice("zeros", count=self.stream.zeros))
        if self.stream.foreign:
            self.notices.append(notice("undecoded", count=self.stream.foreign))
        if self.stream.strays:
            self.notices.append(notice("stray_quotes", rows=shown(self.stream.strays)))

    def close(self) -> None:
        """Nothing stays open."""


def _numbers(count: int, following: int, odd: list[tuple[int, str]]) -> tuple[np.ndarray, list[tuple[int, str]]]:
    """The numbers of rows that came out, and the odd ones between them or next, which are taken from the list."""
    taken = 0
    while taken < len(odd) and odd[taken][0] <= following + count + taken:
        taken += 1
    mine, odd[:taken] = odd[:taken], []
    numbers = np.arange(following, following + count + taken, dtype=np.int64)
    return np.setdiff1d(numbers, np.array([number for number, _text in mine], np.int64), assume_unique=True), mine


def _block(rows: list[Row], width: int, header: int) -> Block:
    """Rows of any width, padded or cut; what is cut is counted, and what is narrower than the header."""
    surplus = [(number, sum(bool(cell.strip()) for cell in cells[width:])) for number, cells in rows if len(cells) > width]
    short = [number for number, cells in rows if len(cells) < header and any(cell.strip() for cell in cells)]
    even = [(cells + [""] * (width - len(cells)))[:width] for _number, cells in rows]
    columns = [pa.array(column, pa.string()) for column in zip(*even, strict=True)]
    numbers = np.array([number for number, _cells in rows], np.int64)
    return Block(numbers, columns, [(number, lost) for number, lost in surplus if lost], short)
