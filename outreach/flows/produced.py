"""Files with people in them that we wrote into the output folder.

Print runs go with their letters, sheets a month after their day.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.channels.sheets.dispatch import KINDS

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

SHEETS_KEPT = timedelta(days=30)
"""Sheets are given back to the site on the day itself; what is on them is in the database."""
SHEET = re.compile(rf"^(?:{'|'.join(KINDS.values())})-(\d{{4}}-\d{{2}}-\d{{2}})-[\w-]+\.pdf$")
RUNS = """
SELECT b.file_name FROM mail_batch b WHERE b.file_name = ANY(:names)
  AND NOT EXISTS (SELECT FROM mail_letter l WHERE l.batch_id = b.id AND l.content <> '{}')
"""


def forget_files(session: Session, out: Path, today: date) -> int:
    """Delete them wherever they lie below ``out``; returns how many. Nothing else there is touched."""
    found = [path for path in out.rglob("*.pdf") if path.is_file()] if out.is_dir() else []
    over = [
        path for path in found if (match := SHEET.match(path.name)) and date.fromisoformat(match.group(1)) < today - SHEETS_KEPT
    ]
    names = set(session.execute(text(RUNS), {"names": [path.name for path in found]}).scalars())
    gone = over + [path for path in found if path.name in names]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)
