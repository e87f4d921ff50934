"""Backup and restore with PostgreSQL's own tools; a backup is sealed (``core/sealed_file.py``).

The stream of a backup is one line of JSON, for us alone, then the archive of pg_dump. The line holds by what the secrets are
recognised that must survive with the database, and those themselves that only the embedded cluster knew.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from sqlalchemy import create_engine, text

from outreach.core import audit, clock
from outreach.core.database import neighbours
from outreach.core.errors import DatabaseError
from outreach.core.i18n import _
from outreach.core.postgres_tools import Fed, name_of, said_by
from outreach.core.sealed_file import CHUNK, LONGEST_LINE, Sealer, SealError, is_sealed, open_line, unsealed
from outreach.core.secrets import SURVIVING, backup_key, check_of, configured, holds, known, variable_of
from outreach.core.settings import settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from outreach.core.database import Database

ENDING = ".backup"
PLAIN = b"PGDMP"
"""How an archive of pg_dump begins: backups of earlier versions were not sealed."""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
MADE = """
INSERT INTO backup (file, bytes, sha256, made_at, made_by) VALUES (:file, :bytes, :sha256, :now, :actor)
"""


@dataclass(frozen=True)
class Made:
    """A backup that was written. ``tables``: rows by table, of the very moment of the archive."""

    file: Path
    bytes: int
    sha256: str
    made_at: datetime
    revision: str
    tables: dict[str, int]


@dataclass(frozen=True)
class Contents:
    """What is in a backup, read to its end; ``entries``: objects of the archive; ``private``: of our line.

    Nothing is told of old ones.
    """

    sealed: bool
    entries: int
    sha256: str
    told: dict[str, Any] = field(default_factory=dict)
    private: dict[str, Any] = field(default_factory=dict)


def backup_database(database: Database, file: Path, *, actor: str) -> Made:
    """Write a sealed backup (mode 600) to ``file``, or under a name of its moment into that folder; there in whole or not at all.

    Raises ``DatabaseError`` when it cannot be made, or no key is there.
    """
    now, secret = clock.now(), backup_key(database)
    if file.is_dir():
        file = file / f"{whose(database)}-{now:%Y-%m-%dT%H%M%S}{ENDING}"
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out, _snapshot(database) as taken:
            snapshot, revision, tables = taken
            told = {"of": whose(database), "made_at": now.isoformat(), "revision": revision, "tables": tables}
            sealer = Sealer(out, secret, told)
            sealer.write(json.dumps(_private(database)).encode() + b"\n")
            _dump(database, sealer, snapshot)
            sealer.close()
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
    except OSError as error:
        raise DatabaseError(
            _("la sauvegarde n'a pas pu être écrite : {reason}").format(reason=error.strerror), place=str(file)
        ) from error
    finally:
        part.unlink(missing_ok=True)
    made = Made(file, file.stat().st_size, _sha256(file), now, revision, tables)
    with database.session() as session:
        values = {"file": str(file.resolve()), "bytes": made.bytes, "sha256": made.sha256, "now": now, "actor": actor}
        session.execute(text(MADE), values)
        audit.record(session, actor, "database.backup", "database", {"sha256": made.sha256, "bytes": made.bytes})
    return made


def read_backup(database: Database, file: Path) -> Contents:
    """Read a backup to its end and list what is in it. Raises ``SealError`` for one that is not whole or genuine."""
    if not file.is_file():
        raise DatabaseError(_("cette sauvegarde n'existe pas"), place=str(file), mend=_("Vérifiez le chemin."))
    with file.open("rb") as opened, Fed(database, "pg_restore", "--list") as listing:
        sealed = is_sealed(opened)
        told = open_line(opened) if sealed else {}
        opened.seek(0)
        private, archive = _parts(database, opened, sealed=sealed)
        for content in archive:
            listing.feed(content)
    entries = sum(not line.startswith(";") for line in listing.said.splitlines())
    return Contents(sealed, entries, _sha256(file), told, private)


def restore_database(database: Database, file: Path) -> Contents:
    """Restore a backup into an empty database, all or nothing; it is read to its end first.

    Raises ``DatabaseError`` when the file is missing, the database is not empty, or a secret is not the one of the backup.
    """
    contents = read_backup(database, file)
    engine = create_engine(database.owner_url)
    with engine.connect() as connection:
        tables = connection.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).scalar_one()
    engine.dispose()
    if tables:
        raise DatabaseError(_("la base n'est pas vide"), mend=_("Restaurez dans une base neuve (OUTREACH_DATABASE_NAME)."))
    arguments = ("--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={name_of(database)}")
    with file.open("rb") as opened, Fed(database, "pg_restore", *arguments) as restoring:
        for content in _parts(database, opened, sealed=contents.sealed)[1]:
            restoring.feed(content)
    return contents


def secrets_elsewhere(database: Database, contents: Contents) -> set[str]:
    """The secrets of a backup that this installation does not have."""
    wanted: dict[str, str] = contents.private.get("checks", {})
    return {name for name, check in wanted.items() if not holds(database, name, check)}


def require_secrets(database: Database, contents: Contents) -> dict[str, str]:
    """The secrets that this installation has to take over from a backup; none when it has them all.

    Raises ``DatabaseError`` that names the first one which is neither here nor in the backup.
    """
    missing = secrets_elsewhere(database, contents)
    brought: dict[str, str] = contents.private.get("secrets", {})
    for name in sorted(missing):
        if name not in brought or database.cluster is None or configured(name) is not None or neighbours(database):
            message = _(
                "ce secret n'est pas celui de la sauvegarde : les oppositions ne seraient plus reconnues, ni les preuves lues"
            )
            mend = _(
                "Donnez celui de l'installation qui l'a faite (là-bas : outreach db secrets), ou partez d'un OUTREACH_HOME vide."
            )
            raise DatabaseError(message, place=variable_of(name), mend=mend)
    taken = {name: brought[name] for name in missing}
    if "fields_before" in taken:
        # Beside those that were here: some may be of the backup too.
        both = [*taken["fields_before"].split(), *(known(database, "fields_before") or "").split()]
        taken["fields_before"] = " ".join(dict.fromkeys(both))
    return taken


def rows_by_table(connection: Connection) -> dict[str, int]:
    """How many rows each table has."""
    quote = connection.dialect.identifier_preparer.quote
    tables = list(connection.execute(text(TABLES)).scalars())
    return {table: int(connection.execute(text(f"SELECT count(*) FROM {quote(table)}")).scalar_one()) for table in tables}


def whose(database: Database) -> str:
    """By what the backups of one installation are told from another's."""
    return settings().installation or name_of(database)


def _private(database: Database) -> dict[str, Any]:
    """What only who has the key shall read: by what secrets are recognised, and those that nobody else could give back."""
    found = {name: value for name in SURVIVING if (value := known(database, name)) is not None}
    ours = {name: value for name, value in found.items() if configured(name) is None}
    return {"checks": {name: check_of(name, value) for name, value in found.items()}, "secrets": ours}


@contextmanager
def _snapshot(database: Database) -> Iterator[tuple[str, str, dict[str, int]]]:
    """A moment of the database, held: its name for pg_dump, the revision, and the rows of each table."""
    engine = create_engine(database.owner_url, isolation_level="REPEATABLE READ")
    try:
        with engine.begin() as connection:
            name = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
            revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
            yield name, revision, rows_by_table(connection)
    finally:
        engine.dispose()


def _parts(database: Database, file: IO[bytes], *, sealed: bool) -> tuple[dict[str, Any], Iterator[bytes]]:
    """Our own line, and the archive."""
    if not sealed:
        if file.read(len(PLAIN)) != PLAIN:
            raise SealError(_("ce fichier n'est pas une sauvegarde"), place=str(file.name))
        file.seek(0)
        return {}, iter(lambda: file.read(CHUNK), b"")
    stream = unsealed(file, backup_key(database))
    head = b""
    # An archive may follow in the same record; the line alone is far shorter than one.
    for content in stream:
        head += content
        if b"\n" in head or len(head) > LONGEST_LINE:
            break
    line, _newline, rest = head.partition(b"\n")
    return dict(json.loads(line)), _after(rest, stream)


def _after(first: bytes, stream: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from stream


def _dump(database: Database, sealer: Sealer, snapshot: str) -> None:
    for content in said_by(database, "pg_dump", "--format=custom", "--no-owner", f"--snapshot={snapshot}"):
        sealer.write(content)


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
