"""Everything that is decided about, in numbers: figures and what must stay unknown, as sums over the classes of a small world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from outreach.reporting.disclosure import is_small
from outreach.reporting.secrecy.grouping import Classes, Grouped, Tie, group
from outreach.reporting.secrecy.nesting import differences, remainders
from outreach.reporting.secrecy.sums import Sums, Vector

if TYPE_CHECKING:
    from outreach.reporting.secrecy.world import Atoms, Figure, World


@dataclass(frozen=True)
class Line:
    """All figures of the same people: they are shown together or hidden together.

    ``is_fixed``: already released. ``cost``: what is lost by hiding it, in the order in which that is preferred.
    """

    name: str
    count: int
    classes: Classes
    cost: tuple[bool, float, int, str]
    is_fixed: bool
    is_wanted: bool
    tables: frozenset[str]


@dataclass(frozen=True)
class Board:
    """The small world, its figures, and the sums that must stay unknown whatever is shown.

    ``close``: pairs of lines that are never shown together, since they differ by a few people.
    """

    grouped: Grouped
    lines: tuple[Line, ...]
    line_of: dict[str, int]
    secrets: tuple[tuple[str, Classes], ...]
    close: tuple[tuple[int, int], ...]
    threshold: int

    @property
    def truth(self) -> Vector:
        """The number of people of each class."""
        return self.grouped.truth

    @property
    def ties(self) -> tuple[Tie, ...]:
        """What everybody knows about the classes."""
        return self.grouped.ties

    @cached_property
    def line_sums(self) -> Sums:
        """The figures' counts in any world."""
        return Sums([line.classes for line in self.lines])

    @cached_property
    def secret_sums(self) -> Sums:
        """What must stay unknown, in any world."""
        return Sums([classes for _, classes in self.secrets])

    @cached_property
    def tables(self) -> dict[str, list[int]]:
        """The lines of each table."""
        names = sorted({table for line in self.lines for table in line.tables})
        return {name: [place for place, line in enumerate(self.lines) if name in line.tables] for name in names}


def make_board(
    world: World,
    wanted: Sequence[Figure],
    released: Sequence[Figure],
    withheld: Sequence[Figure],
    sensitive: Sequence[Atoms],
    threshold: int,
) -> Board:
    """Number the figures, and find all that must stay unknown."""
    world.check()
    figures = [figure for figure in (*released, *wanted, *withheld) if figure.atoms]
    given = [atoms for atoms in sensitive if atoms]
    for atoms in (*(figure.atoms for figure in figures), *given):
        world.total(atoms)
    people = dict.fromkeys([*(figure.atoms for figure in figures), *given])
    grouped = group(world, list(people))
    classes_of = dict(zip(people, grouped.sets, strict=True))
    fixed = {figure.atoms for figure in released}
    lines, line_of = _lines(figures, classes_of, grouped, fixed, {figure.key for figure in wanted})
    named = [(f"given {place}", classes_of[atoms]) for place, atoms in enumerate(given)]
    apart = list(differences([(line.count, line.classes) for line in lines], grouped.ties, threshold))
    close = tuple((whole, part) for whole, part, _ in apart)
    between = [(f"{lines[whole].name} - {lines[part].name}", classes) for whole, part, classes in apart]
    may_show = [place for place, line in enumerate(lines) if line.is_fixed or (line.is_wanted and line.count >= threshold)]
    left = [
        (f"{lines[may_show[whole]].name} - {lines[may_show[part]].name} - {lines[may_show[other]].name}", classes)
        for whole, part, other, classes in remainders(
            [(lines[place].count, lines[place].classes) for place in may_show], threshold
        )
    ]
    return Board(grouped, lines, line_of, _secrets(lines, [*named, *between, *left], threshold), close, threshold)


def _lines(
    figures: Sequence[Figure],
    classes_of: dict[Atoms, Classes],
    grouped: Grouped,
    fixed: set[Atoms],
    wanted: set[str],
) -> tuple[tuple[Line, ...], dict[str, int]]:
    same: dict[Classes, list[Figure]] = {}
    for figure in figures:
        same.setdefault(classes_of[figure.atoms], []).append(figure)
    lines: list[Line] = []
    line_of: dict[str, int] = {}
    for classes, group_ in same.items():
        asked = [figure for figure in group_ if figure.key in wanted]
        for figure in asked:
            line_of[figure.key] = len(lines)
        count = int(grouped.truth[list(classes)].sum())
        weight = max((figure.weight for figure in asked), default=0.0)
        lines.append(
            Line(
                name=group_[0].key,
                count=count,
                classes=classes,
                cost=(any(figure.firm for figure in asked), weight, count, min(figure.key for figure in group_)),
                is_fixed=any(figure.atoms in fixed for figure in group_),
                is_wanted=bool(asked),
                tables=frozenset(figure.table for figure in asked if figure.table),
            )
        )
    return tuple(lines), line_of


def _secrets(lines: Sequence[Line], named: Sequence[tuple[str, Classes]], threshold: int) -> tuple[tuple[str, Classes], ...]:
    """What stays unknown whatever is shown: sums that were named, small figures, figures withheld in earlier summaries."""
    small = [(line.name, line.classes) for line in lines if is_small(line.count, threshold)]
    before = [(line.name, line.classes) for line in lines if not (line.is_fixed or line.is_wanted)]
    found: dict[Classes, str] = {}
    for name, classes in (*small, *before, *named):
        found.setdefault(classes, name)
    return tuple((name, classes) for classes, name in found.items())
