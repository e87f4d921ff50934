"""ZIP files: how far they may unfold, and the one list in one of them."""

from __future__ import annotations

import os
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from outreach.intake.files.model import Limits
from outreach.intake.files.words import refusal

PIECE = 1 << 20
MOST_MEMBERS = 20_000
SMALL = 20 << 20
"""What unfolds to no more than this is harmless, whatever its ratio."""
IGNORED = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
ENCRYPTED = 1


def guard(path: Path, name: str, limits: Limits) -> None:
    """Refuses an archive that says it unfolds too far, before anything of it is read."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    total = sum(member.file_size for member in members)
    packed = max(1, path.stat().st_size)
    if total > limits.expansion or len(members) > MOST_MEMBERS:
        raise refusal("expansion", name, limit=limits.expansion >> 20)
    # Against the whole file too: members may overlap.
    worst = max((member.file_size / max(1, member.compress_size) for member in members if member.file_size > SMALL), default=0)
    if total > SMALL and (total > packed * limits.ratio or worst > limits.ratio):
        raise refusal("ratio", name, limit=limits.ratio)
    if any(member.flag_bits & ENCRYPTED for member in members):
        raise refusal("encrypted", name)


def unpack(path: Path, name: str, folder: Path, limits: Limits) -> tuple[Path, str]:
    """The one list of the archive, as a file of its own that only its owner reads, and its name inside."""
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if _is_list(member)]
        if not members:
            raise refusal("no_member", name)
        if len(members) > 1:
            names = sorted(member.filename for member in members)
            shown = ", ".join(f"« {item} »" for item in names[:10]) + (" …" if len(names) > 10 else "")  # noqa: PLR2004
            raise refusal("several", name, members=shown)
        member = members[0]
        target = folder / "list"
        try:
            with archive.open(member) as source:
                _copy(source, target, limits, name)  # type: ignore[arg-type]
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
            raise refusal("damaged", name) from error
    return target, PurePosixPath(member.filename.replace("\\", "/")).name


def _copy(source: zipfile.ZipExtFile, target: Path, limits: Limits, name: str) -> None:
    written = 0
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while piece := source.read(PIECE):
            written += len(piece)
            if written > limits.expansion:
                raise refusal("expansion", name, limit=limits.expansion >> 20)
            try:
                file.write(piece)
                file.flush()
            except OSError as error:
                raise refusal("no_room", name) from error


def _is_list(member: zipfile.ZipInfo) -> bool:
    """Neither a folder nor what desktops leave behind."""
    last = PurePosixPath(member.filename).name
    return not member.is_dir() and not member.filename.startswith(IGNORED) and last not in IGNORED and not last.startswith("._")
