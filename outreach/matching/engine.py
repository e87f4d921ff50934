"""The matching engine's public face: records in, persons, households and explained links out.

Result and settings are values; the same records give the same result in any row order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from outreach.matching import rules
from outreach.matching.clusters import Ids, persons
from outreach.matching.compare import compare_pairs, pattern_counts
from outreach.matching.fields import unpack
from outreach.matching.frequencies import list_chances, name_rarity
from outreach.matching.households import households
from outreach.matching.model import SAMPLE_PAIRS, adapt, score
from outreach.matching.parameters import Parameters, shipped
from outreach.matching.prepare import record_ids
from outreach.matching.scoring import ScoredPairs, score_pairs
from outreach.matching.session import MatchSettings, Stopwatch, compared_records, database
from outreach.matching.thresholds import best_expected_f1_threshold, merge_threshold

DECISIONS = ("merge", "review", "household", "apart")
# What a shared customer reference is worth when the names fit.
SAME_CUSTOMER = np.float32(0.999)


@dataclass(frozen=True)
class MatchStats:
    """What a run did: candidate pairs compared, distinct patterns among them, seconds by phase."""

    records: int
    pairs_compared: int
    patterns: int
    seconds: Mapping[str, float]


@dataclass(frozen=True)
class Matching:
    """A run's result.

    persons: record_id, person_key (smallest record_id of the person). households: record_id, household_key.
    links: left_id, right_id (record ids, left smaller), p_same, p_household, decision, pattern; one row for
    each pair that is merged, waits for review, or probably shares a household. `merge_at` and `review_from`
    are the thresholds in force; `best_f1_at` is informative. `parameters` are those in force on this list
    (see `explain.explain`).
    """

    persons: pa.Table
    households: pa.Table
    links: pa.Table
    merge_at: float
    review_from: float
    best_f1_at: float
    review_count: int
    parameters_version: str
    parameters: Parameters
    stats: MatchStats


def match_records(
    records: pd.DataFrame | pa.Table,
    *,
    parameters: Parameters | None = None,
    settings: MatchSettings | None = None,
) -> Matching:
    """Find which records are one person and which persons are one household.

    `records` has the columns of `prepare.COLUMNS`, all but record_id (unique, int64) may be absent or empty;
    phones are E.164. Without `parameters` the shipped ones are used. Raises ValueError on absent or repeated
    record ids.
    """
    settings = settings or MatchSettings()
    with database(settings) as connection:
        total, watch = compared_records(connection, records, settings)
        with watch.phase("score"):
            in_force, pairs, stats = _score(connection, parameters or shipped(), settings, total, watch)
        with watch.phase("cluster"):
            merging = _merge(connection, pairs, settings, total)
        with watch.phase("households"):
            together = pairs.p_same + pairs.p_household
            household = households(merging.person, pairs.left, pairs.right, together, settings.household_link)
        ids = record_ids(connection).to_numpy()
    decision = _decide(pairs, merging, settings)
    return Matching(
        persons=pa.table({"record_id": ids, "person_key": ids[merging.person]}),
        households=pa.table({"record_id": ids, "household_key": ids[household]}),
        links=_links(ids, pairs, merging.p_same, decision),
        merge_at=merging.merge_at,
        review_from=settings.review_floor,
        best_f1_at=merging.best_f1_at,
        review_count=int(np.count_nonzero(decision == DECISIONS.index("review"))),
        parameters_version=in_force.version,
        parameters=in_force,
        stats=stats,
    )


def _score(
    connection: duckdb.DuckDBPyConnection,
    parameters: Parameters,
    settings: MatchSettings,
    total: int,
    watch: Stopwatch,
) -> tuple[Parameters, ScoredPairs, MatchStats]:
    patterns, counts = pattern_counts(connection)
    if settings.adapt:
        found = list_chances(connection, total, SAMPLE_PAIRS)
        parameters = adapt(parameters, patterns, counts, total, found)
    floor = min(settings.review_floor, settings.household_link)
    pairs = score_pairs(connection, score(parameters, patterns, total), name_rarity(connection), floor)
    return parameters, pairs, MatchStats(total, int(counts.sum()), len(patterns), watch.seconds)


@dataclass(frozen=True)
class _Merging:
    """The person of each id, the probabilities with the rules applied, the thresholds chosen."""

    person: Ids
    p_same: NDArray[np.float32]
    merge_at: float
    best_f1_at: float


def _merge(connection: duckdb.DuckDBPyConnection, pairs: ScoredPairs, settings: MatchSettings, total: int) -> _Merging:
    levels = unpack(pairs.pattern)
    certain = rules.same_customer(levels)
    allowed = certain | rules.mergeable(levels)
    p_same = np.where(certain, np.maximum(pairs.p_same, SAME_CUSTOMER), pairs.p_same)
    merge_at = merge_threshold(p_same[allowed], settings.target_precision, settings.least_probability)
    merges = certain | (allowed & (p_same >= merge_at))
    person = persons(
        total,
        pairs.left[merges],
        pairs.right[merges],
        p_same[merges],
        lambda left, right: _estranged(connection, left, right),
    )
    return _Merging(person, p_same, merge_at, best_expected_f1_threshold(p_same[allowed]))


def _decide(pairs: ScoredPairs, merging: _Merging, settings: MatchSettings) -> NDArray[np.int8]:
    """The decision on each pair, as an index of DECISIONS; a link that was cut waits for a person's eye."""
    merged = merging.person[pairs.left] == merging.person[pairs.right]
    review = (merging.p_same >= settings.review_floor) & ~rules.contradicted(unpack(pairs.pattern))
    household = pairs.p_same + pairs.p_household >= settings.household_link
    return np.select([merged, review, household], [0, 1, 2], default=3).astype(np.int8)


def _estranged(connection: duckdb.DuckDBPyConnection, left: NDArray[np.int32], right: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether each pair of ids may not be joined through others; in the order given."""
    order = np.lexsort((right, left))
    compared = compare_pairs(connection, left[order], right[order])
    marks = np.empty(len(left), dtype=bool)
    marks[order] = rules.estranged(unpack(compared.column("pattern").to_numpy()))
    return marks


def _links(ids: NDArray[np.int64], pairs: ScoredPairs, p_same: NDArray[np.float32], decision: NDArray[np.int8]) -> pa.Table:
    kept = np.flatnonzero(decision < DECISIONS.index("apart"))
    words = pa.DictionaryArray.from_arrays(pa.array(decision[kept]), pa.array(DECISIONS))
    return pa.table({
        "left_id": ids[pairs.left[kept]], "right_id": ids[pairs.right[kept]], "p_same": p_same[kept],
        "p_household": np.minimum(pairs.p_household[kept], 1 - p_same[kept]), "decision": words,
        "pattern": pairs.pattern[kept],
    })  # fmt: skip
