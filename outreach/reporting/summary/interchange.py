"""The summary as JSON for the partner's own systems: what is read, and the definition of every count.

Schema: docs/summary.schema.json.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def write_json(content: dict[str, Any], path: Path, *, version: int) -> Path:
    """Write a stored content; the same content gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    read = {name: part for name, part in content.items() if name != "ledger"} | {"version": version}
    path.write_text(json.dumps(read, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return path
