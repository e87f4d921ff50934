"""Cells that spreadsheets take for formulas.

Whoever fills in a list, a name or a note must not run anything where it is opened.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

DANGEROUS = re.compile(r"^(?:[=@\t\r]|[+\-](?![\d ().]*$))")
"""What a spreadsheet would take for a formula (OWASP, CSV injection); a phone's plus and a number's minus are none."""


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (an apostrophe in front, which the import takes away again)."""
    return f"'{cell}" if DANGEROUS.match(cell) else cell


def harmless_row(cells: Iterable[object]) -> list[object]:
    """A row of a CSV whose texts no spreadsheet takes for formulas."""
    return [harmless(cell) if isinstance(cell, str) else cell for cell in cells]
