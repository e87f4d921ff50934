"""Backup and restore with PostgreSQL's own tools."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, make_url, text

from outreach.core.errors import DatabaseError
from outreach.core.i18n import _

if TYPE_CHECKING:
    from outreach.core.database import Database


def backup_database(database: Database, file: Path) -> int:
    """Dump the database (PostgreSQL custom format, mode 600); returns the size in bytes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    file.chmod(0o600)  # an older file of that name keeps its rights otherwise
    _run(database, "pg_dump", "--format=custom", "--no-owner", f"--file={file}")
    return file.stat().st_size


def restore_database(database: Database, file: Path) -> None:
    """Restore a dump, all or nothing. Raises ``DatabaseError`` when the file is missing or the database is not empty."""
    if not file.is_file():
        raise DatabaseError(_("cette sauvegarde n'existe pas"), place=str(file), mend=_("Vérifiez le chemin."))
    engine = create_engine(database.owner_url)
    with engine.connect() as connection:
        tables = connection.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).scalar_one()
    engine.dispose()
    if tables:
        raise DatabaseError(_("la base n'est pas vide"), mend=_("Restaurez dans une base neuve (OUTREACH_DATABASE_NAME)."))
    _run(
        database, "pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={_name(database)}", str(file)
    )


def _name(database: Database) -> str:
    return make_url(database.owner_url).database or ""


def _run(database: Database, program: str, *arguments: str) -> None:
    url = make_url(database.owner_url)
    host = url.host or url.query.get("host")
    environment = {
        "PATH": os.environ.get("PATH", ""), "PGHOST": str(host or ""), "PGPORT": str(url.port or ""), "PGUSER": url.username or "",
        "PGPASSWORD": str(url.password or ""), "PGDATABASE": _name(database),
    }  # fmt: skip
    tool = str(database.cluster.tool(program)) if database.cluster else program
    command = [tool, *arguments]
    result = subprocess.run(
        command, check=False, capture_output=True, text=True, env={name: value for name, value in environment.items() if value}
    )
    if result.returncode != 0:
        raise DatabaseError(_("{program} a échoué : {reason}").format(program=program, reason=result.stderr.strip()))
