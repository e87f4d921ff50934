"""What is chosen, what is bounded, what is said, and what comes out of a partner's file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

HEADER_SEARCH = 20
"""Title lines above the header are few; below this a header is named by a person."""
SAMPLE_ROWS = 200
HEAD_ROWS = HEADER_SEARCH + SAMPLE_ROWS + 30
"""Rows looked at before reading: enough for the header and the sample, whatever stands between."""

Row = tuple[int, list[str]]
"""A row's number as a person sees it, and its cells."""


@dataclass(frozen=True)
class Choices:
    """What a person overrides; ``None`` is found out.

    ``sheet`` is a sheet's name, or its number from 1 as text. ``header_row`` counts from 1; 0: the file has no header,
    its columns are called « colonne 1 » and so on. ``skip_hidden`` leaves hidden rows (not columns) out.
    """

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    skip_hidden: bool = False


@dataclass(frozen=True)
class Limits:
    """How large a file may be, and how much its reading may take. A breach refuses the file in a sentence."""

    file: int = 1 << 30
    rows: int = 2_000_000
    columns: int = 500
    cell: int = 32_767
    expansion: int = 2 << 30
    ratio: int = 200
    child_memory: int = 1_300_000_000
    child_seconds: float = 300.0


@dataclass(frozen=True)
class Notice:
    """Something said aloud about the file: ``_(text).format(**values)``."""

    code: str
    text: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Chunk:
    """Rows in order, by column: no nulls, "" for empty, no control characters."""

    numbers: np.ndarray[Any, np.dtype[np.int64]]
    cells: list[pa.StringArray]


@dataclass
class Block:
    """Rows as a reader gives them: not filtered, of the file's own width.

    ``surplus`` holds rows that were cut (number, filled cells lost); ``short`` the numbers of rows that were padded.
    """

    numbers: np.ndarray[Any, np.dtype[np.int64]]
    columns: list[pa.StringArray]
    surplus: list[tuple[int, int]] = field(default_factory=list)
    short: list[int] = field(default_factory=list)


class Feed(Protocol):
    """A reader of one kind of file."""

    kind: str
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    sheets: list[str]
    head: list[Row]
    fixed_headers: list[str] | None
    hidden: frozenset[int]
    is_clean: bool
    notices: list[Notice]

    def blocks(self, after: int) -> Iterator[Block]:
        """The rows with numbers above ``after``."""

    def finish(self) -> None:
        """Adds the notices that only the end tells."""

    def close(self) -> None:
        """Lets go of the file."""
