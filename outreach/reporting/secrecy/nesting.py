"""Figures that lie within others, and the few people who make the difference."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from outreach.reporting.secrecy.grouping import Classes, Tie


@dataclass(frozen=True)
class _Part:
    """A figure as a mask of classes; ``instead``: what of another table it is compared with, ``around``: all beside it there."""

    mask: int
    instead: int = 0
    around: int = 0


def differences(
    figures: Sequence[tuple[int, Classes]], ties: Sequence[Tie], threshold: int
) -> Iterator[tuple[int, int, Classes]]:
    """Pairs of figures (whole, part) that differ by 1 to ``threshold - 1`` people, and the classes of these people.

    ``figures``: counts and classes. A part lies within a whole by its own classes, or by an equality: the people of a commune
    are among all people of the same months and outcomes, although the two are counted apart.
    """
    masks = [_mask(classes) for _, classes in figures]
    parts = _parts(masks, ties)
    order = sorted(range(len(figures)), key=lambda place: (figures[place][0], place))
    counts = [figures[place][0] for place in order]
    for whole in order:
        low = bisect_left(counts, figures[whole][0] - threshold + 1)
        high = bisect_right(counts, figures[whole][0] - 1)
        for part in order[low:high]:
            rest = _rest(masks[whole], parts[part])
            if rest:
                yield whole, part, _classes(rest)


def remainders(figures: Sequence[tuple[int, Classes]], threshold: int) -> Iterator[tuple[int, int, int, Classes]]:
    """Figures (whole, part, part) that leave 1 to ``threshold - 1`` people: solicited, less mediated, less refused.

    The two parts have nobody in common and lie within the whole by their own classes.
    """
    for group in _overlapping(figures):
        masks = {place: _mask(figures[place][1]) for place in group}
        for whole in group:
            within = [place for place in group if place != whole and masks[place] & ~masks[whole] == 0]
            within.sort(key=lambda place: figures[place][0])
            counts = [figures[place][0] for place in within]
            for index, part in enumerate(within):
                left = figures[whole][0] - counts[index]
                low = max(index + 1, bisect_left(counts, left - threshold + 1))
                for other in within[low : bisect_right(counts, left - 1)]:
                    if masks[part] & masks[other] == 0:
                        yield whole, part, other, _classes(masks[whole] & ~masks[part] & ~masks[other])


def _overlapping(figures: Sequence[tuple[int, Classes]]) -> list[list[int]]:
    """Figures in groups that have no people in common: those of each commune, of each segment, of all."""
    leader: dict[int, int] = {}

    def lead(place: int) -> int:
        while leader.setdefault(place, place) != place:
            leader[place] = leader[leader[place]]
            place = leader[place]
        return place

    for _, classes in figures:
        for other in classes[1:]:
            leader[lead(other)] = lead(classes[0])
    groups: dict[int, list[int]] = defaultdict(list)
    for place, (_, classes) in enumerate(figures):
        groups[lead(classes[0])].append(place)
    return list(groups.values())


def _rest(whole: int, part: _Part) -> int:
    if part.mask & ~whole == 0:
        return whole & ~part.mask
    if part.instead and part.instead & ~whole == 0:
        return (whole & ~part.instead) | part.around
    return 0


def _parts(masks: Sequence[int], ties: Sequence[Tie]) -> list[_Part]:
    """Each figure with its like in the table that equalities tie it to, where these leave no doubt which that is."""
    sides: list[tuple[int, int]] = []
    touching: dict[int, list[int]] = defaultdict(list)
    for tie in ties:
        if tie.is_equal:
            for one, other in ((tie.left, tie.right), (tie.right, tie.left)):
                for place in other:
                    touching[place].append(len(sides))
                sides.append((_mask(tuple(one)), _mask(tuple(other))))
    return [_part(mask, sides, touching) for mask in masks]


def _part(mask: int, sides: Sequence[tuple[int, int]], touching: dict[int, list[int]]) -> _Part:
    instead = covered = 0
    for row in sorted({row for place in _classes(mask) for row in touching.get(place, ())}):
        one, other = sides[row]
        if one & instead or other & covered:
            return _Part(mask)
        instead |= one
        covered |= other
    return _Part(mask, instead, covered & ~mask) if mask & ~covered == 0 else _Part(mask)


def _mask(classes: Classes) -> int:
    return sum(1 << place for place in classes)


def _classes(mask: int) -> Classes:
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return tuple(found)
