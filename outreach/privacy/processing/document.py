"""The record of processing activities and the impact sheet on paper, or as data for the officer's own tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from outreach.core import clock
from outreach.core.typesetting import compile_pdf, printable

HERE = Path(__file__).parent


def write_register(told: dict[str, Any], path: Path) -> Path:
    """Write the record of processing activities as ``.pdf`` or ``.json``; returns the path."""
    return _write(told, HERE / "register.typ", path)


def write_impact(told: dict[str, Any], path: Path) -> Path:
    """Write the impact sheet, likewise."""
    return _write(told, HERE / "impact.typ", path)


def _write(told: dict[str, Any], template: Path, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".json":
        path.write_text(json.dumps(told, ensure_ascii=False, indent=2), encoding="utf-8")
        return path
    return compile_pdf(template, printable(told), path, day=clock.today()).path
