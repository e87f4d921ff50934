"""How long backups are kept: what is too old is removed from their folder."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import audit, clock
from outreach.core.backup import ENDING, whose
from outreach.core.errors import PolicyError
from outreach.core.i18n import _
from outreach.core.live import this_copy
from outreach.core.sealed_file import SealError, is_sealed, open_line

if TYPE_CHECKING:
    from outreach.core.database import Database

REMOVED = "UPDATE backup SET removed_at = :now WHERE file = :file AND removed_at IS NULL"


def remove_old(database: Database, newest: Path, days: int, *, actor: str) -> list[str]:
    """Remove this installation's backups older than ``days`` from the folder of ``newest``, which stays; returns their names.

    Raises ``PolicyError`` on a copy that is not the live one: the backups there may be another's.
    """
    with database.session() as session:
        if not this_copy(session).is_live:
            raise PolicyError(_("cette copie de la base n'est pas confirmée : elle n'efface aucune sauvegarde"))
    before, ours = clock.now() - timedelta(days=days), whose(database)
    folder = newest.resolve().parent
    found = sorted(path for path in folder.glob(f"*{ENDING}") if path != newest.resolve() and _is_old(path, ours, before))
    for path in found:
        path.unlink()
    with database.session() as session:
        for path in found:
            session.execute(text(REMOVED), {"now": clock.now(), "file": str(path)})
        if found:
            audit.record(session, actor, "database.forget_backups", "database", {"count": len(found), "days": days})
    return [path.name for path in found]


def _is_old(path: Path, ours: str, before: datetime) -> bool:
    """Whether a file is a backup of this installation, by what it says of itself, and was made before that."""
    with path.open("rb") as opened:
        if not is_sealed(opened):
            return False
        try:
            told = open_line(opened)
            return told.get("of") == ours and datetime.fromisoformat(told["made_at"]) < before
        except (SealError, KeyError, TypeError, ValueError):
            return False
