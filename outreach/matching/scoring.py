"""From patterns to pairs: the probabilities of every pair worth keeping, names' rarity included."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from outreach.matching.fields import unpack
from outreach.matching.frequencies import NameRarity
from outreach.matching.model import PatternScores, posteriors
from outreach.matching.rules import GIVEN_EQUAL

SURNAME_EQUAL = 4
KEPT = """
SELECT a, b, pairs.pattern, rank FROM pairs JOIN kept_patterns USING (pattern) ORDER BY a, b
"""


@dataclass(frozen=True)
class ScoredPairs:
    """Pairs of ids (left < right, ascending) with their pattern and the probabilities of the classes."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    pattern: NDArray[np.int32]
    p_same: NDArray[np.float32]
    p_household: NDArray[np.float32]


def score_pairs(connection: duckdb.DuckDBPyConnection, scores: PatternScores, rarity: NameRarity, floor: float) -> ScoredPairs:
    """The pairs of the table `pairs` whose P(same) + P(household) reaches `floor`.

    Inside one address a rare name says no more than a frequent one, since relatives share it: rarity counts
    only between addresses, where both names agree in full.
    """
    rare = _counts_rarity(scores)
    best = scores.joint.copy()
    best[rare, :2] += rarity.largest
    worth = np.flatnonzero(1 - posteriors(best)[:, 2] >= floor).astype(np.int32)
    connection.register("kept_patterns", pa.table({"pattern": scores.patterns[worth], "rank": worth}))
    found = connection.sql(KEPT).to_arrow_table()
    connection.unregister("kept_patterns")
    left, right, pattern, rank = (found.column(i).to_numpy() for i in range(4))
    joint = scores.joint[rank]
    named = np.flatnonzero(rare[rank])
    # A moved family shares the rarity of its surname only.
    joint[named, 0] += rarity.given[left[named]] + rarity.surname[left[named]]
    joint[named, 1] += rarity.surname[left[named]]
    shares = posteriors(joint).astype(np.float32)
    kept = 1 - shares[:, 2] >= floor
    return ScoredPairs(left[kept], right[kept], pattern[kept], shares[kept, 0], shares[kept, 1])


def _counts_rarity(scores: PatternScores) -> NDArray[np.bool_]:
    levels = unpack(scores.patterns)
    full = (levels["given_name"] == GIVEN_EQUAL) & (levels["family_name"] == SURNAME_EQUAL)
    return np.asarray(full & ~scores.near)
