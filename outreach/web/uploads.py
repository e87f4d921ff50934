"""Files that somebody handed over on a page, each in a folder of its own until it is read.

What nobody reads is gone after a day.
"""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from outreach.core import clock
from outreach.core.settings import settings

KEPT = timedelta(days=1)
"""How long a question about a file may wait for its answer: the file holds people's data, and is nobody's business after that."""


def new_folder() -> Path:
    """A folder that only this program may read. When it was made is in its name: the disk's time is not always the program's."""
    folder = _home() / f"{int(clock.now().timestamp())}-{uuid4().hex}"
    folder.mkdir(parents=True, mode=0o700)
    return folder


def forget() -> int:
    """Remove the folders that are older than a day, and those that do not say; returns how many."""
    first_kept = (clock.now() - KEPT).timestamp()
    old = [folder for folder in _home().glob("*") if _made(folder) < first_kept]
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)
    return len(old)


def _home() -> Path:
    return settings().home / "uploads"


def _made(folder: Path) -> int:
    made = folder.name.partition("-")[0]
    return int(made) if made.isdecimal() else 0
