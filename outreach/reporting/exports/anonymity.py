"""No line stands alone: values are made coarser, then what is still rare is left out, until k lines look the same. Pure rules.

The way of L. Sweeney's Datafly (2002): as long as too many lines are rare, the column with the most values climbs its ladder
by one step; the few that are rare then are left out. Every line that stays has at least ``k - 1`` others with the same values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

ANYTHING = "*"
"""The value of a column that says nothing any more."""
MOST_LEFT_OUT = 0.05
"""Up to this share of lines is left out rather than that all become coarser."""


@dataclass(frozen=True)
class Ladder:
    """One column and its steps, from the finest to ``ANYTHING``: each turns the value as it was found into a coarser one."""

    column: str
    steps: tuple[Callable[[str], str], ...]

    @property
    def top(self) -> int:
        """The number of its last step, at which every value is ``ANYTHING``."""
        return len(self.steps)

    def at(self, step: int, value: str) -> str:
        """A value at a step."""
        return ANYTHING if step == self.top else self.steps[step](value)


@dataclass(frozen=True)
class Coarse:
    """Lines as they may be shown, in their order; ``None`` for one left out. ``steps``: how far each column climbed."""

    lines: list[tuple[str, ...] | None]
    steps: dict[str, int]

    @property
    def left_out(self) -> int:
        """How many lines are not shown."""
        return self.lines.count(None)


def make_coarse(lines: Sequence[tuple[str, ...]], ladders: Sequence[Ladder], k: int) -> Coarse:
    """Climb and leave out until every line shown looks like ``k - 1`` others at least. Lines have the columns of ``ladders``."""
    found = Counter(lines)
    steps = [0] * len(ladders)
    while True:
        seen = _seen(found, ladders, steps)
        rare = sum(number for number in seen.values() if number < k)
        able = [place for place, ladder in enumerate(ladders) if steps[place] < ladder.top]
        if rare <= MOST_LEFT_OUT * len(lines) or not able:
            break
        steps[max(able, key=lambda place: (len({line[place] for line in seen}), -place))] += 1
    shown = [_at(line, ladders, steps) for line in lines]
    kept: list[tuple[str, ...] | None] = [line if seen[line] >= k else None for line in shown]
    return Coarse(kept, {ladder.column: step for ladder, step in zip(ladders, steps, strict=True)})


def _seen(found: Counter[tuple[str, ...]], ladders: Sequence[Ladder], steps: Sequence[int]) -> Counter[tuple[str, ...]]:
    seen: Counter[tuple[str, ...]] = Counter()
    for line, number in found.items():
        seen[_at(line, ladders, steps)] += number
    return seen


def _at(line: tuple[str, ...], ladders: Sequence[Ladder], steps: Sequence[int]) -> tuple[str, ...]:
    return tuple(ladder.at(step, value) for value, ladder, step in zip(line, ladders, steps, strict=True))
