"""Whether a world agrees with all that is shown and known, in whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from outreach.reporting.secrecy.sums import Sums, Vector

if TYPE_CHECKING:
    from outreach.reporting.secrecy.board import Board

Marks = np.ndarray[Any, np.dtype[np.bool_]]


class Checks:
    """Looks at worlds from the reader's side; knows the truth only to compare."""

    def __init__(self, board: Board) -> None:
        self._truth = board.truth
        self._lines = board.line_sums
        self._counts = np.array([line.count for line in board.lines], dtype=np.int64)
        nobody = len(board.truth)
        self._left = Sums([(*sorted(tie.left), nobody) for tie in board.ties])
        self._right = Sums([(*sorted(tie.right), nobody) for tie in board.ties])
        self._equal = np.array([tie.is_equal for tie in board.ties], dtype=bool)
        self._rows = [line.classes for line in board.lines] + [tuple(sorted(tie.left | tie.right)) for tie in board.ties]

    def hold(self, world: Vector, shown: Sequence[bool]) -> bool:
        """Whether a reader of the shown lines cannot rule this world out."""
        found, told = self._lines.of(world), np.array(shown, dtype=bool)
        with_nobody = np.append(world, 0)
        more = self._left.of(with_nobody) - self._right.of(with_nobody)
        return not (
            (world < 0).any()
            or (found[told] != self._counts[told]).any()
            or (found[~told] < np.minimum(self._counts[~told], 1)).any()
            or (more > 0).any()
            or more[self._equal].any()
        )

    def mended(self, world: Vector, broken: Marks, shown: Sequence[bool]) -> Vector:
        """The truth, moved only where the change is whole.

        Classes that change and share a line or a relation change together. A group of them that is whole can be moved by
        itself: no line or relation feels both it and the rest of the change.
        """
        changed = (world != self._truth) | broken
        leader = _leaders(self._rows, changed)
        bad = {leader(int(place)) for place in np.flatnonzero(broken)}
        moved = [int(place) for place in np.flatnonzero(changed) if leader(int(place)) not in bad]
        mended = self._truth.copy()
        mended[moved] = world[moved]
        return mended if self.hold(mended, shown) else self._truth


def _leaders(rows: Sequence[tuple[int, ...]], changed: Marks) -> Any:
    parent = list(range(len(changed)))
    does_change = changed.tolist()

    def leader(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for row in rows:
        together = [place for place in row if does_change[place]]
        for other in together[1:]:
            parent[leader(other)] = leader(together[0])
    return leader
