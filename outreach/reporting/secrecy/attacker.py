"""What somebody can work out who reads every figure, knows how counts hang together, and solves linear programs.

All worlds that agree with what is shown form a polytope. A sum of people stays unknown when some world of whole numbers in
it differs from the true one by more than ``NEAR`` in that sum. Such a world, a witness, is the proof, and it is checked in
whole numbers: nothing rests on the tolerances of a solver, nor on fractions that no count of people can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from ortools.linear_solver import pywraplp

from outreach.reporting.secrecy.checks import Checks

if TYPE_CHECKING:
    from outreach.reporting.secrecy.board import Board
    from outreach.reporting.secrecy.grouping import Classes
    from outreach.reporting.secrecy.sums import Vector

NEAR = 2
"""A count is found out when it is known up to so many people, more or less."""
ROOM = 1000
"""People that a class may hold beyond all there are: it keeps programs bounded, and leaves out worlds that nobody believes."""
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Reach:
    """How far a sum can be, ``value``, in a world ``point``; ``ties``: the lines that keep it from going further."""

    value: float
    point: np.ndarray[Any, np.dtype[np.float64]]
    ties: tuple[int, ...]


class Attacker:
    """A reader of the shown lines. Hidden lines that are not zero are known to be at least one, as zeros can be shown."""

    def __init__(self, board: Board, shown: Sequence[bool]) -> None:
        self._board = board
        self.shown = list(shown)
        self.audits = 0
        self._solver = pywraplp.Solver("audit", pywraplp.Solver.GLOP_LINEAR_PROGRAMMING)
        self._options = pywraplp.MPSolverParameters()
        # A basis of the program before is a basis of the next one as long as nothing rewrites the program.
        self._options.SetIntegerParam(self._options.PRESOLVE, self._options.PRESOLVE_OFF)
        self._most = int(board.truth.sum()) + ROOM
        self._classes = [self._solver.NumVar(0, self._most, "") for _ in board.truth]
        self._rows = [self._row(line.classes) for line in board.lines]
        for place in range(len(self.shown)):
            self._bound(place)
        for tie in board.ties:
            row = self._solver.Constraint(0 if tie.is_equal else -self._solver.infinity(), 0)
            for classes, sign in ((tie.left, 1), (tie.right, -1)):
                for place in sorted(classes):
                    row.SetCoefficient(self._classes[place], sign)
        self._checks = Checks(board)

    def show(self, place: int, shown: bool) -> None:
        """Let the reader see a line, or take it away."""
        self.shown[place] = shown
        self._bound(place)

    def furthest(self, sums: Sequence[Classes], direction: int) -> Reach | None:
        """The world in which the total of some sums is greatest (``direction`` 1) or least (-1); ``None`` if none was found."""
        self.audits += 1
        objective = self._solver.Objective()
        objective.Clear()
        weights = np.zeros(len(self._classes), dtype=np.int64)
        for classes in sums:
            weights[list(classes)] += 1
        for place in np.flatnonzero(weights):
            objective.SetCoefficient(self._classes[int(place)], float(weights[place]))
        objective.SetOptimizationDirection(direction > 0)
        if self._solver.Solve(self._options) != pywraplp.Solver.OPTIMAL:
            return None
        point = np.array([variable.solution_value() for variable in self._classes])
        ties = tuple(place for place, row in enumerate(self._rows) if self.shown[place] and abs(row.dual_value()) > TOLERANCE)
        return Reach(float(objective.Value()), point, ties)

    def whole(self, point: np.ndarray[Any, np.dtype[np.float64]]) -> Vector:
        """A world of whole numbers that a reader cannot rule out: the point where it is whole, the truth elsewhere."""
        world: Vector = np.rint(point).astype(np.int64)
        broken = np.abs(point - world) > TOLERANCE
        if broken.any() or not self._checks.hold(world, self.shown):
            world = self._checks.mended(world, broken, self.shown)
        return world

    def _row(self, classes: Classes) -> Any:
        row = self._solver.Constraint(0, self._solver.infinity())
        for place in classes:
            row.SetCoefficient(self._classes[place], 1)
        return row

    def _bound(self, place: int) -> None:
        count = self._board.lines[place].count
        self._rows[place].SetBounds(*((count, count) if self.shown[place] else (min(count, 1), self._solver.infinity())))
