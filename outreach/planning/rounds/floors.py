"""The order of the doors inside a building: the lift up, the stairs down."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from outreach.planning.rounds.ground import Ground
from outreach.planning.rounds.timing import timed


def by_floor(land: Ground, stint: int, order: Sequence[int]) -> list[int]:
    """The same round with each building walked from the top floor down, unknown floors last, wherever windows allow it."""
    best = list(order)
    position = 0
    for _, run in groupby(order, key=lambda index: land.doors[index].building_id):
        length = len(list(run))
        here = slice(position, position + length)
        for wished in (_down(land, best[here]), _down_between(land, best[here])):
            trial = [*best[: here.start], *wished, *best[here.stop :]]
            if timed(land, stint, trial).fits:
                best = trial
                break
        position += length
    return best


def _down(land: Ground, run: Sequence[int]) -> list[int]:
    def height(index: int) -> tuple[bool, int]:
        floor = land.doors[index].floor
        return floor is None, -(floor or 0)

    return sorted(run, key=height)


def _down_between(land: Ground, run: Sequence[int]) -> list[int]:
    """Doors with a window stay where they are; the others are sorted among the places that are left."""
    free = [index for index in run if not land.doors[index].windows and land.doors[index].appointment is None]
    down = iter(_down(land, free))
    return [next(down) if index in set(free) else index for index in run]
