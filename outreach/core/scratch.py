"""A database beside another one, for as long as something is tried out in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from outreach.core.database import Database
from outreach.core.errors import DatabaseError
from outreach.core.i18n import _


@contextmanager
def scratch(database: Database, name: str) -> Iterator[Database]:
    """An empty database ``name`` on the same server, dropped at the end; one of that name left by a crash is dropped first.

    Raises ``DatabaseError`` when the owner of the tables may not create databases there.
    """
    owner = make_url(database.owner_url)
    engine = create_engine(owner, isolation_level="AUTOCOMMIT", hide_parameters=True)
    quoted = engine.dialect.identifier_preparer.quote(name)
    try:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {quoted}"))
            connection.execute(text(f"CREATE DATABASE {quoted} TEMPLATE template0"))
    except DBAPIError as error:
        engine.dispose()
        mend = _("Donnez-lui ce droit : ALTER ROLE … CREATEDB.")
        raise DatabaseError(_("le propriétaire des tables ne peut pas créer de base d'essai"), place=name, mend=mend) from error
    beside = Database(
        make_url(database.url).set(database=name).render_as_string(hide_password=False),
        owner.set(database=name).render_as_string(hide_password=False),
        database.cluster,
    )
    try:
        yield beside
    finally:
        beside.dispose()
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {quoted}"))
        engine.dispose()
