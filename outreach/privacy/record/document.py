"""The record on paper, in French and in plain words; and the same as data to take along (RGPD, article 20)."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from outreach.core import clock
from outreach.core.typesetting import compile_pdf, printable

TEMPLATE = Path(__file__).with_name("record.typ")


def write_record(told: dict[str, Any], path: Path) -> Path:
    """Write a record as ``.pdf``, or as ``.json``, for whoever writes it alone to read; returns the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.parent) as apart:
        made = Path(apart) / path.name
        if path.suffix == ".json":
            made.write_text(json.dumps(told, ensure_ascii=False, indent=2), encoding="utf-8")
        else:
            compile_pdf(TEMPLATE, printable(told), made, day=clock.today())
        made.chmod(0o600)
        return made.replace(path)
