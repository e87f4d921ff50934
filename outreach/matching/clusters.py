"""From pairs to persons: links joined into clusters, cut where a chain would join contradicting people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int32]
Contradictions = Callable[[Ids, Ids], NDArray[np.bool_]]


def components(size: int, left: Ids, right: Ids) -> Ids:
    """The smallest id of the connected component of each of the ids 0 … size - 1."""
    label = np.arange(size, dtype=np.int32)
    while len(left):
        low = np.minimum(label[left], label[right])
        before = label.copy()
        np.minimum.at(label, label[left], low)
        np.minimum.at(label, label[right], low)
        while not np.array_equal(label, label[label]):
            label = label[label]
        if np.array_equal(before, label):
            break
    return label


def persons(size: int, left: Ids, right: Ids, p_same: NDArray[np.float32], contradictions: Contradictions) -> Ids:
    """The smallest id of each id's person.

    Clusters of three and more are checked pair by pair with `contradictions`; a cluster that holds a
    contradiction is built again from its strongest link down, and a link that would bring the contradiction
    in is left out.
    """
    label = components(size, left, right)
    pair_left, pair_right = _pairs_inside(label)
    against = contradictions(pair_left, pair_right)
    if not against.any():
        return label
    broken = np.zeros(size, dtype=bool)
    broken[label[pair_left[against]]] = True
    again = broken[label]
    links = again[left]
    strongest = np.lexsort((right[links], left[links], -p_same[links]))
    rebuilt = _rebuild(
        left[links][strongest].tolist(), right[links][strongest].tolist(),
        list(zip(pair_left[against].tolist(), pair_right[against].tolist(), strict=True)),
    )  # fmt: skip
    label[again] = np.flatnonzero(again).astype(np.int32)
    for member, smallest in rebuilt.items():
        label[member] = smallest
    return label


def _pairs_inside(label: Ids) -> tuple[Ids, Ids]:
    """All pairs (left < right) inside components of three and more; a pair of two was judged already."""
    order = np.argsort(label, kind="stable").astype(np.int32)
    _, starts, sizes = np.unique(label[order], return_index=True, return_counts=True)
    lefts, rights = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    for count in np.unique(sizes[sizes > 2]):  # noqa: PLR2004 - see above
        first, second = np.triu_indices(count, 1)
        begin = starts[sizes == count][:, None]
        lefts.append(order[begin + first].ravel())
        rights.append(order[begin + second].ravel())
    return np.concatenate(lefts), np.concatenate(rights)


def _rebuild(left: list[int], right: list[int], against: list[tuple[int, int]]) -> dict[int, int]:
    """Join links in the order given unless both sides contradict; the smallest member of each one's group."""
    foes: dict[int, set[int]] = defaultdict(set)
    for one, other in against:
        foes[one].add(other)
        foes[other].add(one)
    group = {member: {member} for member in [*left, *right]}
    for one, other in zip(left, right, strict=True):
        small, large = sorted((group[one], group[other]), key=len)
        if small is large or any(not foes[member].isdisjoint(large) for member in small):
            continue
        large |= small
        for member in small:
            group[member] = large
    return {member: min(members) for member, members in group.items()}
