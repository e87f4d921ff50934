"""Files about people are for whoever made them alone."""

from __future__ import annotations

from pathlib import Path


def make_private(path: Path) -> None:
    """Have a file there that its owner alone may read, before anything is written into it; also one that was there already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)
