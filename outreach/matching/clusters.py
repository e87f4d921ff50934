"""From pairs to persons: links joined into clusters, cut where a chain would join contradicting people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int32]
Links = tuple[Ids, Ids]
NO_PAIRS: Links = (np.empty(0, np.int32), np.empty(0, np.int32))
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


@dataclass(frozen=True)
class Said:
    """What people decided, as pairs of ids: `same` with the latest decision first, `apart` in any order."""

    same: Links = NO_PAIRS
    apart: Links = NO_PAIRS


def persons(
    size: int, left: Ids, right: Ids, p_same: NDArray[np.float32], contradictions: Contradictions, said: Said | None = None
) -> Ids:
    """The smallest id of each id's person.

    Clusters of three and more are checked pair by pair with `contradictions`; a cluster that holds a
    contradiction, or two that somebody said to be apart, is built again: first what people said to be the same,
    then from its strongest link down, and a link that would bring the contradiction in is left out. What
    people said binds: `apart` always, `same` unless it would join two that are apart.
    """
    said = said or Said()
    label = components(size, np.concatenate([left, said.same[0]]), np.concatenate([right, said.same[1]]))
    pair_left, pair_right = _pairs_inside(label)
    against = contradictions(pair_left, pair_right)
    split = label[said.apart[0]] == label[said.apart[1]]
    if not against.any() and not split.any():
        return label
    broken = np.zeros(size, dtype=bool)
    broken[label[pair_left[against]]] = True
    broken[label[said.apart[0][split]]] = True
    again = broken[label]
    links, same = again[left], again[said.same[0]]
    strongest = np.lexsort((right[links], left[links], -p_same[links]))
    rebuilt = _rebuild(
        _listed(left[links][strongest], right[links][strongest]),
        _listed(pair_left[against], pair_right[against]),
        same=_listed(said.same[0][same], said.same[1][same]),
        apart=_listed(said.apart[0][split], said.apart[1][split]),
    )
    label[again] = np.flatnonzero(again).astype(np.int32)
    for member, smallest in rebuilt.items():
        label[member] = smallest
    return label


def _listed(left: Ids, right: Ids) -> list[tuple[int, int]]:
    return list(zip(left.tolist(), right.tolist(), strict=True))


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


def _rebuild(
    links: list[tuple[int, int]], against: list[tuple[int, int]], *, same: list[tuple[int, int]], apart: list[tuple[int, int]]
) -> dict[int, int]:
    """Join in the order given unless both sides contradict; the smallest member of each one's group.

    A person's word that two are the same is held against `apart` only: they knew better than the rules.
    """
    said, foes = _mutual(apart), _mutual(apart + against)
    group = {member: {member} for pair in (*same, *links) for member in pair}
    for joined, enemies in ((same, said), (links, foes)):
        for one, other in joined:
            small, large = sorted((group[one], group[other]), key=len)
            if small is large or any(not enemies[member].isdisjoint(large) for member in small):
                continue
            large |= small
            for member in small:
                group[member] = large
    return {member: min(members) for member, members in group.items()}


def _mutual(pairs: list[tuple[int, int]]) -> dict[int, set[int]]:
    foes: dict[int, set[int]] = defaultdict(set)
    for one, other in pairs:
        foes[one].add(other)
        foes[other].add(one)
    return foes
