"""Finds what separates the columns of a text."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice

from outreach.intake.files.model import HEAD_ROWS, Row
from outreach.intake.files.quotes import STRAY

CANDIDATES = (";", "\t", ",", "|", "^", "~", "\x1f", "\x01", ":")
"""The order breaks ties. A colon also stands in titles and times."""
ANNOUNCED = "sep="
QUOTE_OR_BREAK = '"\n\r'
STRAYS = chr(STRAY)


def split(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    """One list of cells per line; a quote that stands for itself is one again."""
    for row in csv.reader(lines, delimiter=delimiter):
        yield [cell.replace(STRAYS, '"') for cell in row]


def head_rows(blocks: Iterator[bytes], delimiter: str) -> list[Row]:
    """The first rows of a clean text."""
    lines = (line for block in blocks for line in block.decode("utf-8", "replace").split("\n")[:-1])
    return list(enumerate(split(islice(lines, HEAD_ROWS), delimiter), start=1))


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
