"""A database beside another one, for as long as something is tried out in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from outreach.core.database import Database
from outreach.core.errors import DatabaseError, PolicyError
from outreach.core.i18n import _

LONGEST = 30
"""Of the other one's name: PostgreSQL cuts names after 63 bytes."""


@contextmanager
def scratch(database: Database, name: str) -> Iterator[Database]:
    """An empty database beside this one, dropped at the end; what a crash left of it is dropped first.

    ``name``: unique in this one. Raises ``DatabaseError`` when the owner of the tables may not create databases there, and
    ``PolicyError`` while another process works in the one of that name.
    """
    owner = make_url(database.owner_url)
    engine = create_engine(owner, isolation_level="AUTOCOMMIT", hide_parameters=True)
    # Several installations may share a server.
    name = f"{str(owner.database)[:LONGEST]}_{name}"
    quoted = engine.dialect.identifier_preparer.quote(name)
    beside = Database(
        make_url(database.url).set(database=name).render_as_string(hide_password=False),
        owner.set(database=name).render_as_string(hide_password=False),
        database.cluster,
    )
    try:
        with engine.connect() as held:
            _make(held, name, quoted)
            try:
                yield beside
            finally:
                beside.dispose()
                held.execute(text(f"DROP DATABASE IF EXISTS {quoted}"))
    finally:
        engine.dispose()


def _make(held: Connection, name: str, quoted: str) -> None:
    """Make it anew; it is this connection's as long as that lasts, so that whoever crashes holds nothing."""
    if not held.execute(text("SELECT pg_try_advisory_lock(hashtext(:name))"), {"name": name}).scalar():
        raise PolicyError(_("cet essai est déjà en cours"), mend=_("Attendez que ce soit fini, puis recommencez."))
    try:
        held.execute(text(f"DROP DATABASE IF EXISTS {quoted}"))
        held.execute(text(f"CREATE DATABASE {quoted} TEMPLATE template0"))
    except DBAPIError as error:
        mend = _("Donnez-lui ce droit : ALTER ROLE … CREATEDB.")
        raise DatabaseError(_("le propriétaire des tables ne peut pas créer de base d'essai"), place=name, mend=mend) from error
