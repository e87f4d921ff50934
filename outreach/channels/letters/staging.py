"""Files of print runs between their making and their place: whatever happens, a run is there once or not at all.

A run is written under the hash of its bytes in a hidden folder, then sealed in the database, then put in its place. A
process that ends in between leaves its file there: of a sealed run it is put in its place by the next one; of a run that was
never sealed it is removed. The file of a run that somebody is working on is locked, and left alone.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Self
from uuid import uuid4

from sqlalchemy import select

from outreach.core import clock
from outreach.models import MailBatch

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

HIDDEN = ".scelle"
PATIENCE = 300.0
"""Seconds after which an unlocked file without a run is nobody's: its sealing could still have been under way."""


class Staged:
    """A file that was made and is not in its place yet. Locked by this process until it is, or given up."""

    def __init__(self, path: Path, handle: BinaryIO) -> None:
        self.path = path
        self._handle = handle

    @classmethod
    def made(cls, path: Path, sha256: str) -> Self:
        """A file that this process just made, from now on under its hash."""
        handle = path.open("rb")
        fcntl.flock(handle, fcntl.LOCK_EX)
        os.fsync(handle.fileno())
        return cls(path.replace(path.with_name(f"{sha256}.pdf")), handle)

    @classmethod
    def left(cls, path: Path) -> Self | None:
        """A file that another process left behind; None while somebody still works on it, or put it in its place."""
        try:
            handle = path.open("rb")
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            return None
        return cls(path, handle)

    def publish(self, place: Path, manifest: dict[str, Any]) -> None:
        """Put the file of a sealed run in its place, its manifest before it; doing so twice changes nothing."""
        write_manifest(place.with_suffix(".json"), manifest)
        with suppress(FileNotFoundError):  # another process was there first
            self.path.replace(place)
        self.release()

    def release(self) -> None:
        """Let go of the file."""
        self._handle.close()


def new_name(out: Path) -> Path:
    """Where a new run of an output folder is made."""
    folder = out / HIDDEN
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{uuid4()}.pdf"


def write_manifest(place: Path, manifest: dict[str, Any]) -> None:
    """The manifest beside its run, in whole or not at all."""
    unfinished = place.with_name(f".{place.name}.{uuid4()}")
    unfinished.write_text(json.dumps(manifest, ensure_ascii=False, indent=2), encoding="utf-8")
    unfinished.replace(place)


def recover(session: Session, out: Path) -> list[Path]:
    """Finish what earlier processes left in an output folder; returns the runs that were put in their place."""
    found = []
    for path in sorted((out / HIDDEN).glob("*")):
        staged = Staged.left(path)
        if staged is None:
            continue
        # Looked up after the lock: whoever held it has ended, and with it its transaction.
        batch = session.scalar(select(MailBatch).where(MailBatch.sha256 == path.stem)) if path.exists() else None
        if batch is not None:
            staged.publish(out / batch.file_name, batch.manifest)
            found.append(out / batch.file_name)
        elif path.exists() and clock.age_of(path) > PATIENCE:
            path.unlink(missing_ok=True)
        staged.release()
    return found
