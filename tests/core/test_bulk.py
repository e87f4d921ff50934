"""Statistics of tables are renewed when new rows change what they say, and left alone otherwise."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest
from sqlalchemy import create_engine, text

from outreach.core import bulk
from outreach.core.database import Database

SEEN = "SELECT reltuples FROM pg_class WHERE oid = 'priority_street'::regclass"
FILL = "INSERT INTO priority_street (insee, street, quarter) SELECT :town, 'RUE ' || i, 'Q' FROM generate_series(1, :count) i"


def rows_seen(database: Database) -> int:
    with database.session() as session:
        return int(session.execute(text(SEEN)).scalar_one())


def fill(database: Database, town: str, count: int, **told: int) -> None:
    with database.session() as session:
        session.execute(text(FILL), {"town": town, "count": count})
        bulk.analyse_grown(session, told or {"priority_street": count})


def test_statistics_follow_a_table_that_grows(database):
    with create_engine(database.owner_url).begin() as connection:
        connection.execute(text("ALTER TABLE priority_street SET (autovacuum_enabled = false)"))
    fill(database, "69388", 1000)
    assert rows_seen(database) == 1000
    fill(database, "69389", 10)
    assert rows_seen(database) == 1000, "a hundredth more changes nothing"
    fill(database, "69390", 200)
    assert rows_seen(database) == 1210


def test_nothing_put_in_is_nothing_to_look_at(database):
    fill(database, "69388", 1000, priority_street=0)
    assert rows_seen(database) == -1


ODD = {
    "insee": ["69388", "69389", "69390", "69391"],
    "street": ['RUE « D\'EN "HAUT" »', "", "A\nB;C", "\\N"],
    "quarter": [None, "", ",", "Q"],
}


@pytest.mark.parametrize("form", [dict, pd.DataFrame])
def test_what_is_copied_in_is_there_word_for_word(database, monkeypatch, form):
    monkeypatch.setattr(bulk, "CHUNK", 3)
    with database.session() as session:
        session.execute(text("CREATE TEMP TABLE odd (insee text, street text, quarter text) ON COMMIT DROP"))
        assert bulk.copy_in(session, "odd", form(ODD)) == len(ODD["insee"])
        rows = session.execute(text("SELECT insee, street, quarter FROM odd ORDER BY insee")).all()
    assert [tuple(row) for row in rows] == list(zip(*ODD.values(), strict=True))


def test_moments_and_whole_numbers_that_may_be_missing_are_copied_in(database):
    at = datetime(2026, 11, 24, 9, 30, 0, 250_000, UTC)
    with database.session() as session:
        session.execute(text("CREATE TEMP TABLE odd (number bigint, at timestamptz, day date) ON COMMIT DROP"))
        bulk.copy_in(session, "odd", {"number": [1, None], "at": [None, at], "day": [at.date(), None]})
        bulk.copy_in(session, "odd", {"number": [], "at": [], "day": []})
        rows = session.execute(text("SELECT number, at, day FROM odd ORDER BY number NULLS LAST")).all()
    assert [tuple(row) for row in rows] == [(1, None, at.date()), (None, at, None)]
