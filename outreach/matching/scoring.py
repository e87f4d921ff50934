"""From patterns to pairs: the probabilities of every pair worth keeping, names' rarity included."""

from __future__ import annotations

from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from outreach.matching.fields import unpack
from outreach.matching.frequencies import NameRarity
from outreach.matching.model import PatternScores, posteriors
from outreach.matching.rules import GIVEN_EQUAL

SURNAME_EQUAL = 4
# Few are named after a relative of another surname.
OTHER_SURNAME = 0.05
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

    Between addresses the rarity of a name counts where it agrees in full. Inside one address relatives share the
    surname anyway; a first name is shared by chance the more often the more frequent it is, or after a father, whose
    surname comes with it.
    """
    levels = unpack(scores.patterns)
    same_given, same_surname = levels["given_name"] == GIVEN_EQUAL, levels["family_name"] == SURNAME_EQUAL
    best = scores.joint.copy()
    best[~scores.near & (same_given | same_surname), :2] += rarity.largest
    worth = np.flatnonzero(1 - posteriors(best)[:, 2] >= floor).astype(np.int32)
    connection.register("kept_patterns", pa.table({"pattern": scores.patterns[worth], "rank": worth}))
    found = connection.sql(KEPT).to_arrow_table()
    connection.unregister("kept_patterns")
    left, right, pattern, rank = (found.column(i).to_numpy() for i in range(4))
    joint = scores.joint[rank]
    # Names in each other's place are rare only where they do not belong.
    given, surname = (np.minimum(values[left], values[right]) for values in (rarity.given, rarity.surname))
    # A moved family shares the rarity of its surname only.
    for agrees, gain, classes in ((same_given, given, slice(0, 1)), (same_surname, surname, slice(0, 2))):
        named = np.flatnonzero((agrees & ~scores.near)[rank])
        joint[named, classes] += gain[named, None]
    namesakes = np.flatnonzero((same_given & scores.near)[rank])
    after = (1 - scores.by_chance) * _with_surname(pattern[namesakes], scores.one_surname)
    joint[namesakes, 1] += np.log(after + scores.by_chance * np.exp(-given[namesakes]))
    shares = posteriors(joint).astype(np.float32)
    kept = 1 - shares[:, 2] >= floor
    return ScoredPairs(left[kept], right[kept], pattern[kept], shares[kept, 0], shares[kept, 1])


def calibrated(pairs: ScoredPairs, calibration: tuple[float, float]) -> ScoredPairs:
    """The pairs with their odds corrected (offset, slope; natural logarithms); what is not one person shrinks alike."""
    offset, slope = calibration
    if (offset, slope) == (0.0, 1.0):
        return pairs
    p = np.clip(pairs.p_same.astype(np.float64), 1e-9, 1 - 1e-9)
    same = 1 / (1 + np.exp(-(offset + slope * np.log(p / (1 - p)))))
    rest = pairs.p_household * (1 - same) / (1 - p)
    return replace(pairs, p_same=same.astype(np.float32), p_household=np.minimum(rest, 1 - same).astype(np.float32))


def uncorrected(p_same: float, calibration: tuple[float, float]) -> float:
    """What ``calibrated`` made `p_same` of."""
    offset, slope = calibration
    p = min(max(p_same, 1e-9), 1 - 1e-9)
    return float(1 / (1 + np.exp(-(np.log(p / (1 - p)) - offset) / slope)))


def _with_surname(patterns: NDArray[np.int32], one_surname: float) -> NDArray[np.float64]:
    """How much more often than any two of a household do a namesake and whom he is named after agree on the surname so."""
    surname = unpack(patterns)["family_name"]
    return np.select([surname < 0, surname == 0], [1.0, OTHER_SURNAME], default=1 / one_surname)
