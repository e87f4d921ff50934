"""Statements whose plan is kept say what the same statements say without, whatever happens to the connection meanwhile."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from outreach.core.database import Database
from outreach.core.prepared import array, kept

ASKED = """
SELECT n, n || ' %' AS told, CAST('{"a"\\: 1}' AS jsonb) AS data FROM generate_series(1, 9) n
WHERE n = ANY(:ids) AND (CAST(:least AS int) IS NULL OR n >= :least) AND n::text LIKE '%' ORDER BY n LIMIT :most
"""
VALUES = [
    {"ids": [1, 2, 3], "least": None, "most": 5},
    {"ids": [], "least": None, "most": 5},
    {"ids": [4, 9], "least": 5, "most": 1, "over": "not asked for"},
]


@pytest.mark.parametrize("values", VALUES)
def test_it_says_the_same(session, values):
    plain = session.execute(text(ASKED.replace("n::text", "CAST(n AS text)")), values).all()
    for _ in range(8):  # the plan of its own for some times, then one for all
        assert kept(session, ASKED, values).all() == plain


def prepared(session):
    return session.execute(text("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'kept_%'")).scalar_one()


def test_it_is_prepared_once_a_connection_and_outlives_a_rollback(database):
    with database.session() as session:
        kept(session, ASKED, VALUES[0])
        kept(session, ASKED, VALUES[2])
        assert prepared(session) == 1
    with pytest.raises(ProgrammingError), database.session() as session:
        kept(session, "SELECT :n + 1", {"n": 1})
        session.execute(text("SELECT nothing_of_the_sort"))
    with database.session() as session:
        assert kept(session, "SELECT :n + 1", {"n": 41}).scalar_one() == 42
        assert prepared(session) == 2
    database.dispose()
    with database.session() as session:
        assert prepared(session) == 0, "another connection knows nothing"
        assert len(kept(session, ASKED, VALUES[0]).all()) == 3


def test_a_connection_that_the_server_ended_is_made_anew_and_knows_nothing(database, monkeypatch):
    monkeypatch.setattr("outreach.core.database.FRESH", 0)
    with database.session() as session:
        kept(session, ASKED, VALUES[0])
    other = Database(database.url, database.owner_url)
    with other.session() as session:
        ended = session.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                                     " AND pid <> pg_backend_pid() AND usename = current_user")).scalars().all()  # fmt: skip
    other.dispose()
    assert ended == [True]
    for _ in range(3):
        with database.session() as session:
            assert len(kept(session, ASKED, VALUES[0]).all()) == 3


def test_a_statement_about_many_is_planned_with_its_values(database):
    with database.session() as session:
        assert len(kept(session, ASKED.replace("n::text", "CAST(n AS text)"), VALUES[0], when=False).all()) == 3
        assert prepared(session) == 0


def test_a_table_that_changes_is_planned_anew(database):
    with database.session() as session:
        session.execute(text("CREATE TEMP TABLE things (n int)"))
        session.execute(text("INSERT INTO things VALUES (1), (2)"))
        count = "SELECT count(*) FROM things WHERE n >= :n"
        for _ in range(8):
            assert kept(session, count, {"n": 1}).scalar_one() == 2
        session.execute(text("CREATE INDEX ON things (n)"))
        session.execute(text("ALTER TABLE things ADD COLUMN more text"))
        assert kept(session, count, {"n": 2}).scalar_one() == 1


@pytest.mark.parametrize("values", [[], [1, 22, None], ["a", None, "", "null", 'b"c\\d, {e}', "5", "é ", "٣"]])
def test_many_values_in_one_are_the_same_values(session, values):
    kind = "bigint" if 1 in values else "text"
    read = session.execute(text(f"SELECT CAST(:values AS {kind}[])"), {"values": array(values)}).scalar_one()
    assert read == values
