"""What partners call their columns: ``data/columns.yaml``, read once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from outreach.core.words import TO_LEAVE_ALONE, LeaveReason
from outreach.definitions.fields import ListField
from outreach.intake.text import fold

TABLE = Path(__file__).with_name("data") / "columns.yaml"


@dataclass(frozen=True)
class Synonyms:
    """For each field the words that leave no doubt and those that only hint at it; headers that no list may have.

    ``movements``: what a folded word of a movement column means, a reason to leave, or ``None`` for who stays.
    """

    names: dict[ListField, tuple[str, ...]]
    hints: dict[ListField, tuple[str, ...]]
    forbidden: tuple[str, ...]
    movements: dict[str, LeaveReason | None]

    @property
    def against(self) -> dict[str, LeaveReason]:
        """The words that speak against writing to somebody wherever a partner puts them, as a movement or as a stage."""
        return {word: why for word, why in self.movements.items() if why in TO_LEAVE_ALONE}


@lru_cache(maxsize=1)
def synonyms() -> Synonyms:
    """The table."""
    written = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    names, hints = (
        {ListField(name): tuple(map(str, words)) for name, words in written[part].items()} for part in ("names", "hints")
    )
    movements = {
        fold(str(word)): LeaveReason(meaning) if meaning in set(LeaveReason) else None
        for meaning, words in written["movements"].items()
        for word in words
    }
    return Synonyms(names, hints, tuple(map(str, written["forbidden"])), movements)
