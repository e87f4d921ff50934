"""Upgrade, downgrade and compare the schema of a database, always as the owner of its tables."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from outreach.core import sealing
from outreach.models import Base

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from outreach.core.database import Database

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('schema'))"


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema to ``revision``; of two processes at once the second waits, and finds it done."""
    with _owner_connection(database) as connection:
        connection.execute(text(ONE_AT_A_TIME))
        command.upgrade(_configuration(connection), revision)


def downgrade(database: Database, revision: str) -> None:
    """Take the schema back to ``revision`` (``base``: empty)."""
    with _owner_connection(database) as connection:
        connection.execute(text(ONE_AT_A_TIME))
        command.downgrade(_configuration(connection), revision)


def present_revision(database: Database) -> str | None:
    """The revision the database is at; ``None`` when it is empty."""
    with _owner_connection(database) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """The revision this code needs."""
    return ScriptDirectory.from_config(_configuration(None)).get_current_head()


def differences(database: Database) -> list[object]:
    """What the migrated schema and the models disagree on; empty when they are equal."""
    with _owner_connection(database) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


@contextmanager
def _owner_connection(database: Database) -> Iterator[Connection]:
    """As the owner, with the database's own secrets at hand; no value of a failed statement is told."""
    engine = create_engine(database.owner_url, hide_parameters=True)
    home = database.cluster.home if database.cluster else None
    try:
        with sealing.beside(home), engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _configuration(connection: Connection | None) -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent))
    configuration.attributes["connection"] = connection
    return configuration
