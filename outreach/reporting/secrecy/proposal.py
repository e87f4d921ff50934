"""What to hide to begin with: small figures, one of two that are close, and others beside them in their tables."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from outreach.reporting.disclosure import is_small

if TYPE_CHECKING:
    from outreach.reporting.secrecy.board import Board


def propose(board: Board) -> list[bool]:
    """Which lines to show, before any audit. What was released is shown."""
    shown = _shown_alone(board)
    for places in board.tables.values():
        _hide_beside(board, places, shown)
    return shown


def rivals(board: Board) -> dict[int, set[int]]:
    """The lines that each line must not be shown with."""
    found: dict[int, set[int]] = defaultdict(set)
    for one, other in board.close:
        found[one].add(other)
        found[other].add(one)
    return found


def _shown_alone(board: Board) -> list[bool]:
    """The dearest first; each is shown when it is not small, nor close to one that is shown already."""
    against = rivals(board)
    shown = [line.is_fixed for line in board.lines]
    for place in sorted(range(len(shown)), key=lambda place: board.lines[place].cost, reverse=True):
        line = board.lines[place]
        if line.is_wanted and not is_small(line.count, board.threshold):
            shown[place] |= not any(shown[other] for other in against[place])
    return shown


def _hide_beside(board: Board, places: list[int], shown: list[bool]) -> None:
    """The cheapest of a table with its hidden ones, until each of these could be ``threshold`` or more.

    Hidden counts are known to be at least one, as zeros can be shown.
    """
    hidden = [board.lines[place].count for place in places if not shown[place]]
    others = sorted(
        (place for place in places if shown[place] and not board.lines[place].is_fixed and board.lines[place].count),
        key=lambda place: board.lines[place].cost,
    )
    while hidden and others and (len(hidden) < 2 or sum(hidden) < board.threshold + len(hidden) - 1):  # noqa: PLR2004
        shown[others[0]] = False
        hidden.append(board.lines[others.pop(0)].count)
