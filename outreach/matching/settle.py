"""From scored pairs to persons and households, under the rules and under what people decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outreach.matching import rules
from outreach.matching.clusters import Ids, persons
from outreach.matching.constraints import Decided, holds_pair
from outreach.matching.fields import unpack
from outreach.matching.households import former_addresses, households
from outreach.matching.prepare import Homes
from outreach.matching.scoring import ScoredPairs
from outreach.matching.session import MatchSettings
from outreach.matching.thresholds import best_expected_f1_threshold, merge_threshold

DECISIONS = ("merge", "review", "household", "apart")
# What a shared customer reference is worth when the names fit.
SAME_CUSTOMER = np.float32(0.999)
Estranged = Callable[[Ids, Ids], NDArray[np.bool_]]


@dataclass(frozen=True)
class Thresholds:
    """From which P(same) on a pair is merged without a question, waits for a person; `best_f1_at` is informative."""

    merge_at: float
    review_from: float
    best_f1_at: float


@dataclass(frozen=True)
class Settled:
    """The smallest id of each id's person and household; per pair P(same) with the rules applied, and the decision.

    `decision` indexes DECISIONS: the pair is one person, waits for a person's eye, shares a household, or neither.
    """

    person: Ids
    household: Ids
    p_same: NDArray[np.float32]
    decision: NDArray[np.int8]


def with_rules(pairs: ScoredPairs) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]]:
    """P(same) of each pair, whether it may be merged, and whether it is merged in any case."""
    levels = unpack(pairs.pattern)
    certain = rules.same_customer(levels)
    p_same = np.where(certain, np.maximum(pairs.p_same, SAME_CUSTOMER), pairs.p_same)
    return p_same, certain | rules.mergeable(levels), certain


def choose_thresholds(pairs: ScoredPairs, settings: MatchSettings) -> Thresholds:
    """The thresholds that the pairs' own probabilities ask for: no label, no fixed figure."""
    p_same, allowed, _ = with_rules(pairs)
    return Thresholds(
        merge_at=merge_threshold(p_same[allowed], settings.target_precision, settings.least_probability),
        review_from=settings.review_floor,
        best_f1_at=best_expected_f1_threshold(p_same[allowed]),
    )


def settle(
    size: int,
    pairs: ScoredPairs,
    thresholds: Thresholds,
    decided: Decided,
    homes: Homes,
    estranged: Estranged,
    household_link: float,
) -> Settled:
    """Persons and households of the ids 0 … size - 1.

    Any closed set of pairs gives the same answer alone as among all others: that is what lets a weekly list be
    settled without the rest of the register.
    """
    p_same, allowed, certain = with_rules(pairs)
    asked = holds_pair(decided.pairs(), pairs.left, pairs.right, size)
    merges = (certain | (allowed & (p_same >= thresholds.merge_at))) & ~asked
    person = persons(size, pairs.left[merges], pairs.right[merges], p_same[merges], estranged, decided.said)
    together = np.minimum(pairs.p_same + pairs.p_household, 1)
    outdated = former_addresses(person, homes.address, homes.as_of)
    ties = rules.ties(unpack(pairs.pattern))
    household = households(person, pairs.left, pairs.right, together, household_link, outdated=outdated, ties=ties)
    known = tuple(person[side] for side in decided.pairs())
    answered = holds_pair((known[0], known[1]), person[pairs.left], person[pairs.right], size)
    review = (p_same >= thresholds.review_from) & ~rules.contradicted(unpack(pairs.pattern)) & ~answered
    merged = person[pairs.left] == person[pairs.right]
    at_home = (household[pairs.left] == household[pairs.right]) & (together >= household_link)
    decision = np.select([merged, review, at_home], [0, 1, 2], default=3).astype(np.int8)
    return Settled(person, household, p_same, decision)
