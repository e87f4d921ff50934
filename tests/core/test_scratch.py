"""A database beside another: one at a time, its own whatever else lives on the server, and gone at the end."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text

from outreach.core.errors import PolicyError
from outreach.core.scratch import scratch


def beside(database):
    with database.session() as session:
        names = session.execute(text("SELECT datname FROM pg_database WHERE datname LIKE '%\\_tried'")).scalars().all()
    return sorted(names)


def test_it_is_empty_and_gone_at_the_end(database):
    with scratch(database, "tried") as own:
        with own.session() as session:
            assert session.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).scalar_one() == 0
        assert len(beside(database)) == 1
    assert beside(database) == []


def test_the_same_twice_at_once_is_refused_and_harms_nothing(database):
    with scratch(database, "tried") as own:
        with pytest.raises(PolicyError, match="déjà en cours"), scratch(database, "tried"):
            pytest.fail("two at once")
        with own.session() as session:
            assert session.execute(text("SELECT 1")).scalar_one() == 1
    with scratch(database, "tried"):
        pass


def test_two_installations_of_one_server_do_not_meet(database, shared_database):
    with scratch(database, "tried"), scratch(shared_database, "tried"):
        assert len(beside(database)) == 2
    assert beside(database) == []


def test_what_a_crash_left_is_dropped_first(database):
    with scratch(database, "tried") as own:
        name = own.engine.url.database
    engine = create_engine(database.owner_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    engine.dispose()
    with scratch(database, "tried"):
        assert beside(database) == [name]
    assert beside(database) == []
