"""Where a database stands, without loading Alembic: every command asks, few have to upgrade."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

if TYPE_CHECKING:
    from outreach.core.database import Database

VERSIONS = Path(__file__).with_name("versions")


def newest_revision() -> str:
    """The revision this code needs: its migrations are numbered (a test holds this equal to Alembic's head)."""
    return max(path.name[:4] for path in VERSIONS.glob("[0-9]*.py"))


def present_revision(database: Database) -> str | None:
    """The revision that a database is at; ``None`` when it is empty."""
    try:
        with database.session() as session:
            found: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    except ProgrammingError:
        return None
    return found
