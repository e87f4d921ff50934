"""Makes a world small without changing what can be found out about it: atoms that nothing tells apart become one.

Two steps, both exact for whole numbers, not only for fractions:
- Atoms of the same sets and the same relations only ever appear as a sum.
- Relations tie atoms into islands. All relations are homogeneous (nothing but sums on both sides), so what an island can
  hold is closed under addition, and empty is one of its states: of two islands with the same form (the same sets, tied in
  the same way), one can hold everything and the other nothing. Islands of one form therefore become one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from outreach.reporting.secrecy.world import Atom, Atoms, World

Classes = tuple[int, ...]
Signature = tuple[int, ...]


@dataclass(frozen=True)
class Tie:
    """A relation between classes: the sums of both sides are equal, or the left one is at most the right one."""

    is_equal: bool
    left: frozenset[Any]
    right: frozenset[Any]


@dataclass(frozen=True)
class Grouped:
    """The small world: ``truth``, the number of people of each class; ``sets``: the classes of each set that was given."""

    truth: np.ndarray[Any, np.dtype[np.int64]]
    sets: tuple[Classes, ...]
    ties: tuple[Tie, ...]


def group(world: World, sets: Sequence[Atoms]) -> Grouped:
    """The classes of a world, seen through these sets of atoms and through its own relations."""
    found: dict[Atom, list[int]] = {atom: [] for atom in world.counts}
    for place, atoms in enumerate(sets):
        for atom in atoms:
            found[atom].append(place)
    signatures = {atom: tuple(places) for atom, places in found.items()}
    forms: dict[Any, _Island] = {}
    for number, island in enumerate(_islands(world, signatures)):
        form = island.form() or number
        if form in forms:
            forms[form].absorb(island)
        else:
            forms[form] = island
    return _numbered(list(forms.values()), len(sets))


class _Island:
    """Classes of atoms that relations tie together; each has a label that says which sets it is in and how it is tied."""

    def __init__(self, atoms: Iterable[Atom], ties: Sequence[Tie], world: World, signatures: dict[Atom, Signature]) -> None:
        ties = _telling(ties, signatures)
        within: dict[Atom, list[tuple[int, bool]]] = defaultdict(list)
        for place, tie in enumerate(ties):
            for is_left, side in ((True, tie.left), (False, tie.right)):
                for atom in side:
                    within[atom].append((place, is_left))
        self.counts: dict[Any, int] = defaultdict(int)
        name = {atom: (signatures[atom], tuple(within[atom])) for atom in atoms}
        for atom, label in name.items():
            self.counts[label] += world.counts[atom]
        self.ties = [Tie(tie.is_equal, frozenset(map(name.get, tie.left)), frozenset(map(name.get, tie.right))) for tie in ties]
        self._relabel()

    def _relabel(self) -> None:
        """Labels that do not depend on the order of relations: the sets of a class, and those of its relations."""
        seen = [(tie, _signatures(tie.left), _signatures(tie.right)) for tie in self.ties]
        label = {
            old: (old[0], frozenset((tie.is_equal, old in tie.left, left, right) for tie, left, right in seen
                                    if old in tie.left or old in tie.right))
            for old in self.counts
        }  # fmt: skip
        self.is_clear = len(set(label.values())) == len(label)
        if self.is_clear:
            self.counts = {label[old]: count for old, count in self.counts.items()}
            self.ties = [
                Tie(tie.is_equal, frozenset(label[old] for old in tie.left), frozenset(label[old] for old in tie.right))
                for tie in self.ties
            ]

    def form(self) -> Any:
        """What equal islands have in common; ``None`` when its classes cannot be told apart by their labels."""
        return (frozenset(self.counts), frozenset(self.ties)) if self.is_clear else None

    def absorb(self, other: _Island) -> None:
        for label, count in other.counts.items():
            self.counts[label] += count


def _signatures(side: Iterable[Any]) -> frozenset[Signature]:
    return frozenset(label[0] for label in side)


def _telling(ties: Sequence[Tie], signatures: dict[Atom, Signature]) -> list[Tie]:
    """The relations that say something: a side of atoms that appear nowhere else can take on any sum."""
    used: dict[Atom, int] = defaultdict(int)
    for tie in ties:
        for atom in tie.left | tie.right:
            used[atom] += 1

    def is_free(side: frozenset[Atom]) -> bool:
        return bool(side) and all(not signatures[atom] and used[atom] == 1 for atom in side)

    return [tie for tie in ties if not (is_free(tie.left) or is_free(tie.right))]


def _islands(world: World, signatures: dict[Atom, Signature]) -> list[_Island]:
    relations = [(True, *pair) for pair in world.equalities] + [(False, *pair) for pair in world.at_most]
    ties = [Tie(is_equal, left - right, right - left) for is_equal, left, right in relations if left != right]
    parent: dict[Atom, Atom] = {atom: atom for atom in world.counts}
    for tie in ties:
        first, *others = [_root(parent, atom) for atom in tie.left | tie.right]
        for other in others:
            parent[_root(parent, other)] = _root(parent, first)
    members: dict[Atom, list[Atom]] = defaultdict(list)
    for atom in world.counts:
        members[_root(parent, atom)].append(atom)
    tied: dict[Atom, list[Tie]] = defaultdict(list)
    for tie in ties:
        tied[_root(parent, next(iter(tie.left | tie.right)))].append(tie)
    return [
        _Island(atoms, tied[root], world, signatures)
        for root, atoms in members.items()
        if any(signatures[atom] for atom in atoms)
    ]


def _root(parent: dict[Atom, Atom], atom: Atom) -> Atom:
    while parent[atom] != atom:
        parent[atom] = parent[parent[atom]]
        atom = parent[atom]
    return atom


def _numbered(islands: Sequence[_Island], sets: int) -> Grouped:
    """Numbers for classes, in the order of the world's atoms: the same world always gives the same numbers."""
    truth: list[int] = []
    members: list[list[int]] = [[] for _ in range(sets)]
    ties: list[Tie] = []
    for island in islands:
        number = {}
        for label, count in island.counts.items():
            number[label] = len(truth)
            for place in label[0]:
                members[place].append(len(truth))
            truth.append(count)
        ties += [
            Tie(tie.is_equal, frozenset(map(number.__getitem__, tie.left)), frozenset(map(number.__getitem__, tie.right)))
            for tie in island.ties
        ]
    return Grouped(np.array(truth, dtype=np.int64), tuple(tuple(classes) for classes in members), tuple(ties))
