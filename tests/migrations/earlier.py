"""A database at an earlier revision with something in it."""

from __future__ import annotations

from contextlib import contextmanager

from sqlalchemy import create_engine, text

from outreach.core.database import Database, create_database, drop_database
from outreach.migrations import run as migrations


@contextmanager
def database_at(revision, cluster, name, statements, values=None):
    """A database of that name at a revision, in which the owner has done the statements; it is dropped at the end."""
    create_database(cluster, name)
    database = Database(cluster.url(name), cluster.url(name, "outreach_owner"), cluster)
    migrations.upgrade(database, revision)
    engine = create_engine(database.owner_url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement), values or {})
    engine.dispose()
    yield database
    database.dispose()
    drop_database(cluster, name)
