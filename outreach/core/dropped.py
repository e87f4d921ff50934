"""The drop folders of all campaigns, and the files in them that wait for somebody's answer: lists of people, not for ever."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from outreach.core import clock
from outreach.core.settings import settings

WAITING = "en-attente"
REASON = ".txt"
"""The ending of what lies beside a file and says why it waits."""
DAY = timedelta(days=1).total_seconds()


@dataclass(frozen=True)
class WaitingFile:
    """A dropped file that a person has to answer for: of which campaign, for how long, and the day on which it is deleted."""

    campaign: str
    path: Path
    seconds: float
    deleted_on: date


def inboxes() -> Path:
    """Where the drop folders of all campaigns are."""
    return settings().home / "inbox"


def waiting_files() -> list[WaitingFile]:
    """Those of this host's drop folders, whoever waits longest first."""
    found = [
        WaitingFile(path.parents[1].name, path, waited, _deleted_on(waited))
        for path in inboxes().glob(f"*/{WAITING}/*")
        if not _is_reason(path) and (waited := _waited(path)) is not None
    ]
    return sorted(found, key=lambda one: (-one.seconds, one.path))


def _deleted_on(waited: float) -> date:
    return clock.today() + timedelta(days=max(0, math.ceil(settings().inbox_keep_days - waited / DAY)))


def _waited(path: Path) -> float | None:
    """Since it was put there, or nothing when somebody took it away in this very moment."""
    try:
        return clock.age_of(path) if path.is_file() else None
    except FileNotFoundError:
        return None


def _is_reason(path: Path) -> bool:
    """A list may be a text too: a reason is what lies beside the file that it is named after."""
    return path.name.endswith(REASON) and path.with_name(path.name.removesuffix(REASON)).exists()
