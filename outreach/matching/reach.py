"""How far news reach: the known records worth comparing with new ones, and all that must be settled with them.

Works on the attached file `known` (see known.py) and the tables and views made here: `fresh` (new records), `gone_records`,
`remembered` (known and not gone), `existing` (record ids of both), `chosen` (record ids), `prepared` (the chosen in full).
"""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from outreach.matching.blocking import ADDRESS, all_keys
from outreach.matching.known import bearers_of
from outreach.matching.prepare import BLOCK, load, number
from outreach.matching.scoring import ScoredPairs

# The keys of new records, and the known records that share them, unless a block has grown too large.
SHARED_KEYS = """
CREATE TABLE keys AS
WITH found AS MATERIALIZED (SELECT key, record_id FROM remembered_keys k SEMI JOIN fresh_keys f ON k.key = f.key),
     sizes AS (SELECT key, count(*) AS size FROM (SELECT key FROM found UNION ALL SELECT key FROM fresh_keys) GROUP BY key),
     blocks AS (SELECT key FROM sizes JOIN (SELECT DISTINCT key, largest FROM fresh_keys) USING (key)
                WHERE size BETWEEN 2 AND largest)
SELECT key, record_id, FALSE AS is_fresh FROM found SEMI JOIN blocks USING (key)
UNION ALL SELECT key, record_id, TRUE FROM fresh_keys SEMI JOIN blocks USING (key)
"""
RECORD_PAIRS = """
CREATE TABLE record_pairs AS
SELECT DISTINCT least(l.record_id, r.record_id) AS left_id, greatest(l.record_id, r.record_id) AS right_id
FROM keys l JOIN keys r ON l.key = r.key AND l.record_id <> r.record_id
WHERE l.is_fresh AND (NOT r.is_fresh OR l.record_id < r.record_id)
"""
COMPARED = "SELECT record_id FROM fresh UNION SELECT left_id FROM record_pairs UNION SELECT right_id FROM record_pairs"
# How crowded an address is, the whole register says, as in `prepare`.
CROWDS = f"""
CREATE OR REPLACE TABLE crowds AS
WITH placed AS (SELECT record_id, address, door FROM remembered WHERE address IS NOT NULL
                UNION ALL SELECT record_id, address, door FROM fresh WHERE address IS NOT NULL),
     taken AS MATERIALIZED (SELECT * FROM placed SEMI JOIN chosen USING (record_id)),
     places AS (SELECT address, (count(*) + CASE WHEN count(door) > 0 THEN {BLOCK} ELSE 0 END)::INTEGER AS crowd
                FROM placed SEMI JOIN taken USING (address) GROUP BY 1)
SELECT record_id, crowd FROM taken JOIN places USING (address)
"""
PREPARE_CHOSEN = """
CREATE OR REPLACE TABLE prepared AS
WITH numbered AS (SELECT record_id, (row_number() OVER (ORDER BY record_id) - 1)::INTEGER AS id, crowd
                  FROM chosen LEFT JOIN crowds USING (record_id))
SELECT n.id, n.crowd, p.* EXCLUDE (address) FROM remembered p JOIN numbered n USING (record_id)
UNION ALL BY NAME SELECT n.id, n.crowd, p.* EXCLUDE (address) FROM fresh p JOIN numbered n USING (record_id)
"""
CANDIDATES = """
CREATE TABLE candidates AS
SELECT l.id AS a, r.id AS b
FROM record_pairs p JOIN prepared l ON l.record_id = p.left_id JOIN prepared r ON r.record_id = p.right_id
"""
BEARERS = """
WITH counted AS (SELECT name, sum(bearers) AS bearers FROM (FROM known.bearers UNION ALL FROM fresh_bearers)
                 WHERE which = '{name}' GROUP BY name)
SELECT coalesce(bearers, 0)::DOUBLE AS c FROM prepared LEFT JOIN counted ON {name} = counted.name ORDER BY id
"""
# Whoever was tied to a record that is gone may stand alone now.
LEFT_BEHIND = """
SELECT right_id AS record_id FROM known.kept k SEMI JOIN gone_records g ON k.left_id = g.record_id
UNION SELECT left_id FROM known.kept k SEMI JOIN gone_records g ON k.right_id = g.record_id
"""
TIES = """
CREATE VIEW ties AS SELECT left_id, right_id FROM known.kept UNION ALL SELECT left_id, right_id FROM new_pairs
UNION ALL SELECT left_id, right_id FROM said
"""
FARTHER = """
CREATE OR REPLACE TABLE farther AS
SELECT DISTINCT record_id FROM (
  SELECT right_id AS record_id FROM ties t SEMI JOIN newest n ON t.left_id = n.record_id
  UNION ALL SELECT left_id FROM ties t SEMI JOIN newest n ON t.right_id = n.record_id)
ANTI JOIN chosen USING (record_id) SEMI JOIN existing USING (record_id)
"""
TIED = """
SELECT l.id AS a, r.id AS b, pattern, p_same, p_household
FROM (SELECT * FROM known.kept UNION ALL SELECT * FROM new_pairs) p
     JOIN prepared l ON l.record_id = p.left_id JOIN prepared r ON r.record_id = p.right_id ORDER BY a, b
"""
EVERYBODY = """
CREATE TABLE everybody AS SELECT * EXCLUDE (address) FROM known.prepared ANTI JOIN gone USING (as_of)
UNION ALL BY NAME SELECT * EXCLUDE (id, crowd) FROM prepared
"""


def load_everybody(connection: duckdb.DuckDBPyConnection, records: pd.DataFrame | pa.Table, gone: frozenset[int]) -> int:
    """Tables `prepared` and `partners` of all that is known and not gone, and of the new records; returns how many.

    The file is let go. Raises ValueError on records known already.
    """
    load(connection, records)
    connection.register("gone", pa.table({"as_of": pa.array(sorted(gone), pa.int64())}))
    connection.execute(EVERYBODY)
    connection.unregister("gone")
    connection.execute("DETACH known")
    return number(connection)


def load_fresh(connection: duckdb.DuckDBPyConnection, records: pd.DataFrame | pa.Table, gone: frozenset[int]) -> None:
    """Tables `fresh` and `gone_records`, views `remembered` and `existing`. Raises ValueError on records known already."""
    load(connection, records)
    connection.execute(f"CREATE TABLE fresh AS SELECT * EXCLUDE (id, crowd), {ADDRESS} AS address FROM prepared")
    connection.register("gone", pa.table({"as_of": pa.array(sorted(gone), pa.int64())}))
    connection.execute("CREATE TABLE gone_records AS SELECT record_id FROM known.prepared SEMI JOIN gone USING (as_of)")
    connection.unregister("gone")
    connection.execute(f"CREATE TABLE fresh_keys AS {all_keys('fresh')}")
    connection.execute("CREATE VIEW gone_prepared AS SELECT * FROM known.prepared SEMI JOIN gone_records USING (record_id)")
    connection.execute(f"""
        CREATE TABLE fresh_bearers AS SELECT which, name, bearers FROM ({bearers_of("fresh")})
        UNION ALL SELECT which, name, -bearers FROM ({bearers_of("gone_prepared")})
    """)
    left = "ANTI JOIN gone_records USING (record_id)" if gone else ""
    connection.execute(f"CREATE VIEW remembered AS SELECT * FROM known.prepared {left}")
    connection.execute(f"CREATE VIEW remembered_keys AS SELECT * FROM known.keys {left}")
    connection.execute("""
        CREATE OR REPLACE TABLE partners AS SELECT DISTINCT partner FROM (
          SELECT partner FROM remembered UNION ALL SELECT partner FROM fresh) WHERE partner IS NOT NULL
    """)
    connection.execute("CREATE VIEW existing AS SELECT record_id FROM remembered UNION ALL SELECT record_id FROM fresh")
    repeated = connection.execute("SELECT count(*) FROM fresh SEMI JOIN remembered USING (record_id)").fetchall()[0][0]
    if repeated:
        message = f"{repeated} of the new records are known already"
        raise ValueError(message)


def find_pairs(connection: duckdb.DuckDBPyConnection) -> None:
    """Tables `prepared` and `candidates`: the new records, and the known ones worth comparing with them."""
    connection.execute(SHARED_KEYS)
    connection.execute(RECORD_PAIRS)
    connection.execute("DROP TABLE keys")
    choose(connection, COMPARED)
    connection.execute(CROWDS)
    connection.execute(PREPARE_CHOSEN)
    connection.execute(CANDIDATES)


def bearers(connection: duckdb.DuckDBPyConnection, name: str) -> NDArray[np.float64]:
    """How many records of the whole register bear the name (`given`, `surname`) of each id of `prepared`."""
    counts: NDArray[np.float64] = connection.sql(BEARERS.format(name=name)).to_arrow_table().column("c").to_numpy()
    return counts


def choose(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    """Table `chosen`: the existing records among those of the query."""
    connection.execute(
        "CREATE OR REPLACE TABLE chosen AS"
        f" SELECT DISTINCT record_id::BIGINT AS record_id FROM ({query}) SEMI JOIN existing USING (record_id)"
    )


def tie(connection: duckdb.DuckDBPyConnection, pairs: pa.Table, same: NDArray[np.int64]) -> None:
    """Table `new_pairs`, and the view `ties`: the pairs of records that may be settled only together."""
    connection.register("scored", pairs)
    connection.execute("CREATE TABLE new_pairs AS SELECT * FROM scored")
    connection.unregister("scored")
    connection.register("given", pa.table({"left_id": same[:, 0], "right_id": same[:, 1]}))
    connection.execute("CREATE TABLE said AS SELECT * FROM given")
    connection.unregister("given")
    connection.execute(TIES)


def reach(connection: duckdb.DuckDBPyConnection, judged: NDArray[np.int64]) -> None:
    """Tables `chosen` and `prepared`: new records, those judged, those left behind, and all whom ties lead to from there."""
    connection.register("judged", pa.table({"record_id": judged}))
    choose(
        connection,
        f"""
        SELECT record_id FROM fresh UNION SELECT record_id FROM judged UNION {LEFT_BEHIND}
        UNION SELECT left_id FROM new_pairs UNION SELECT right_id FROM new_pairs
    """,
    )
    connection.unregister("judged")
    connection.execute("CREATE OR REPLACE TABLE newest AS FROM chosen")
    while True:
        connection.execute(FARTHER)
        if not connection.execute("INSERT INTO chosen FROM farther").fetchall()[0][0]:
            break
        connection.execute("CREATE OR REPLACE TABLE newest AS FROM farther")
    # Crowds are not counted again: whether rows contradict each other does not hang on who else lives there.
    connection.execute(PREPARE_CHOSEN)


def tied_pairs(connection: duckdb.DuckDBPyConnection) -> ScoredPairs:
    """The scored pairs, old and new, among the records of `prepared`."""
    found = connection.sql(TIED).to_arrow_table()
    left, right, pattern, same, household = (found.column(i).to_numpy() for i in range(5))
    return ScoredPairs(left, right, pattern, same, household)


def remember(connection: duckdb.DuckDBPyConnection) -> None:
    """Write to the attached file what is new, and drop what is gone; within ``known.changing``."""
    for table, sides in (("kept", ("left_id", "right_id")), ("prepared", ("record_id",)), ("keys", ("record_id",))):
        for side in sides:
            connection.execute(f"DELETE FROM known.{table} WHERE {side} IN (SELECT record_id FROM gone_records)")
    connection.execute("INSERT INTO known.prepared BY NAME SELECT * FROM fresh")
    connection.execute("INSERT INTO known.bearers FROM fresh_bearers")
    connection.execute("INSERT INTO known.keys SELECT key, record_id FROM fresh_keys")
    connection.execute("INSERT INTO known.kept SELECT left_id, right_id, pattern, p_same, p_household FROM new_pairs")
