"""An installation of a benchmark's own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def own_home() -> Iterator[Path]:
    """An empty folder in which the engine lives while the block lasts; nothing of it is left."""
    home = Path(tempfile.mkdtemp(prefix="outreach-bench-"))
    home.chmod(0o711)
    os.environ["OUTREACH_HOME"] = str(home)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)
