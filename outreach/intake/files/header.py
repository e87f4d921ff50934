"""Which row names the columns."""

from __future__ import annotations

import re
from collections.abc import Callable

from outreach.intake.files.model import HEADER_SEARCH, Row

LEAST_KNOWN = 2
NAME_LIKE = re.compile(r"[^\W\d_]")
DATA_LIKE = re.compile(r"@|\d{5}|^[\d\s.,/€%+-]+$")


def find(head: list[Row], score: Callable[[list[str]], int]) -> tuple[int | None, bool]:
    """(position in the head, is guessed). Known names decide; else a row of distinct words above a row as wide."""
    candidates = head[:HEADER_SEARCH]
    best, best_score = None, LEAST_KNOWN - 1
    for position, (_number, cells) in enumerate(candidates):
        known = score(cells)
        if known > best_score:
            best, best_score = position, known
    if best is not None:
        return best, False
    for position, (_number, cells) in enumerate(candidates):
        if _names(cells) and _is_followed(head[position + 1 :], len(trimmed(cells))):
            return position, True
    return None, False


def _names(cells: list[str]) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    return (
        len(filled) >= LEAST_KNOWN
        and len(set(filled)) == len(filled)
        and all(NAME_LIKE.search(cell) and not DATA_LIKE.search(cell) for cell in filled)
    )


def _is_followed(rest: list[Row], width: int) -> bool:
    following = next((cells for _number, cells in rest if any(cell.strip() for cell in cells)), None)
    return following is not None and len(following) >= width


def trimmed(cells: list[str]) -> list[str]:
    """Without the empty cells at the end."""
    width = len(cells)
    while width and not cells[width - 1].strip():
        width -= 1
    return cells[:width]
