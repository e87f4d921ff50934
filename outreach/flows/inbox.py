"""The drop folder of a campaign: files are taken once they are whole, and what became of each is left beside.

``<home>/inbox/<campaign>/`` is what a partner sees over SFTP. Files that were handled move into folders of it: ``recus``
(taken in), ``a-corriger`` (their bad rows, to be sent back), ``en-attente`` (a person has to answer), ``refuses``.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from outreach.core import audit, clock
from outreach.core.dropped import REASON, WAITING, inboxes, waiting_files
from outreach.core.errors import ListRefusedError, OutreachError, PolicyError
from outreach.core.settings import settings
from outreach.core.words import RowState, Through
from outreach.flows import lists
from outreach.intake import MappingNeededError, Request

if TYPE_CHECKING:
    from outreach.core.database import Database
    from outreach.definitions.registry import Loaded

TAKEN, TO_CORRECT, REFUSED = "recus", "a-corriger", "refuses"
UNFINISHED = (".part", ".partial", ".tmp", ".filepart", ".crdownload", ".swp", ".writing")
"""Endings that programs give to a file that is still being written."""


def inbox_of(campaign: str) -> Path:
    """The drop folder of a campaign."""
    return inboxes() / campaign


def whole_files(folder: Path) -> list[Path]:
    """The files that nobody has written to for a while, by name; empty and hidden ones are left alone."""
    if not folder.is_dir():
        return []
    quiet = settings().inbox_quiet_seconds
    return [
        path
        for path in lists.lists_in(folder)
        if not path.name.startswith((".", "~"))
        and not path.name.lower().endswith(UNFINISHED)
        and not any((folder / f"{path.name}{ending}").exists() for ending in UNFINISHED)
        and path.stat().st_size > 0
        and clock.age_of(path) >= quiet
    ]


def take_in(database: Database, loaded: Loaded, path: Path, *, actor: str) -> dict[str, int]:
    """Take one dropped file in and move it to where it belongs.

    Returns its counts by row state, or one ``waiting`` or ``refused``. Its move comes after the transaction: a crash between the
    two leaves a file that is known, and moved the next time.
    """
    folder = path.parent
    try:
        result = lists.import_file(database, loaded, path, actor=actor, request=Request(through=Through.INBOX))
    except (MappingNeededError, PolicyError) as error:
        _move(path, folder / WAITING, error)
        return {"waiting": 1}
    except ListRefusedError as error:
        _move(path, folder / REFUSED, error)
        return {"refused": 1}
    if result.counts.get(RowState.REJECTED) and not result.known:
        lists.bad_rows(database, result.list_id, _free(folder / TO_CORRECT, f"{path.stem}-a-corriger{_like(path)}"))
    _move(path, folder / TAKEN)
    return {} if result.known else {str(state): count for state, count in result.counts.items()}


def take_all(database: Database, loaded: Loaded, campaign: str, *, actor: str) -> dict[str, int]:
    """Take in whatever lies whole in a campaign's inbox; returns the counts of all files together (a file's name is not ours)."""
    counts: Counter[str] = Counter()
    for path in whole_files(inbox_of(campaign)):
        counts.update(take_in(database, loaded, path, actor=actor))
    return dict(counts)


def purge(database: Database, *, actor: str) -> int:
    """Delete the files that are older than the settings keep them, of whatever campaign; returns how many.

    Of those that nobody ever answered for, which never became a list of ours, the audit trail says that they are gone.
    """
    given_up = _count_given_up()
    old = [path for name in (TAKEN, TO_CORRECT, REFUSED, WAITING) for path in inboxes().glob(f"*/{name}/*") if _is_over(path)]
    with database.session() as session:
        for path in old:
            path.unlink()
        for campaign, count in sorted(given_up.items()):
            audit.record(session, actor, "inbox.forget", f"inbox/{campaign}", {"files": count})
    return len(old)


def _count_given_up() -> Counter[str]:
    """By campaign the files that have waited for an answer for too long."""
    return Counter(one.campaign for one in waiting_files() if _is_over(one.path))


def _is_over(path: Path) -> bool:
    return path.is_file() and clock.age_of(path) > settings().inbox_keep_days * 86_400


def _move(path: Path, folder: Path, error: OutreachError | None = None) -> None:
    """Its time begins now, also for a file that came with an old day of its own."""
    target = _free(folder, path.name)
    shutil.move(path, target)
    os.utime(target)
    if error is not None:
        target.with_name(f"{target.name}{REASON}").write_text(f"{error}\n", encoding="utf-8")


def _free(folder: Path, name: str) -> Path:
    """A name not yet taken in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    stem, dot, ending = name.rpartition(".")
    target, number = folder / name, 1
    while target.exists():
        number += 1
        target = folder / (f"{stem}-{number}{dot}{ending}" if stem else f"{name}-{number}")
    return target


def _like(path: Path) -> str:
    return ".csv" if path.suffix.lower() in {".csv", ".tsv", ".txt"} else ".xlsx"
