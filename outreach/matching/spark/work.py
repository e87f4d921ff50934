"""What the workers do: the same SQL as on one machine, by DuckDB, on the batches that Spark hands them.

The functions are sent to the workers with all that they need: there, DuckDB and pyarrow are enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from outreach.matching.blocking import KEYS, WHOLE_ADDRESS, key_filled
from outreach.matching.compare import COMPARE_FROM, SIDES

if TYPE_CHECKING:
    import pyarrow as pa

    Batches = Iterator["pa.RecordBatch"]
    Work = Callable[[Batches], Batches]

COMPARED = (*SIDES, "words")
"""The columns of `prepared` that a comparison reads."""
NUMBERED = ("reference", "postcode", "words")
"""Those that are hashes of 64 bits without a sign, which Spark has not: half as many say as well whether two are equal."""
KEY_SCHEMA = "key bigint, largest int, id int"
PAIR_SCHEMA = "a int, b int, pattern int"


def signed(column: str) -> str:
    """SQL: a column of `prepared` as Spark can hold it."""
    return f"({column} >> 1)::BIGINT AS {column}" if column in NUMBERED else column


def keys_sql(whole_address: int = WHOLE_ADDRESS) -> str:
    """SQL over `batch`: every key of every record, with the largest block worth comparing."""
    return " UNION ALL ".join(
        f"SELECT (hash('{name}', {values}) >> 1)::BIGINT AS key,"
        f" {whole_address if name == 'address' else most}::INTEGER AS largest, id"
        f" FROM batch WHERE {key_filled(name, values)}"
        for name, values, most in KEYS
    )


def compare_sql() -> str:
    """SQL over `batch`, which holds a, b and both records of each pair as l_… and r_…: the pattern of each pair."""
    left, right = (", ".join(f"{column} := {side}_{column}" for column in COMPARED) for side in ("l", "r"))
    return COMPARE_FROM.replace("{source}", f"(SELECT a, b, struct_pack({left}) AS l, struct_pack({right}) AS r FROM batch)")


def by_duckdb(sql: str, version: str, partners: int = 0) -> Work:
    """A function for ``mapInArrow`` that runs `sql` over each batch.

    `version` is the DuckDB that keys are made by: another one may number the same values differently, and records on two
    workers would never meet. `partners`: how many there are in the whole list, which a comparison asks `partners`.
    """

    def run(batches: Batches) -> Batches:
        import duckdb
        import pyarrow as pa

        if duckdb.__version__ != version:
            raise RuntimeError(f"this worker has DuckDB {duckdb.__version__}, the list is matched with {version}")
        connection = duckdb.connect(":memory:", config={"threads": 1})
        try:
            connection.execute(f"CREATE TABLE partners AS SELECT range AS partner FROM range({partners})")
            for batch in batches:
                connection.register("batch", pa.Table.from_batches([batch]))
                yield from connection.sql(sql).to_arrow_table().to_batches()
                connection.unregister("batch")
        finally:
            connection.close()

    return run
