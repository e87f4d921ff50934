"""A weekly list against the whole register: only what the new rows touch is compared and settled again."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from outreach.matching import known, reach
from outreach.matching.compare import compare_candidates, create_pairs, pattern_counts
from outreach.matching.constraints import Constraints
from outreach.matching.engine import Fitted, Matching, MatchStats, conclude, fit
from outreach.matching.frequencies import NameRarity, rarity
from outreach.matching.model import score
from outreach.matching.parameters import Parameters, shipped
from outreach.matching.prepare import record_ids
from outreach.matching.scoring import calibrated, score_pairs
from outreach.matching.session import MatchSettings, Stopwatch, compare_prepared, compared_records, database

MOST_NEWS = 0.2
"""How much the register may grow after a full run, as a share of it, before the model is fitted anew.

Grown to twice its size under one model, lists of 60,000 and 200,000 rows lost a hundredth of their recall (0.831 and 0.820).
"""


@dataclass(frozen=True)
class News:
    """What changed since a run: new `records`, deliveries (`as_of`) that are `gone`, records with new decisions (`judged`)."""

    records: pd.DataFrame | pa.Table
    gone: frozenset[int] = frozenset()
    judged: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))


def match_all(
    path: Path,
    stamp: str,
    records: pd.DataFrame | pa.Table,
    *,
    parameters: Parameters | None = None,
    settings: MatchSettings | None = None,
    constraints: Constraints | None = None,
) -> Matching:
    """``match_records``, remembered in the file at `path` under `stamp` for the increments to come."""
    settings = settings or MatchSettings()
    with database(settings) as connection:
        total, watch = compared_records(connection, records, settings)
        return _match(connection, path, stamp, total, watch, (parameters or shipped(), settings, constraints or Constraints()))


def match_again(
    opened: tuple[duckdb.DuckDBPyConnection, known.Memory],
    path: Path,
    stamp: str,
    news: News,
    *,
    parameters: Parameters | None = None,
    settings: MatchSettings | None = None,
    constraints: Constraints | None = None,
) -> Matching:
    """``match_all`` on what the file at `path` remembers and the news: what was read once is not read and prepared again.

    `opened` comes from ``known.opened`` and is used up. The answer is that of ``match_all``. Raises ValueError on records that are known already.
    """
    settings = settings or MatchSettings()
    connection, watch = opened[0], Stopwatch()
    with watch.phase("prepare"):
        total = reach.load_everybody(connection, news.records, news.gone)
    compare_prepared(connection, total, settings, watch)
    return _match(connection, path, stamp, total, watch, (parameters or shipped(), settings, constraints or Constraints()))


def _match(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    stamp: str,
    total: int,
    watch: Stopwatch,
    by: tuple[Parameters, MatchSettings, Constraints],
) -> Matching:
    """All records of `prepared`, compared: judged, remembered and settled."""
    parameters, settings, constraints = by
    fitted, pairs, stats = fit(connection, parameters, settings, total, watch)
    with watch.phase("remember"):
        kept = known.as_table(pairs, record_ids(connection))
        known.save(connection, path, known.Memory(stamp, fitted, total), kept)
    with watch.phase("settle"):
        return conclude(connection, fitted, pairs, stats, settings, constraints)


def match_news(
    opened: tuple[duckdb.DuckDBPyConnection, known.Memory],
    stamp: str,
    news: News,
    *,
    settings: MatchSettings | None = None,
    constraints: Constraints | None = None,
) -> Matching:
    """What the news change: persons, households and links of every record that they touch, and of no other.

    `opened` comes from ``known.opened``; the file then stands for the run `stamp`. The answer is that of ``match_all``
    on everything, except that the model stays as the last full run fitted it. Raises ValueError on records that are
    known already.
    """
    settings, constraints = settings or MatchSettings(), constraints or Constraints()
    connection, memory = opened
    watch = Stopwatch()
    with watch.phase("prepare"):
        reach.load_fresh(connection, news.records, news.gone)
    with watch.phase("block"):
        reach.find_pairs(connection)
    with watch.phase("compare"):
        create_pairs(connection)
        compare_candidates(connection)
    with watch.phase("score"):
        pairs, stats = _score(connection, memory.fitted, settings, watch)
        reach.tie(connection, pairs, constraints.same)
    with watch.phase("settle"):
        reach.reach(connection, news.judged)
        matching = conclude(connection, memory.fitted, reach.tied_pairs(connection), stats, settings, constraints)
    with watch.phase("remember"), known.changing(connection):
        reach.remember(connection)
        known.write_memory(connection, known.Memory(stamp, memory.fitted, memory.records))
    return matching


def _score(
    connection: duckdb.DuckDBPyConnection, fitted: Fitted, settings: MatchSettings, watch: Stopwatch
) -> tuple[pa.Table, MatchStats]:
    """The new pairs worth keeping, scored as the last full run would have."""
    patterns, counts = pattern_counts(connection)
    total = int(connection.execute("SELECT count(*) FROM existing").fetchall()[0][0])
    rare = NameRarity(
        given=rarity(reach.bearers(connection, "given"), fitted.names.given),
        surname=rarity(reach.bearers(connection, "surname"), fitted.names.surname),
    )
    pairs = score_pairs(connection, score(fitted.parameters, patterns, total), rare, settings.kept_from)
    pairs = calibrated(pairs, fitted.parameters.calibration)
    return known.as_table(pairs, record_ids(connection)), MatchStats(total, int(counts.sum()), len(patterns), watch.seconds)
