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
from outreach.matching.clusters import Ids
from outreach.matching.compare import compare_pairs, pattern_counts
from outreach.matching.constraints import Constraints, in_ids
from outreach.matching.fields import unpack
from outreach.matching.frequencies import NameAverages, list_chances, name_averages, name_rarity
from outreach.matching.model import SAMPLE_PAIRS, adapt, score
from outreach.matching.parameters import Parameters, shipped
from outreach.matching.prepare import homes_of, record_ids
from outreach.matching.scoring import ScoredPairs, calibrated, score_pairs
from outreach.matching.session import MatchSettings, Stopwatch, compared_records, database
from outreach.matching.settle import DECISIONS, Settled, Thresholds, choose_thresholds, settle


@dataclass(frozen=True)
class MatchStats:
    """What a run did: candidate pairs compared, distinct patterns among them, seconds by phase."""

    records: int
    pairs_compared: int
    patterns: int
    seconds: Mapping[str, float]


@dataclass(frozen=True)
class Fitted:
    """A model fitted to a list: what an increment needs in order to judge as the full run did."""

    parameters: Parameters
    names: NameAverages
    thresholds: Thresholds


@dataclass(frozen=True)
class Matching:
    """A run's result.

    persons: record_id, person_key (smallest record_id of the person). households: record_id, household_key.
    links: left_id, right_id (record ids, left smaller), p_same, p_household, decision, pattern; one row for
    each pair that is merged, waits for review, or shares a household, and for those that are apart by a rule or a
    decision though they look like one person. `fitted` holds the parameters as they
    were adapted to this list and the thresholds in force (see `explain.explain`).
    """

    persons: pa.Table
    households: pa.Table
    links: pa.Table
    fitted: Fitted
    stats: MatchStats

    @property
    def merge_at(self) -> float:
        """The automatic threshold in force."""
        return self.fitted.thresholds.merge_at

    @property
    def review_from(self) -> float:
        """The probability from which on a pair waits for a person."""
        return self.fitted.thresholds.review_from

    @property
    def best_f1_at(self) -> float:
        """The threshold that promises the best F1; informative."""
        return self.fitted.thresholds.best_f1_at

    @property
    def parameters(self) -> Parameters:
        """The parameters in force on this list."""
        return self.fitted.parameters

    @property
    def parameters_version(self) -> str:
        """Their version."""
        return self.fitted.parameters.version

    @property
    def review_count(self) -> int:
        """How many pairs wait for a person."""
        return self.links_by_decision().get("review", 0)

    def links_by_decision(self) -> dict[str, int]:
        """How many links there are of each of DECISIONS that occurs."""
        counted = self.links.column("decision").value_counts().to_pylist()
        return {str(entry["values"]): int(entry["counts"]) for entry in counted}


def match_records(
    records: pd.DataFrame | pa.Table,
    *,
    parameters: Parameters | None = None,
    settings: MatchSettings | None = None,
    constraints: Constraints | None = None,
) -> Matching:
    """Find which records are one person and which persons are one household.

    `records` has the columns of `prepare.COLUMNS`, all but record_id (unique, int64) may be absent or empty;
    phones are E.164. Without `parameters` the shipped ones are used; `constraints` is what people decided.
    Raises ValueError on absent or repeated record ids.
    """
    settings = settings or MatchSettings()
    with database(settings) as connection:
        total, watch = compared_records(connection, records, settings)
        fitted, pairs, stats = fit(connection, parameters or shipped(), settings, total, watch)
        return conclude(connection, fitted, pairs, stats, settings, constraints or Constraints())


def fit(
    connection: duckdb.DuckDBPyConnection, parameters: Parameters, settings: MatchSettings, total: int, watch: Stopwatch
) -> tuple[Fitted, ScoredPairs, MatchStats]:
    """Adapt the parameters to the compared records and score their pairs."""
    with watch.phase("score"):
        patterns, counts = pattern_counts(connection)
        if settings.adapt:
            found = list_chances(connection, total, SAMPLE_PAIRS)
            parameters = adapt(parameters, patterns, counts, total, found)
        names = name_averages(connection)
        scores = score(parameters, patterns, total)
        pairs = score_pairs(connection, scores, name_rarity(connection, names), settings.kept_from)
        pairs = calibrated(pairs, parameters.calibration)
        fitted = Fitted(parameters, names, choose_thresholds(pairs, settings))
    return fitted, pairs, MatchStats(total, int(counts.sum()), len(patterns), watch.seconds)


def conclude(
    connection: duckdb.DuckDBPyConnection,
    fitted: Fitted,
    pairs: ScoredPairs,
    stats: MatchStats,
    settings: MatchSettings,
    constraints: Constraints,
) -> Matching:
    """Settle the scored pairs of the records in `prepared`."""
    ids = record_ids(connection)
    settled = settle(
        len(ids), pairs, fitted.thresholds, in_ids(constraints, ids), homes_of(connection),
        lambda left, right: _estranged(connection, left, right), settings.household_link,
    )  # fmt: skip
    return Matching(
        persons=pa.table({"record_id": ids, "person_key": ids[settled.person]}),
        households=pa.table({"record_id": ids, "household_key": ids[settled.household]}),
        links=_links(ids, pairs, settled, fitted.thresholds.review_from),
        fitted=fitted,
        stats=stats,
    )


def _estranged(connection: duckdb.DuckDBPyConnection, left: Ids, right: Ids) -> NDArray[np.bool_]:
    """Whether each pair of ids may not be joined through others; in the order given."""
    if not len(left):
        return np.zeros(0, dtype=bool)
    order = np.lexsort((right, left))
    compared = compare_pairs(connection, left[order], right[order])
    marks = np.empty(len(left), dtype=bool)
    marks[order] = rules.estranged(unpack(compared.column("pattern").to_numpy()))
    return marks


def _links(ids: NDArray[np.int64], pairs: ScoredPairs, settled: Settled, review_from: float) -> pa.Table:
    kept = np.flatnonzero((settled.decision < DECISIONS.index("apart")) | (settled.p_same >= review_from))
    words = pa.DictionaryArray.from_arrays(pa.array(settled.decision[kept]), pa.array(DECISIONS))
    return pa.table({
        "left_id": ids[pairs.left[kept]], "right_id": ids[pairs.right[kept]], "p_same": settled.p_same[kept],
        "p_household": np.minimum(pairs.p_household[kept], 1 - settled.p_same[kept]), "decision": words,
        "pattern": pairs.pattern[kept],
    })  # fmt: skip
