"""The one way into a partner's file: what it is, its header, and its rows in chunks."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa

from outreach.intake.files import archive, header, kinds
from outreach.intake.files.model import HEAD_ROWS, HEADER_SEARCH, SAMPLE_ROWS, Choices, Chunk, Feed, Limits, Notice, Row
from outreach.intake.files.rows import Kept, Sieve, set_aside_code
from outreach.intake.files.sheets import open_sheet
from outreach.intake.files.text import TextFeed
from outreach.intake.files.words import notice, refusal, shown

Score = Callable[[list[str]], int]
ASIDE_NOTICES = {"total": "totals", "repeated_header": "repeated_headers", "hidden": "hidden_rows_left"}


class Source:
    """A partner's file, opened: what was found out about it, and its rows. ``chunks`` is gone through once."""

    def __init__(self, feed: Feed, name: str, score: Score, choices: Choices, limits: Limits) -> None:
        self._feed, self._name, self._limits = feed, name, limits
        self.kind = feed.kind
        self.encoding = feed.encoding
        self.delimiter = feed.delimiter
        self.sheet = feed.sheet
        self.sheets = feed.sheets
        self.member: str | None = None
        self.notices: list[Notice] = feed.notices
        self.header_row = 0
        self.titles: list[str] = []
        self.headers = self._find_header(score, choices)
        self._hidden = feed.hidden if choices.skip_hidden else frozenset()
        self.sample = list(self._sample())
        self.blank = 0
        self.set_aside: list[tuple[int, str]] = []
        self._is_read = False

    def chunks(self, size: int = 50_000) -> Iterator[Chunk]:
        """All rows but blank and set aside ones, in order, ``size`` at a time."""
        if self._is_read:
            raise RuntimeError("the rows of a source are read once")
        self._is_read = True
        sieve = Sieve(self.headers, self._name, self._limits, self._hidden, self._feed.is_clean)
        kept: list[Kept] = []
        waiting = seen = 0
        for block in self._feed.blocks(self.header_row):
            seen += len(block.numbers)
            if seen > self._limits.rows:
                raise refusal("rows", self._name, limit=self._limits.rows)
            some = sieve.sort(block)
            self.blank += some.blank
            self.set_aside += some.set_aside
            kept.append(some)
            waiting += len(some.numbers)
            if waiting >= size:
                *full, rest = _cut(kept, size)
                yield from full
                kept = [Kept(rest.numbers, rest.cells)]
                waiting = len(rest.numbers)
        if waiting:
            yield from (chunk for chunk in _cut(kept, size) if len(chunk.numbers))
        self._feed.finish()
        self._say_what_was_met(sieve)

    def _say_what_was_met(self, sieve: Sieve) -> None:
        for code, text in ASIDE_NOTICES.items():
            rows = [number for number, why in self.set_aside if why == code]
            if rows:
                self.notices.append(notice(text, count=len(rows), rows=shown(rows)))
        if sieve.surplus:
            rows = [number for number, _lost in sieve.surplus]
            cells = sum(lost for _number, lost in sieve.surplus)
            self.notices.append(notice("long_rows", count=len(rows), cells=cells, rows=shown(rows)))
        if sieve.short:
            self.notices.append(notice("short_rows", count=len(sieve.short), rows=shown(sieve.short)))

    def _find_header(self, score: Score, choices: Choices) -> list[str]:
        head = self._feed.head
        if self._feed.fixed_headers is not None:
            return self._bounded(self._feed.fixed_headers)
        if not any(cell.strip() for _number, cells in head for cell in cells):
            raise refusal("empty", self._name)
        if choices.header_row == 0:
            width = max(len(header.trimmed(cells)) for _number, cells in head)
            # The names of columns are data, that a partner's description may use: they do not change with the language.
            return self._bounded([f"colonne {number}" for number in range(1, width + 1)])
        if choices.header_row is not None:
            position = next((at for at, (number, _cells) in enumerate(head) if number == choices.header_row), None)
            if position is None:
                raise refusal("no_header_row", self._name, row=choices.header_row, number=min(HEAD_ROWS, len(head)))
        else:
            position, is_guessed = header.find(head, score)
            if position is None:
                raise refusal("no_header", self._name, number=HEADER_SEARCH)
            if is_guessed:
                self.notices.append(notice("guessed_header", row=head[position][0]))
        self.header_row, cells = head[position]
        above = [[_plain(cell) for cell in row if cell.strip()] for _number, row in head[:position]]
        self.titles = [" ".join(filter(None, words)) for words in above if words]
        return self._bounded([_plain(cell) for cell in cells])

    def _bounded(self, headers: list[str]) -> list[str]:
        """A header may end in any number of empty names, as long as all fits."""
        if len(headers) > self._limits.columns:
            headers = header.trimmed(headers)
        if len(headers) > self._limits.columns:
            raise refusal("columns", self._name, limit=self._limits.columns)
        return headers

    def _sample(self) -> Iterator[list[str]]:
        width, given = len(self.headers), 0
        for number, cells in self._below():
            even = [_plain(cell) for cell in (cells + [""] * width)[:width]]
            if not any(cell.strip() for cell in even) or set_aside_code(even, self.headers) or number in self._hidden:
                continue
            yield even
            given += 1
            if given == SAMPLE_ROWS:
                return

    def _below(self) -> Iterator[Row]:
        return (row for row in self._feed.head if row[0] > self.header_row)


def _plain(cell: str) -> str:
    """Without control characters: breaks and tabs are spaces."""
    spaced = " ".join(cell.splitlines()) if "\n" in cell or "\r" in cell else cell
    return "".join(letter for letter in spaced.replace("\t", " ") if letter >= " " and not "\x7f" <= letter <= "\x9f").strip()


def _cut(kept: list[Kept], size: int) -> list[Chunk]:
    """Chunks of ``size`` rows, and what is left over, which may be nothing."""
    numbers = np.concatenate([some.numbers for some in kept])
    columns = [pa.concat_arrays(parts) for parts in zip(*(some.columns for some in kept), strict=True)]
    starts = range(0, len(numbers) + 1, size)
    return [Chunk(numbers[start : start + size], [column.slice(start, size) for column in columns]) for start in starts]


@contextmanager
def open_source(
    path: Path,
    score: Callable[[list[str]], int],
    choices: Choices = Choices(),  # noqa: B008  (frozen)
    limits: Limits = Limits(),  # noqa: B008  (frozen)
) -> Iterator[Source]:
    """Open a partner's file. ``score`` tells how many of a row's cells are known names of columns.

    Raises ``ListRefusedError`` for what is no list, and for what breaks a limit, on opening or while reading.
    """
    name = path.name
    _check(path, limits)
    with tempfile.TemporaryDirectory(prefix="outreach-") as folder:
        kind, member, shown_name = kinds.sniff(path, name), None, name
        if kind in {"zip", "xlsx", "ods"}:
            archive.guard(path, name, limits)
        said = [] if kinds.fits(kind, name) else [_wrong_extension(kind, name)]
        if kind == "zip":
            path, member = archive.unpack(path, name, Path(folder), limits)
            shown_name = f"{name}/{member}"
            kind = kinds.sniff(path, shown_name)
            if kind == "zip":
                raise refusal("nested", name, member=member)
            if kind in {"xlsx", "ods"}:
                archive.guard(path, shown_name, limits)
            said.append(notice("member", member=member))
            if not kinds.fits(kind, member):
                said.append(_wrong_extension(kind, member))
        feed: Feed
        if kind == "csv":
            feed = TextFeed(path, shown_name, score, choices, limits)
        else:
            feed = open_sheet(path, shown_name, kind, score, choices, limits)
        try:
            source = Source(feed, shown_name, score, choices, limits)
            source.member = member
            source.notices[:0] = said
            yield source
        finally:
            feed.close()


def _check(path: Path, limits: Limits) -> None:
    """It is there, it is ours to read, and it is not too large."""
    try:
        if not path.is_file():
            raise refusal("missing", str(path))
        if path.stat().st_size > limits.file:
            raise refusal("file_size", path.name, limit=limits.file >> 20)
        with path.open("rb"):
            return
    except OSError as error:
        raise refusal("closed", path.name) from error


def _wrong_extension(kind: str, name: str) -> Notice:
    return notice("extension", extension=kinds.extension(name), kind=kinds.SHOWN_KINDS[kind])
