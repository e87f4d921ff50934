"""The one transaction boundary: a session that commits when its block ends well, and nothing else commits.

``Database`` is a place to work in: the embedded cluster by default, or the server of ``OUTREACH_DATABASE_URL``.
The application connects as its own role, never as the owner of the tables, so that row-level security and the
append-only grants bind it.
"""

from __future__ import annotations

import atexit
import os
import time
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import psycopg2
from sqlalchemy import create_engine, event, make_url, text
from sqlalchemy.exc import DisconnectionError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from outreach.core import clock, sealing
from outreach.core.embedded import EmbeddedCluster
from outreach.core.errors import DatabaseError
from outreach.core.i18n import _
from outreach.core.loopback import is_loopback
from outreach.core.settings import Settings, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine
    from sqlalchemy.engine import ExceptionContext
    from sqlalchemy.pool import ConnectionPoolEntry

KEEPALIVE = """
SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3; SET tcp_user_timeout = 60000
"""
"""In seconds, and milliseconds: a minute in all."""
FRESH = 0.1
"""Seconds within which nobody asks again whether the server is there: a restart takes longer than that."""
PARIS = f"SET TIME ZONE '{clock.PARIS.key}'"
"""Moments are read as clocks show them in Paris, whatever the server's own time zone is: their date is the day of it."""
NEIGHBOURS = """
SELECT datname FROM pg_database WHERE NOT datistemplate AND datname NOT IN ('postgres', current_database()) ORDER BY 1
"""
SAID_MODES = {"disable", "require", "verify-ca", "verify-full"}
"""What ``sslmode`` may say of a server elsewhere. The others, and the driver by itself, go on in the clear where they are told to."""


class Database:
    """A database to work in. ``url`` is the application's, ``owner_url`` the owner's (migrations)."""

    def __init__(self, url: str, owner_url: str, cluster: EmbeddedCluster | None = None) -> None:
        self.url = url
        self.owner_url = owner_url
        self.cluster = cluster

    @cached_property
    def engine(self) -> Engine:
        """The application's engine.

        The connection that was used last is used next: it knows the plans that it keeps (``core.prepared``).
        """
        engine = create_engine(self.url, pool_use_lifo=True, pool_size=5, max_overflow=15, hide_parameters=True)
        event.listen(engine, "handle_error", _without_personal_data)
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "checkin", _laid_down)
        event.listen(engine, "checkout", _still_there)
        return engine

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One unit of work: commits when the block ends, rolls back when it raises."""
        home = self.cluster.home if self.cluster else None
        with sealing.beside(home), Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def dispose(self) -> None:
        """Close pooled connections (before a fork, a restore, or the end)."""
        self.engine.dispose()


def _laid_down(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["laid_down"] = time.monotonic()


def _still_there(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Ask the server whether it is there before a connection that lay idle is used: a restart costs a reconnect, not an error."""
    if "laid_down" not in record.info or time.monotonic() - record.info["laid_down"] < FRESH:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        connection.rollback()
    except psycopg2.Error as error:
        raise DisconnectionError from error


def _set_up(connection: Any, _record: object) -> None:
    """Have the server notice within a minute that who is connected lost its cable: until then it keeps all that they had locked.

    By default it would ask after two hours. On a Unix socket nothing of it applies. And have it tell moments in Paris.
    """
    with connection.cursor() as cursor:
        cursor.execute(KEEPALIVE)
        cursor.execute(PARIS)
    connection.commit()


def _without_personal_data(context: ExceptionContext) -> None:
    """Keep the values of a failed row out of messages and logs: PostgreSQL prints them in DETAIL, after the first line."""
    original, wrapped = context.original_exception, context.sqlalchemy_exception
    first_line = str(original).partition("\n")[0]
    original.args = (first_line,)
    if wrapped is not None:
        wrapped.args = tuple(argument.partition("\n")[0] if isinstance(argument, str) else argument for argument in wrapped.args)


def open_database(name: str | None = None, configuration: Settings | None = None) -> Database:
    """The database of the settings, reachable; the embedded cluster is started and ``name`` created if need be.

    Raises ``DatabaseError`` when a configured server cannot be reached, or is elsewhere and may be spoken to in the clear; and for
    a ``name`` of its own, such as the demonstration's, where a server is configured: what is invented would mix with what is real.
    """
    configuration = configuration or settings()
    if configuration.database_url is not None:
        if name is not None:
            raise DatabaseError(
                _("la démonstration ne touche pas à votre serveur PostgreSQL : elle a une base à elle"),
                place="OUTREACH_DATABASE_URL",
                mend=_("Retirez cette variable pour elle : env -u OUTREACH_DATABASE_URL outreach …"),
            )
        url = configuration.database_url.get_secret_value()
        owner = configuration.database_owner_url
        owner_url = owner.get_secret_value() if owner else url
        _require_said_mode(url, "OUTREACH_DATABASE_URL")
        _require_said_mode(owner_url, "OUTREACH_DATABASE_OWNER_URL")
        database = Database(_signed(url, configuration.installation), _signed(owner_url, configuration.installation))
        _require_reachable(database)
        return database
    cluster = EmbeddedCluster(configuration.home / "postgres", fsync=configuration.embedded_fsync)
    cluster.open()
    atexit.register(cluster.close)
    name = name or configuration.database_name
    create_database(cluster, name)
    return Database(cluster.url(name), cluster.url(name, "outreach_owner"), cluster)


def create_database(cluster: EmbeddedCluster, name: str, template: str = "template0") -> bool:
    """Create ``name`` in the embedded cluster unless it exists; tells whether it was created."""
    engine = create_engine(cluster.url("postgres", "outreach_owner"), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            known = text("SELECT 1 FROM pg_database WHERE datname = :name")
            if connection.execute(known, {"name": name}).first() is not None:
                return False
            quoted = engine.dialect.identifier_preparer.quote
            try:
                connection.execute(text(f"CREATE DATABASE {quoted(name)} TEMPLATE {quoted(template)}"))
            except (IntegrityError, ProgrammingError):
                # Another process of ours may have created it since we asked.
                if connection.execute(known, {"name": name}).first() is None:
                    raise
                return False
    finally:
        engine.dispose()
    return True


def neighbours(database: Database) -> list[Database]:
    """The other databases of an embedded cluster, which live with its secrets too, such as the demonstration's."""
    cluster = database.cluster
    if cluster is None:
        return []
    engine = create_engine(database.owner_url)
    with engine.connect() as connection:
        names = connection.execute(text(NEIGHBOURS)).scalars().all()
    engine.dispose()
    return [Database(cluster.url(name), cluster.url(name, "outreach_owner"), cluster) for name in names]


def drop_database(cluster: EmbeddedCluster, name: str) -> None:
    """Drop ``name`` from the embedded cluster, ending what is connected to it.

    As superuser: what is connected may be an autovacuum worker of the server, which the owner of the tables may not end.
    """
    engine = create_engine(cluster.url("postgres", "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {engine.dialect.identifier_preparer.quote(name)} (FORCE)"))
    engine.dispose()


def _signed(url: str, installation: str | None) -> str:
    """The address with the name of who connects, by which a database knows whether its workers are its own (``core/live.py``)."""
    if installation is None:
        return url
    found = make_url(url)
    given = found.query.get("options", ())
    options = " ".join([*((given,) if isinstance(given, str) else given), f"-c outreach.installation={installation}"])
    return found.update_query_dict({"options": options}).render_as_string(hide_password=False)


def _require_said_mode(address: str, place: str) -> None:
    """Raises ``DatabaseError`` for a server elsewhere of which nothing says whether it is spoken to in the clear (ASVS 4.0.3, V9.2.2).

    Within a network of containers ``sslmode=disable`` says so.
    """
    url = make_url(address)
    named = url.query.get("host", url.host or "")
    hosts = (named,) if isinstance(named, str) else named
    mode = url.query.get("sslmode") or os.environ.get("PGSSLMODE")
    if mode not in SAID_MODES and not all(map(_is_here, hosts)):
        raise DatabaseError(
            _("ce serveur PostgreSQL est ailleurs, et rien ne dit que la liaison est chiffrée"),
            place=place,
            mend=_("Ajoutez ?sslmode=verify-full à l'adresse ; sslmode=disable, si ce réseau n'est qu'à vous."),
        )


def _is_here(host: str) -> bool:
    """Whether a host is this machine: a socket's folder, or a loopback address."""
    return not host or host.startswith("/") or is_loopback(host)


def _require_reachable(database: Database) -> None:
    try:
        with database.engine.connect():
            pass
    except OperationalError as error:
        raise DatabaseError(
            _("le serveur PostgreSQL ne répond pas"),
            place="OUTREACH_DATABASE_URL",
            mend=_("Vérifiez l'adresse, le compte et que le serveur tourne."),
        ) from error
