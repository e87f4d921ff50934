"""What the machine itself can do, measured in the same run: rows into a table, pairs compared, bytes onto the disk."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path
from typing import Any

EVENT = (
    "00000000-0000-8000-8000-{:012d},{},{},attempted,no_answer,2026-11-23 10:00:00+01,2026-11-23 20:30:00+01,m-1-1,call,{{}}\n"
)
BLOCK, BLOCKS = 1 << 20, 512
PAIRS = 2_000_000
NAMES = "SELECT 'NOM' || CAST(hash(i) % 100000 AS VARCHAR) AS a, 'NOM' || CAST(hash(i + 7) % 100000 AS VARCHAR) AS b FROM range({}) t(i)"


def copied(database: Any, rows: int) -> float:
    """Seconds of the bare COPY of that many events into a table with its primary key alone, logged and committed."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TEMP TABLE raw_event (id uuid PRIMARY KEY, case_id bigint, contact_id bigint, kind text, code text, occurred_at timestamptz,"
            " recorded_at timestamptz, actor text, source text, data jsonb)"
        )
        begin = time.perf_counter()
        cursor = connection.connection.driver_connection.cursor()
        for start in range(0, rows, 100_000):
            part = "".join(EVENT.format(number, number, number) for number in range(start, min(rows, start + 100_000)))
            cursor.copy_expert("COPY raw_event FROM STDIN WITH (FORMAT csv)", io.StringIO(part))
        seconds = time.perf_counter() - begin
        connection.exec_driver_sql("DROP TABLE raw_event")
    return seconds


def compared() -> float:
    """Pairs a second whose names DuckDB holds against each other by Jaro-Winkler, and nothing else."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE pair AS {NAMES.format(PAIRS)}")
        begin = time.perf_counter()
        connection.execute("SELECT count(*) FROM pair WHERE jaro_winkler_similarity(a, b) > 0.9").fetchall()
        return PAIRS / (time.perf_counter() - begin)


def written(home: Path) -> float:
    """Megabytes a second that reach the disk, forced there at the end."""
    block = os.urandom(BLOCK)
    path = home / "raw"
    begin = time.perf_counter()
    with path.open("wb") as file:
        for _number in range(BLOCKS):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    seconds = time.perf_counter() - begin
    path.unlink()
    return BLOCKS * BLOCK / 2**20 / seconds
