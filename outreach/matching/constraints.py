"""What people decided about pairs of records: it binds every later run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from outreach.matching.clusters import Ids, Links, Said

Pairs = NDArray[np.int64]


def pairs_of(pairs: Iterable[tuple[int, int]]) -> Pairs:
    """Pairs of record ids as an array (n, 2)."""
    return np.array(list(pairs), dtype=np.int64).reshape(-1, 2)


@dataclass(frozen=True)
class Constraints:
    """Pairs of record ids, shape (n, 2): one person (the latest decision first), not one person, nobody can tell.

    Pairs of records that a run does not know are passed over.
    """

    same: Pairs = field(default_factory=lambda: pairs_of(()))
    apart: Pairs = field(default_factory=lambda: pairs_of(()))
    unsure: Pairs = field(default_factory=lambda: pairs_of(()))


@dataclass(frozen=True)
class Decided:
    """Constraints in the ids of one run; `unsure` pairs are not merged by their own link, nor asked about again."""

    said: Said
    unsure: Links

    def pairs(self) -> Links:
        """Every decided pair."""
        parts = (self.said.same, self.said.apart, self.unsure)
        return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def in_ids(constraints: Constraints, record_ids: NDArray[np.int64]) -> Decided:
    """The constraints among the records of a run; `record_ids` ascend, a record's position is its id."""
    same, apart, unsure = (_located(pairs, record_ids) for pairs in (constraints.same, constraints.apart, constraints.unsure))
    return Decided(Said(same, apart), unsure)


def _located(pairs: Pairs, record_ids: NDArray[np.int64]) -> Links:
    if not len(pairs) or not len(record_ids):
        return np.empty(0, np.int32), np.empty(0, np.int32)
    at = np.minimum(np.searchsorted(record_ids, pairs), len(record_ids) - 1)
    known = (record_ids[at] == pairs).all(axis=1) & (pairs[:, 0] != pairs[:, 1])
    low, high = at[known].min(axis=1), at[known].max(axis=1)
    return low.astype(np.int32), high.astype(np.int32)


def holds_pair(pairs: Links, left: Ids, right: Ids, size: int) -> NDArray[np.bool_]:
    """Whether each pair (in either direction) is one of `pairs`; ids are below `size`."""
    return np.asarray(np.isin(_keys(left, right, size), _keys(*pairs, size)))


def _keys(left: Ids, right: Ids, size: int) -> NDArray[np.int64]:
    low, high = np.minimum(left, right).astype(np.int64), np.maximum(left, right).astype(np.int64)
    return np.asarray(low * size + high)
