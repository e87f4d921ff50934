"""The rows that go back to the partner: the file's own columns, and what is wrong with each row."""

from __future__ import annotations

from pathlib import Path

from outreach.intake.corrections import HEADER, BadRow, is_header, write_rows
from outreach.intake.returns.result import ReturnsResult


def write_given_back(result: ReturnsResult, path: Path) -> int:
    """Write the rows that were not taken in; corrected, the file can be imported like any other.

    ``path`` ends in .xlsx or .csv. Returns the number of rows; none writes nothing. Raises ``OutreachError`` for another
    kind of file.
    """
    if not result.given_back:
        return 0
    kept = [position for position, header in enumerate(result.headers) if not is_header(header)]
    rows = [
        BadRow(row.number, [row.cells[at] for at in kept], f"ligne {row.number} | {row.reason}",
               frozenset(new for new, at in enumerate(kept) if at in row.faulty))
        for row in result.given_back
    ]  # fmt: skip
    write_rows(path, [*(result.headers[at] for at in kept), HEADER], rows)
    return len(rows)
