"""The marks of all who were ever erased, kept beside the database: a backup from before has none of them.

What is kept are hashed marks (``policy.erasure``): without the installation's secret they say of nobody that they are meant.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from outreach.core.database import Database

FILE = "erasures.tsv"
"""In the installation's folder, and beside its backups."""
KNOWN = "SELECT mark, kind, made_at FROM erasure_mark"
Marks = dict[str, tuple[str, str]]
"""Kind and moment of each mark."""


def keep_erasures(database: Database, *places: Path) -> Path:
    """Write the marks of the database into the installation's folder, with those that lie there already.

    They are copied to other ``places``.
    """
    home = settings().home / FILE
    home.parent.mkdir(parents=True, exist_ok=True)
    with database.session() as session:
        known = {row.mark: (row.kind, row.made_at.isoformat()) for row in session.execute(text(KNOWN))}
    known = kept_erasures(*places) | known
    lines = sorted((made, mark, kind) for mark, (kind, made) in known.items())
    for file in (home, *places):
        unfinished = file.with_name(f".{file.name}.{os.getpid()}.part")
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            out.writelines(f"{mark}\t{kind}\t{made}\n" for made, mark, kind in lines)
        unfinished.replace(file)
    return home


def kept_erasures(*places: Path) -> Marks:
    """The marks in the installation's folder and in ``places``. Raises ``OutreachError`` for a line that is none of ours."""
    return _read([settings().home / FILE, *places])


def carry_along(backup: Path) -> Path:
    """The place beside a backup where its installation's erasures lie."""
    return backup.with_name(FILE)


def _read(files: Iterable[Path]) -> Marks:
    found: Marks = {}
    for file in files:
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines() if file.is_file() else (), start=1):
            try:
                mark, kind, made = line.split("\t")
                datetime.fromisoformat(made)
            except ValueError as error:
                mend = _("Reprenez ce fichier de la dernière sauvegarde, ou retirez la ligne.")
                raise OutreachError(_("ce n'est pas une ligne d'effacements"), place=f"{file} : {number}", mend=mend) from error
            found[mark] = (kind, made)
    return found
