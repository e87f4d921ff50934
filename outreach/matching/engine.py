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
from outreach.matching.clusters import persons
from outreach.matching.compare import PatternCounts, compare_pairs, pattern_counts
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
    links: left_id, right_id (record ids, left smaller), p_same, p_household, decision, pattern; one row for each pair
    that is merged, waits for review, or probably shares a household. `merge_at` and `review_from` are the thresholds in
    force; `best_f1_at` is informative. `parameters` are those in force on this list (see `explain.explain`).
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

    `records` has the columns of `prepare.COLUMNS`, all but record_id (unique, int64) may be absent or empty; phones are
    E.164. Without `parameters` the shipped ones are used. Raises ValueError on absent or repeated record ids.
    """
    settings = settings or MatchSettings()
    with database(settings) as connection:
        total, watch = compared_records(connection, records, settings)
        with watch.phase("score"):
            patterns, counts = pattern_counts(connection)
            in_force = _in_force(connection, parameters or shipped(), settings, (patterns, counts), total)
            pairs = score_pairs(
                connection, score(in_force, patterns, total), name_rarity(connection),
                min(settings.review_floor, settings.household_link),
            )  # fmt: skip
        stats = MatchStats(total, int(counts.sum()), len(patterns), watch.seconds)
        return _conclude(connection, pairs, in_force, settings, stats, watch)


def _conclude(
    connection: duckdb.DuckDBPyConnection, pairs: ScoredPairs, parameters: Parameters,
    settings: MatchSettings, stats: MatchStats, watch: Stopwatch,
) -> Matching:  # fmt: skip
    levels = unpack(pairs.pattern)
    certain = rules.same_customer(levels)
    allowed = rules.mergeable(levels)
    p_same = np.where(certain, np.maximum(pairs.p_same, np.float32(0.999)), pairs.p_same)
    merge_at = merge_threshold(
        p_same[allowed | certain], settings.target_precision, settings.least_probability
    )
    merges = certain | (allowed & (p_same >= merge_at))
    with watch.phase("cluster"):
        person = persons(
            stats.records, pairs.left[merges], pairs.right[merges], p_same[merges],
            lambda left, right: _estranged(connection, left, right),
        )  # fmt: skip
    together = np.where(merges, np.float32(1), pairs.p_same + pairs.p_household)
    with watch.phase("households"):
        household = households(person, pairs.left, pairs.right, together, settings.household_link)
    reviews = ~merges & ~rules.contradicted(levels) & (p_same >= settings.review_floor)
    reviews &= person[pairs.left] != person[pairs.right]
    decision = np.select(
        [merges, reviews, together >= settings.household_link], range(3), default=3
    ).astype(np.int8)  # fmt: skip
    ids = record_ids(connection).to_numpy()
    return Matching(
        persons=pa.table({"record_id": ids, "person_key": ids[person]}),
        households=pa.table({"record_id": ids, "household_key": ids[household]}),
        links=_links(ids, pairs, p_same, decision),
        merge_at=merge_at, review_from=settings.review_floor,
        best_f1_at=best_expected_f1_threshold(p_same[allowed | certain]),
        review_count=int(reviews.sum()), parameters_version=parameters.version, parameters=parameters, stats=stats,
    )  # fmt: skip


def _in_force(
    connection: duckdb.DuckDBPyConnection, parameters: Parameters, settings: MatchSettings, compared: PatternCounts,
    records: int,
) -> Parameters:  # fmt: skip
    if not settings.adapt:
        return parameters
    return adapt(parameters, *compared, records, list_chances(connection, records, SAMPLE_PAIRS))


def _estranged(
    connection: duckdb.DuckDBPyConnection, left: NDArray[np.int32], right: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Whether each pair of ids may not be joined through others; in the order given."""
    order = np.lexsort((right, left))
    compared = compare_pairs(connection, left[order], right[order])
    marks = np.empty(len(left), dtype=bool)
    marks[order] = rules.estranged(unpack(compared.column("pattern").to_numpy()))
    return marks


def _links(
    ids: NDArray[np.int64], pairs: ScoredPairs, p_same: NDArray[np.float32], decision: NDArray[np.int8]
) -> pa.Table:
    kept = np.flatnonzero(decision < DECISIONS.index("apart"))
    words = pa.DictionaryArray.from_arrays(pa.array(decision[kept]), pa.array(DECISIONS))
    return pa.table({
        "left_id": ids[pairs.left[kept]], "right_id": ids[pairs.right[kept]], "p_same": p_same[kept],
        "p_household": np.minimum(pairs.p_household[kept], 1 - p_same[kept]), "decision": words,
        "pattern": pairs.pattern[kept],
    })  # fmt: skip
