"""What partners call their columns: ``data/columns.yaml``, read once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from outreach.definitions.fields import ListField

TABLE = Path(__file__).with_name("data") / "columns.yaml"


@dataclass(frozen=True)
class Synonyms:
    """For each field the words that leave no doubt and those that only hint at it; headers that no list may have."""

    names: dict[ListField, tuple[str, ...]]
    hints: dict[ListField, tuple[str, ...]]
    forbidden: tuple[str, ...]


@lru_cache(maxsize=1)
def synonyms() -> Synonyms:
    """The table."""
    written = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    names, hints = (
        {ListField(name): tuple(map(str, words)) for name, words in written[part].items()} for part in ("names", "hints")
    )
    return Synonyms(names, hints, tuple(map(str, written["forbidden"])))
