"""Looks for a world of whole numbers near the true one, where the farthest world is one of fractions.

The linear program of the least change: how many people have to be counted elsewhere for a sum to differ by more than ``NEAR``.
Small changes run along few classes, and these are nearly always whole; prices that differ a little lead to others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
from ortools.linear_solver import pywraplp

if TYPE_CHECKING:
    from outreach.reporting.secrecy.board import Board
    from outreach.reporting.secrecy.grouping import Classes

TRIES = 3
"""Least changes at different prices. What they do not find counts as not existing: more is hidden then, never less."""
SPREAD = 0.4
"""By how much prices differ, as a share."""


class Search:
    """A linear program over changes of the classes, built when it is first needed."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._told: dict[int, bool] = {}
        self._priced = -1
        self.solved = 0

    @cached_property
    def _program(self) -> tuple[Any, list[tuple[Any, Any]], list[Any], Any, Any]:
        solver = pywraplp.Solver("change", pywraplp.Solver.GLOP_LINEAR_PROGRAMMING)
        options = pywraplp.MPSolverParameters()
        options.SetIntegerParam(options.PRESOLVE, options.PRESOLVE_OFF)
        options.SetIntegerParam(options.LP_ALGORITHM, options.DUAL)
        infinity = solver.infinity()
        moves = [(solver.NumVar(0, infinity, ""), solver.NumVar(0, int(count), "")) for count in self._board.truth]

        def add(row: Any, classes: Sequence[int], sign: int) -> None:
            for place in classes:
                more, less = moves[place]
                row.SetCoefficient(more, sign)
                row.SetCoefficient(less, -sign)

        rows = [solver.Constraint(0, 0) for _ in self._board.lines]
        for line, row in zip(self._board.lines, rows, strict=True):
            add(row, line.classes, 1)
        truth = self._board.truth
        for tie in self._board.ties:
            left, right = sorted(tie.left), sorted(tie.right)
            slack = int(truth[right].sum() - truth[left].sum())
            row = solver.Constraint(0 if tie.is_equal else -infinity, slack)
            add(row, left, 1)
            add(row, right, -1)
        return solver, moves, rows, solver.Constraint(-infinity, infinity), options

    def changes(
        self, shown: Sequence[bool], classes: Classes, direction: int, amount: int, tries: int = TRIES
    ) -> Iterator[np.ndarray[Any, np.dtype[np.float64]]]:
        """Worlds near the truth, perhaps of fractions, that agree with the shown lines and move a sum by ``amount`` at least."""
        solver, moves, rows, beyond, options = self._program
        for place, (line, row, is_shown) in enumerate(zip(self._board.lines, rows, shown, strict=True)):
            if self._told.get(place) != is_shown:
                self._told[place] = is_shown
                row.SetBounds(0 if is_shown else min(line.count, 1) - line.count, 0 if is_shown else solver.infinity())
        beyond.Clear()
        for place in classes:
            beyond.SetCoefficient(moves[place][0], direction)
            beyond.SetCoefficient(moves[place][1], -direction)
        beyond.SetBounds(amount, solver.infinity())
        for number in range(tries):
            if number != self._priced:
                self._price(number)
            self.solved += 1
            if solver.Solve(options) != pywraplp.Solver.OPTIMAL:
                return
            change = [more.solution_value() - less.solution_value() for more, less in moves]
            yield self._board.truth + np.array(change)

    def _price(self, number: int) -> None:
        """The same number always gives the same prices."""
        self._priced = number
        solver, moves, *_ = self._program
        prices = Random(number)  # noqa: S311  (prices, not secrets)
        for pair in moves:
            price = 1 + SPREAD * prices.random()
            for move in pair:
                solver.Objective().SetCoefficient(move, price)
        solver.Objective().SetMinimization()
