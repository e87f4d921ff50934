"""What there is to count, what a partner would like to read of it, and what everybody knows about how counts hang together."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Atom = Hashable
"""The name of the smallest count of a world, such as (dimension, value, month solicited, month of the outcome, outcome)."""
Atoms = frozenset[Atom]
Relation = tuple[Atoms, Atoms]


@dataclass(frozen=True)
class World:
    """Counts of people, and what a partner knows about them before reading anything.

    ``counts``: every atom that could be other than zero, the zeros among them as well: an atom that is left out is taken
    for known to be zero, which makes a partner know more and hides more. ``equalities``: pairs of sets of atoms with equal
    sums (the people of all communes are the people of all segments). ``at_most``: the first sum never exceeds the second
    (people can have several themes, but none has one without having been met).
    """

    counts: Mapping[Atom, int]
    equalities: Sequence[Relation] = ()
    at_most: Sequence[Relation] = ()

    def total(self, atoms: Iterable[Atom]) -> int:
        """The number of people in a set of atoms. Raises ``ValueError`` for an atom that the world does not have."""
        try:
            return sum(self.counts[atom] for atom in atoms)
        except KeyError as unknown:
            message = f"the world has no atom {unknown.args[0]!r}"
            raise ValueError(message) from unknown

    def check(self) -> None:
        """Raise ``ValueError`` when counts are negative or contradict what everybody is said to know."""
        if any(count < 0 for count in self.counts.values()):
            message = "counts of people are never negative"
            raise ValueError(message)
        unequal = [place for place, (one, other) in enumerate(self.equalities) if self.total(one) != self.total(other)]
        above = [place for place, (part, whole) in enumerate(self.at_most) if self.total(part) > self.total(whole)]
        if unequal or above:
            message = f"counts contradict equalities {unequal[:5]} or bounds {above[:5]}"
            raise ValueError(message)


@dataclass(frozen=True)
class Figure:
    """One published count: the sum over its atoms. Rates are no figures: they are shown when both of their counts are.

    ``key``: a stable name, such as ``2026-01..2026-03/commune:69259/mediated``. ``weight``: how much is lost when it is
    hidden; ``firm``: hidden only when nothing else helps. ``table``: figures of one table share no atoms, and all that is
    hidden of a table is protected together; empty for a figure that stands alone.
    """

    key: str
    atoms: Atoms
    weight: float = 1.0
    firm: bool = False
    table: str = ""


@dataclass(frozen=True)
class Protection:
    """Which wanted figures are shown (with their counts) and which hidden, by key.

    ``already_known``: sums that earlier releases give away whatever is hidden now, by name. ``known_few``: sums that are known to
    be handfuls by what cannot be taken back, but not how large. ``is_coarse``: there was too much to examine, tables are hidden
    whole. ``audits``: linear programs solved.
    """

    shown: Mapping[str, int]
    hidden: frozenset[str]
    already_known: tuple[str, ...] = ()
    known_few: tuple[str, ...] = ()
    is_coarse: bool = False
    audits: int = field(default=0, compare=False)

    def count(self, key: str) -> int | None:
        """The count of a wanted figure, ``None`` when hidden. Raises ``KeyError`` for a figure that was not wanted."""
        return None if key in self.hidden else self.shown[key]
