"""Disclosure control: what a partner sees never lets them work out a count about a handful of people. Pure rules.

A count from 1 to ``threshold - 1`` is hidden. Whoever knows a total could work it out by subtraction, so others are
hidden with it, until the hidden counts could be shared out in several ways. All hidden counts look the same: a reader
cannot tell which were small. (The usual rules of official statistics for frequency tables.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

OTHERS = "Autres"


@dataclass(frozen=True)
class Row:
    """One group: how many were solicited, and how many of them had a mediation."""

    solicited: int
    mediated: int

    @property
    def rest(self) -> int:
        """Solicited without mediation."""
        return self.solicited - self.mediated


@dataclass(frozen=True)
class ShownRow:
    """A group as shown; ``None`` is a hidden count."""

    solicited: int | None
    mediated: int | None


def is_small(count: int, threshold: int) -> bool:
    """Whether a count says something about a handful of people."""
    return 0 < count < threshold


def suppress(cells: Mapping[str, int], threshold: int) -> dict[str, int | None]:
    """Parts of a published total, with what must not be known hidden (``None``).

    At least two parts are hidden or none, and their sum is so large that any of them could be ``threshold`` or more.
    When that cannot be had, all parts are hidden.
    """
    hidden = {name for name, count in cells.items() if is_small(count, threshold)}
    if not hidden:
        return dict(cells)
    others = sorted((name for name in cells if cells[name] >= threshold), key=lambda name: (cells[name], name))
    while not _is_ambiguous([cells[name] for name in hidden], threshold):
        if not others:
            return dict.fromkeys(cells)
        hidden.add(others.pop(0))
    return {name: None if name in hidden else count for name, count in cells.items()}


def suppress_rows(rows: Mapping[str, Row], threshold: int) -> dict[str, ShownRow]:
    """Groups of a table whose totals (solicited, mediated) are published, with what must not be known hidden.

    Mediated and not mediated are both kept from being known; hidden groups leave both sums ambiguous.
    """
    solicited = suppress({name: row.solicited for name, row in rows.items()}, threshold)
    hidden = {
        name
        for name, row in rows.items()
        if solicited[name] is None or is_small(row.mediated, threshold) or is_small(row.rest, threshold)
    }
    others = sorted((name for name in rows if name not in hidden), key=lambda name: (rows[name].solicited, name))
    while hidden and others and not _are_ambiguous([rows[name] for name in hidden], threshold):
        hidden.add(others.pop(0))
    return {name: ShownRow(solicited[name], None if name in hidden else row.mediated) for name, row in rows.items()}


def gather_small(rows: Mapping[str, Row], threshold: int, most: int) -> dict[str, Row]:
    """The largest groups (``most`` at best) by size; the small ones become « Autres », made large enough to be shown."""
    ranked = sorted(rows, key=lambda name: (-rows[name].solicited, name))
    kept = [name for name in ranked if rows[name].solicited >= threshold][:most]
    gathered = [name for name in ranked if name not in set(kept)]
    while gathered and kept and sum(rows[name].solicited for name in gathered) < threshold:
        gathered.append(kept.pop())
    result = {name: rows[name] for name in kept}
    if len(gathered) == 1:
        return result | {gathered[0]: rows[gathered[0]]}
    if gathered:
        parts = [rows[name] for name in gathered]
        result[OTHERS] = Row(sum(part.solicited for part in parts), sum(part.mediated for part in parts))
    return result


def thin_steps(counts: Sequence[tuple[str, int]], firm: frozenset[str], threshold: int) -> dict[str, int | None]:
    """Steps of a funnel, each a part of the one before; a step whose difference to its neighbour is small is hidden.

    The ``firm`` steps are decided first, last ones first, then the others in their order.
    """
    order = {name: place for place, (name, _) in enumerate(counts)}
    values = dict(counts)
    queue = sorted(values, key=lambda name: (name not in firm, -order[name] if name in firm else order[name]))
    shown: list[str] = []
    for name in queue:
        if not is_small(values[name], threshold) and all(
            not is_small(abs(values[name] - values[other]), threshold) for other in shown
        ):
            shown.append(name)
    return {name: count if name in set(shown) else None for name, count in counts}


def _is_ambiguous(hidden: Sequence[int], threshold: int) -> bool:
    """Whether hidden counts, each known to be at least one, could each still be ``threshold`` or more."""
    return len(hidden) > 1 and sum(hidden) >= threshold + len(hidden) - 1


def _are_ambiguous(hidden: Sequence[Row], threshold: int) -> bool:
    enough = threshold + len(hidden) - 1
    mediated, rest = sum(row.mediated for row in hidden), sum(row.rest for row in hidden)
    return len(hidden) > 1 and mediated >= enough and rest >= enough
