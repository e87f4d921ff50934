"""The values that a condition leaves to one fact, as a set: what contradictions between conditions are found with.

Numbers and days become whole numbers (euros in cents, days by their count), so that a set is a few closed spans.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from outreach.definitions.days import day_of, days_in
from outreach.definitions.facts import Fact, FactType
from outreach.definitions.rules import Comparison

FAR = 10**16
"""Further than any value."""
CENTS = 100
Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Extent:
    """Values of one fact: ``spans`` of numbers, or ``words`` (all *but* these when ``but``); and whether it may be unknown."""

    unknown: bool
    spans: Spans | None = None
    words: frozenset[str] = frozenset()
    but: bool = False

    @property
    def empty(self) -> bool:
        """Whether no value is left, not even none."""
        nothing = not self.spans if self.spans is not None else not self.words and not self.but
        return nothing and not self.unknown


def everything(fact: Fact) -> Extent:
    """All that the fact can be."""
    if fact.type in {FactType.NUMBER, FactType.DATE}:
        size = 1 if fact.whole or fact.type is FactType.DATE else CENTS
        least = FAR if fact.least is None else -fact.least * size
        most = FAR if fact.most is None else fact.most * size
        return Extent(not fact.sure, ((-least, most),))
    closed = frozenset(fact.words) or (frozenset({"true", "false"}) if fact.type is FactType.FLAG else frozenset())
    return Extent(not fact.sure, words=closed, but=not closed)


def extent_of(comparison: Comparison, fact: Fact, today: date) -> Extent:
    """The values for which a comparison holds on that day."""
    whole = everything(fact)
    if comparison.operator == "known":
        unknown = Extent(True, () if whole.spans is not None else None)
        return both(whole, complement(unknown, fact) if comparison.value else unknown)
    if whole.spans is not None:
        return both(whole, Extent(False, ((_bounds(comparison, fact, today)),)))
    wanted: Any = comparison.value if isinstance(comparison.value, list) else [comparison.value]
    return both(whole, Extent(False, words=frozenset(str(word).lower() if isinstance(word, bool) else word for word in wanted)))


def complement(extent: Extent, fact: Fact) -> Extent:
    """All that the fact can be, but these."""
    whole = everything(fact)
    if extent.spans is None:
        return both(whole, Extent(not extent.unknown, words=extent.words, but=not extent.but))
    spans, low = [], -FAR
    for start, end in sorted(extent.spans):
        spans.append((low, start - 1))
        low = end + 1
    spans.append((low, FAR))
    return both(whole, Extent(not extent.unknown, tuple(spans)))


def both(one: Extent, other: Extent) -> Extent:
    """The values that are in both."""
    unknown = one.unknown and other.unknown
    if one.spans is not None and other.spans is not None:
        spans = ((max(a, c), min(b, d)) for a, b in one.spans for c, d in other.spans)
        return Extent(unknown, tuple(sorted((low, high) for low, high in spans if low <= high)))
    if one.but and other.but:
        return Extent(unknown, words=one.words | other.words, but=True)
    if one.but or other.but:
        out, kept = (one, other) if one.but else (other, one)
        return Extent(unknown, words=kept.words - out.words)
    return Extent(unknown, words=one.words & other.words)


def _bounds(comparison: Comparison, fact: Fact, today: date) -> tuple[int, int]:
    operator, value = comparison.operator, comparison.value
    if fact.type is FactType.DATE:
        return _days(operator, value, today)
    size = 1 if fact.whole else CENTS
    low, high = value if isinstance(value, list) else (value, value)
    floor = int((Decimal(str(high)) * size).to_integral_value(ROUND_FLOOR))
    ceiling = int((Decimal(str(low)) * size).to_integral_value(ROUND_CEILING))
    return {
        "at_least": (ceiling, FAR), "above": (floor + 1, FAR), "at_most": (-FAR, floor), "below": (-FAR, ceiling - 1),
    }.get(operator, (ceiling, floor))  # fmt: skip


def _days(operator: str, value: Any, today: date) -> tuple[int, int]:
    if operator == "within":
        return today.toordinal() - days_in(value), today.toordinal()
    low, high = (day_of(part, today).toordinal() for part in (value if isinstance(value, list) else (value, value)))
    return {"before": (-FAR, high - 1), "after": (low + 1, FAR)}.get(operator, (low, high))
