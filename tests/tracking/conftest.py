"""What the tests of tracking share."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session


@pytest.fixture
def undone(played):
    """A session on the played database whose work is undone."""
    with played.database.engine.connect() as connection:
        transaction = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            yield session
        transaction.rollback()
