"""One matching run's database and settings, and the steps from records to compared pairs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import duckdb
import pandas as pd
import pyarrow as pa

from outreach.core import progress
from outreach.core.i18n import N_
from outreach.core.settings import settings as environment
from outreach.matching.blocking import WHOLE_ADDRESS, build_keys, find_candidates
from outreach.matching.compare import compare_candidates, create_pairs
from outreach.matching.prepare import load


@dataclass(frozen=True)
class MatchSettings:
    """How careful a run is, and what it may use.

    target_precision: expected share of right merges among automatic merges; least_probability: no pair below
    it is ever merged automatically; review_floor: pairs from here up to the automatic threshold wait for a
    person; household_link: mean probability that keeps a household together; adapt: take class frequencies
    from the list (False: as shipped); whole_address: the most records at one address of which every pair is compared;
    engine and spark_remote: where pairs are found and compared, here (duckdb) or on a cluster.
    """

    target_precision: float = 0.992
    least_probability: float = 0.85
    review_floor: float = 0.2
    household_link: float = 0.62
    adapt: bool = True
    whole_address: int = WHOLE_ADDRESS
    chunk_rows: int = 200_000
    memory_limit: str = "500MB"
    threads: int | None = None
    temp_directory: Path | None = None
    engine: str = field(default_factory=lambda: environment().matching_engine)
    spark_remote: str | None = field(default_factory=lambda: environment().spark_remote)

    @property
    def kept_from(self) -> float:
        """The P(same) + P(household) from which a pair is kept: what is less says nothing in any later question."""
        return min(self.review_floor, self.household_link)


@dataclass
class Stopwatch:
    """Seconds by phase."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the block's duration to the phase."""
        start = perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + perf_counter() - start


@contextmanager
def database(settings: MatchSettings) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty DuckDB in memory that spills into a temporary directory, removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="matching-", dir=settings.temp_directory) as spill:
        connection = duckdb.connect(":memory:")
        try:
            connection.execute("SET memory_limit = ?", [settings.memory_limit])
            connection.execute("SET temp_directory = ?", [spill])
            connection.execute("SET preserve_insertion_order = false")
            if settings.threads:
                connection.execute("SET threads = ?", [settings.threads])
            yield connection
        finally:
            connection.close()


def compared_records(
    connection: duckdb.DuckDBPyConnection, records: pd.DataFrame | pa.Table, settings: MatchSettings
) -> tuple[int, Stopwatch]:
    """Fill `prepared` and `pairs`: all records normalised, candidate pairs compared. Returns the count."""
    watch = Stopwatch()
    with watch.phase("prepare"):
        total = load(connection, records)
    compare_prepared(connection, total, settings, watch)
    return total, watch


def compare_prepared(connection: duckdb.DuckDBPyConnection, total: int, settings: MatchSettings, watch: Stopwatch) -> None:
    """Fill `pairs`: the candidate pairs of `prepared`, which holds so many records, compared."""
    if settings.engine == "spark":
        from outreach.matching.spark import compared_on_spark

        with watch.phase("compare"):
            compared_on_spark(connection, total, settings.spark_remote, settings.whole_address)
        return
    with watch.phase("keys"):
        build_keys(connection, settings.whole_address)
    create_pairs(connection)
    chunks = max(1, -(-total // settings.chunk_rows))
    with progress.step(N_("Comparaison des lignes"), total) as advance:
        for chunk in range(chunks):
            with watch.phase("block"):
                find_candidates(connection, chunk, chunks)
            with watch.phase("compare"):
                compare_candidates(connection)
            advance(min(settings.chunk_rows, total - chunk * settings.chunk_rows))
    connection.execute("DROP TABLE keys")
