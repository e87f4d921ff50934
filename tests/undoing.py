"""A session whose work is undone at the end, whatever was committed in it."""

from __future__ import annotations

from contextlib import contextmanager

from sqlalchemy.orm import Session


@contextmanager
def undone_session(database, **options):
    """A session of a database; ``options``: of the session."""
    with database.engine.connect() as connection:
        transaction = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", **options) as session:
            yield session
        transaction.rollback()
