"""From prepared records to compared pairs on a cluster.

This machine prepares the records, which grows with their number only, and sends them; the cluster finds the pairs that
share a key and compares them; this machine receives twelve bytes a pair, and goes on as after a run of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from outreach.core import progress
from outreach.core.i18n import N_
from outreach.matching.compare import create_pairs
from outreach.matching.spark.session import connected
from outreach.matching.spark.work import COMPARED, KEY_SCHEMA, PAIR_SCHEMA, by_duckdb, compare_sql, keys_sql, signed

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

CHUNK_ROWS = 1_000_000
"""Left records whose pairs are asked for at a time: this machine holds their answer in memory."""
PIECE = 32 << 20
"""Bytes of records sent in one message."""
# A block's bound is that of its key; both sides of a pair lie in one block.
BLOCKED = """
SELECT key, id FROM keys JOIN (
    SELECT key AS block FROM keys GROUP BY key HAVING count(*) BETWEEN 2 AND max(largest)) blocks ON key = block
"""
PAIRS = """
SELECT DISTINCT l.id AS a, r.id AS b
FROM blocked l JOIN blocked r ON l.key = r.key AND l.id < r.id
WHERE l.id % {chunks} = {chunk}
"""
BOTH = "SELECT a, b, {left}, {right} FROM pairs JOIN records l ON l.id = a JOIN records r ON r.id = b"


def compared_on_spark(
    connection: duckdb.DuckDBPyConnection,
    total: int,
    remote: str | None,
    whole_address: int,
    chunk_rows: int = CHUNK_ROWS,
) -> None:
    """Fill the table `pairs` from `prepared` by the cluster at `remote`. Raises ``OutreachError`` when it cannot be reached."""
    create_pairs(connection)
    if not total:
        return
    partners = int(connection.execute("SELECT count(*) FROM partners").fetchall()[0][0])
    records = connection.sql(f"SELECT id, {', '.join(map(signed, COMPARED))} FROM prepared ORDER BY id").to_arrow_table()
    chunks = max(1, -(-total // chunk_rows))
    with connected(remote) as spark, progress.step(N_("Comparaison des lignes"), total) as advance:
        _send(spark, records)
        del records
        _block(spark, whole_address)
        compare = by_duckdb(compare_sql(), duckdb.__version__, partners)
        sides = {
            side: ", ".join(f"{side[0]}.{column} AS {side[0]}_{column}" for column in COMPARED) for side in ("left", "right")
        }
        for chunk in range(chunks):
            spark.sql(PAIRS.format(chunk=chunk, chunks=chunks)).createOrReplaceTempView("pairs")
            answer = spark.sql(BOTH.format(**sides)).mapInArrow(compare, PAIR_SCHEMA).toArrow()
            connection.register("answer", answer)
            connection.execute("INSERT INTO pairs SELECT a, b, pattern FROM answer")
            connection.unregister("answer")
            advance(min(chunk_rows, total - chunk * chunk_rows))


def _send(spark: SparkSession, records: pa.Table) -> None:
    """The view `records`. Each piece goes once, under a name of its own: a message to the server has a largest size."""
    rows = max(1, records.num_rows * PIECE // max(records.nbytes, 1))
    pieces = range(0, records.num_rows, rows)
    for number, start in enumerate(pieces):
        spark.createDataFrame(records.slice(start, rows)).createOrReplaceTempView(f"records_{number}")
    whole = " UNION ALL ".join(f"SELECT * FROM records_{number}" for number in range(len(pieces)))
    # Spark keeps what is asked for more than once; Sail passes over the wish, and computes it again.
    spark.sql(whole).persist().createOrReplaceTempView("records")


def _block(spark: SparkSession, whole_address: int) -> None:
    """The view `blocked`: one row per record and key, without blocks of one and blocks too large."""
    keys = by_duckdb(keys_sql(whole_address), duckdb.__version__)
    spark.table("records").mapInArrow(keys, KEY_SCHEMA).persist().createOrReplaceTempView("keys")
    spark.sql(BLOCKED).persist().createOrReplaceTempView("blocked")
