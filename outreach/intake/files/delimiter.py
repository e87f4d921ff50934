"""Finds what separates the columns of a text."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator

from outreach.intake.files.model import HEAD_ROWS, Row
from outreach.intake.files.quotes import STRAY

CANDIDATES = (";", "\t", ",", "|", "^", "~", "\x1f", "\x01", ":")
"""The order breaks ties. A colon also stands in titles and times."""
ANNOUNCED = "sep="
QUOTE_OR_BREAK = '"\n\r'
STRAYS = chr(STRAY)
HEAD_BYTES = 2 << 20


class TooLongError(Exception):
    """A cell is too long to be one; ``line`` counts from 1."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def split(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    """One list of cells per line; a quote that stands for itself is one again."""
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        for row in reader:
            yield [cell.replace(STRAYS, '"') for cell in row]
    except csv.Error as error:
        raise TooLongError(reader.line_num) from error


def head_rows(blocks: Iterator[bytes], delimiter: str) -> list[Row]:
    """The first rows of a clean text."""
    return list(enumerate(split(_first_lines(blocks), delimiter), start=1))


def _first_lines(blocks: Iterator[bytes]) -> Iterator[str]:
    """Enough lines for the header and the sample; fewer if they are very long."""
    read = count = 0
    for block in blocks:
        for line in block.split(b"\n")[:-1]:
            yield line.decode("utf-8", "replace")
            read += len(line)
            count += 1
            if count == HEAD_ROWS or read > HEAD_BYTES:
                return


def announced(head: list[Row]) -> str | None:
    """What the first line ``sep=;`` of some exports says."""
    first = "".join(head[0][1]) if head else ""
    said = first[len(ANNOUNCED) :] if first.lower().startswith(ANNOUNCED) else ""
    return said if is_possible(said) else None


def is_possible(delimiter: str) -> bool:
    """One ASCII character that is neither a quote nor a line break, nor used inside."""
    return len(delimiter) == 1 and delimiter.isascii() and delimiter not in QUOTE_OR_BREAK + STRAYS + "\0"


def best(heads: dict[str, list[Row]], score: Callable[[list[str]], int]) -> str:
    """The delimiter whose header is known best; then the one that cuts most rows alike, into most cells."""

    def rank(delimiter: str) -> tuple[int, float]:
        rows = [cells for _number, cells in heads[delimiter] if any(cells)]
        if not rows:
            return (0, 0.0)
        known = max(score(cells) for cells in rows[:20])
        width, alike = Counter(len(cells) for cells in rows).most_common(1)[0]
        return (known if known > 1 else 0, alike / len(rows) * (min(width, 12) if width > 1 else 0.5))

    return max(heads, key=rank)
