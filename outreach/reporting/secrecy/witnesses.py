"""Other worlds that a reader cannot rule out, and which sums they keep unknown."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from outreach.reporting.disclosure import is_small
from outreach.reporting.secrecy.attacker import NEAR

if TYPE_CHECKING:
    from outreach.reporting.secrecy.board import Board
    from outreach.reporting.secrecy.grouping import Classes
    from outreach.reporting.secrecy.sums import Vector

Marks = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Target:
    """A sum that must stay unknown. ``needed``: how many more people there would have to be for it to be no handful, or 0."""

    name: str
    count: int
    classes: Classes
    needed: int = 0


class Witnesses:
    """Worlds found so far. One stays good while lines are hidden, and when a line is shown that is true in it."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._counts = np.array([line.count for line in board.lines], dtype=np.int64)
        self._secret_counts = board.secret_sums.of(board.truth)
        self._secrets = [
            Target(name, int(count), classes, self._needed(int(count)))
            for (name, classes), count in zip(board.secrets, self._secret_counts, strict=True)
        ]
        self._lines = _Rows(len(board.lines))
        self._far = _Rows(len(board.secrets))
        self._many = _Rows(len(board.secrets))

    def add(self, world: Vector) -> None:
        """Keep a world, unless it is the true one."""
        if (world != self._board.truth).any():
            self._lines.add(self._board.line_sums.of(world))
            rise = self._board.secret_sums.of(world) - self._secret_counts
            self._far.add(np.abs(rise) > NEAR)
            needed = np.array([target.needed for target in self._secrets])
            self._many.add((needed == 0) | (rise >= needed))

    def open_targets(self, shown: Sequence[bool], known: Iterable[Classes], known_few: Container[Classes]) -> list[Target]:
        """Sums without a witness: what is always secret, hidden figures, and few people who are hidden together in a table."""
        told = np.array(shown, dtype=bool)
        lines = self._lines.filled
        good = (lines[:, told] == self._counts[told]).all(axis=1)
        lines = lines[good]
        given_up = np.array([target.classes in known_few for target in self._secrets], dtype=bool)
        closed = (self._far.filled[good] != 0).any(axis=0) & ((self._many.filled[good] != 0).any(axis=0) | given_up)
        targets = [target for target, is_closed in zip(self._secrets, closed.tolist(), strict=True) if not is_closed]
        off = (np.abs(lines - self._counts) > NEAR).any(axis=0)
        for place, line in enumerate(self._board.lines):
            if line.is_wanted and not shown[place] and not off[place]:
                targets.append(Target(line.name, line.count, line.classes))
        targets += self._rests(lines, shown, known_few)
        left_out = set(known)
        targets = [replace(target, needed=0) if target.classes in known_few else target for target in targets]
        # The same sum may be open for two reasons: the one that asks for more is the last, and stays.
        targets.sort(key=lambda target: target.needed)
        return list({target.classes: target for target in targets if target.classes not in left_out}.values())

    def _rests(self, lines: Vector, shown: Sequence[bool], known_few: Container[Classes]) -> list[Target]:
        """What is hidden of each table, taken together, where it is a handful of people."""
        found = []
        for name, places in self._board.tables.items():
            hidden = [place for place in places if not shown[place]]
            count = int(self._counts[hidden].sum())
            classes = tuple(sorted(one for place in hidden for one in self._board.lines[place].classes))
            needed = 0 if classes in known_few else self._needed(count)
            rises = lines[:, hidden].sum(axis=1) - count
            if is_small(count, self._board.threshold) and not ((np.abs(rises) > NEAR).any() and (rises >= needed).any()):
                found.append(Target(f"{name}: all hidden", count, classes, needed))
        return found

    def _needed(self, count: int) -> int:
        return self._board.threshold - count if is_small(count, self._board.threshold) else 0


class _Rows:
    """A matrix that grows by rows."""

    def __init__(self, width: int) -> None:
        self._rows = np.zeros((64, width), dtype=np.int64)
        self._used = 0

    @property
    def filled(self) -> Vector:
        return self._rows[: self._used]

    def add(self, row: Any) -> None:
        if self._used == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._rows[self._used] = row
        self._used += 1
