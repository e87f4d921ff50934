"""How generated lists are made up: who repeats, who lives together, what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MISSING: Mapping[str, float] = {
    "birth_date": 0.4,
    "mobile": 0.4,
    "fixed": 0.6,
    "email": 0.5,
    "reference": 0.3,
    "flat": 0.4,
}
"""Share of the rows that lack each field; ``flat`` is the door with its floor and building."""


@dataclass(frozen=True)
class ListShape:
    """Shares between 0 and 1, and the number of partners that sent the lists.

    duplicates: rows that repeat a person; flats: households in blocks; same_partner: repeats that stand in the list of
    the same partner; namesakes and twins: neighbours of one household with one first name, or one birth date; abroad:
    first names that are written in several ways in French; transliterated: repeats of those written another way.
    """

    duplicates: float = 0.08
    flats: float = 0.35
    partners: int = 8
    same_partner: float = 0.5
    namesakes: float = 0.008
    twins: float = 0.005
    abroad: float = 0.06
    transliterated: float = 0.25
    missing: Mapping[str, float] = field(default_factory=lambda: dict(MISSING))
