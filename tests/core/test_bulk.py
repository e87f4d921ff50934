"""Statistics of tables are renewed when new rows change what they say, and left alone otherwise."""

from __future__ import annotations

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
