"""Pairs found and compared by a Spark Connect server are those of one machine, pair by pair."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
import time

import duckdb
import pyarrow as pa
import pytest

from outreach.core.errors import OutreachError
from outreach.core.settings import settings
from outreach.matching.compare import COMPARE
from outreach.matching.engine import match_records
from outreach.matching.prepare import load
from outreach.matching.session import MatchSettings, compared_records, database
from outreach.matching.spark import compared_on_spark
from outreach.matching.spark.session import connected
from outreach.matching.spark.work import COMPARED, by_duckdb, compare_sql, keys_sql, signed
from outreach.simulation.records.lists import generate

EXTRA = [name for name in ("pyspark", "pysail") if importlib.util.find_spec(name) is None]
needs_the_extra = pytest.mark.skipif(bool(EXTRA), reason=f"{', '.join(EXTRA)}: not installed, see constraints-spark.txt")
PATIENCE = 60


def free_port():
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


@pytest.fixture(scope="module")
def sail(tmp_path_factory):
    """A Spark Connect server on loopback, for these tests only."""
    port = free_port()
    with (tmp_path_factory.mktemp("sail") / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "pysail", "spark", "server", "--ip", "127.0.0.1", "--port", str(port)],
            stdout=log, stderr=log, env={**os.environ, "RUST_LOG": "error"},
        )  # fmt: skip
        try:
            until = time.monotonic() + PATIENCE
            while not is_open(port):
                assert server.poll() is None, "the server ended by itself"
                assert time.monotonic() < until, "the server does not answer"
                time.sleep(0.1)
            yield f"sc://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(PATIENCE)


def is_open(port):
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


def likely(matching):
    """The pairs above .9, with what they are worth."""
    links = matching.links.to_pylist()
    return {(link["left_id"], link["right_id"]): link["p_same"] for link in links if link["p_same"] > 0.9}


@pytest.mark.slow
@needs_the_extra
def test_the_same_pairs_as_on_one_machine(sail):
    records = generate(10_000, 31).records
    here = match_records(records)
    there = match_records(records, settings=MatchSettings(engine="spark", spark_remote=sail))
    mine, theirs = likely(here), likely(there)
    assert len(mine) > 500, "there was something to find"
    assert set(mine) == set(theirs)
    assert [pair for pair in mine if mine[pair] != theirs[pair]] == []
    assert here.links.equals(there.links)
    assert here.persons.equals(there.persons)
    assert here.households.equals(there.households)
    assert here.stats.pairs_compared == there.stats.pairs_compared


@pytest.mark.slow
@needs_the_extra
def test_pairs_may_come_in_several_parts_and_from_the_settings(sail, monkeypatch):
    records = generate(700, 32).records
    with database(MatchSettings()) as connection:
        compared_records(connection, records, MatchSettings(whole_address=5))
        mine = pairs_in(connection)
        compared_on_spark(connection, 700, sail, 5, chunk_rows=200)
        assert pairs_in(connection) == mine
    monkeypatch.setenv("OUTREACH_MATCHING_ENGINE", "spark")
    monkeypatch.setenv("OUTREACH_SPARK_REMOTE", sail)
    settings.cache_clear()
    try:
        assert match_records(records).persons.num_rows == 700
        assert match_records(records[:0]).persons.num_rows == 0
    finally:
        settings.cache_clear()


@pytest.mark.slow
@needs_the_extra
def test_a_worker_of_another_duckdb_refuses(sail):
    with connected(sail) as spark:
        wrong = spark.createDataFrame(pa.table({"id": [1]})).mapInArrow(by_duckdb("SELECT id FROM batch", "0.0.1"), "id long")
        with pytest.raises(Exception, match=r"matched with 0\.0\.1"):
            wrong.toArrow()


def pairs_in(connection):
    return connection.execute("SELECT a, b, pattern FROM pairs ORDER BY ALL").fetchall()


def test_what_workers_run_gives_the_same_patterns_without_a_cluster():
    with database(MatchSettings()) as connection:
        compared_records(connection, generate(600, 33).records, MatchSettings())
        partners = connection.execute("SELECT count(DISTINCT partner) FROM prepared").fetchall()[0][0]
        sides = ", ".join(f"{side}.{column} AS {side}_{column}" for side in ("l", "r") for column in COMPARED)
        records = f"(SELECT id, {', '.join(map(signed, COMPARED))} FROM prepared)"
        batches = connection.sql(
            f"SELECT a, b, {sides} FROM pairs JOIN {records} l ON l.id = a JOIN {records} r ON r.id = b"
        ).to_arrow_table().to_batches(max_chunksize=500)  # fmt: skip
        work = by_duckdb(compare_sql(), duckdb.__version__, partners)
        found = {tuple(row.values()) for batch in work(iter(batches)) for row in batch.to_pylist()}
        assert found == set(pairs_in(connection))
        assert COMPARE.count("prepared l") == 1, "one expression serves both"


def test_keys_of_workers_meet_where_those_of_one_machine_do():
    with database(MatchSettings()) as connection:
        total = load(connection, generate(600, 34).records)
        table = connection.sql(f"SELECT id, {', '.join(map(signed, COMPARED))} FROM prepared").to_arrow_table()
        keys = pa.Table.from_batches(by_duckdb(keys_sql(12), duckdb.__version__)(iter(table.to_batches())))
        assert total == 600
        connection.register("made", keys.to_pandas())
        compared_records(connection, generate(600, 34).records, MatchSettings(whole_address=12))
        blocked = """SELECT DISTINCT l.id, r.id FROM made l JOIN made r ON l.key = r.key AND l.id < r.id
                     SEMI JOIN (SELECT key FROM made GROUP BY key HAVING count(*) <= max(largest)) b ON l.key = b.key"""
        assert set(connection.execute(blocked).fetchall()) == set(connection.execute("SELECT a, b FROM pairs").fetchall())


@pytest.mark.parametrize(
    ("remote", "said"),
    [
        (None, "OUTREACH_SPARK_REMOTE : on ne sait pas où est Spark"),
        pytest.param("http://127.0.0.1", "pas une adresse de Spark Connect", marks=needs_the_extra),
        pytest.param("sc://127.0.0.1:1", "Spark ne répond pas à sc://127.0.0.1:1", marks=needs_the_extra),
    ],
)
def test_a_cluster_that_cannot_be_reached_is_one_sentence(remote, said):
    with pytest.raises(OutreachError) as refused, connected(remote):
        pass
    assert said in str(refused.value)


@pytest.mark.skipif(not EXTRA, reason="the extra is installed")
def test_without_the_extra_its_absence_is_told():
    with pytest.raises(OutreachError, match="client de Spark"), connected("sc://127.0.0.1:1"):
        pass
