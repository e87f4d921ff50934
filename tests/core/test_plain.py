"""Results as plain data, and as a document: the two say the same."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from outreach.core.plain import as_data, as_json


@dataclass
class Inner:
    """A part."""

    day: date
    amount: Decimal | None


@dataclass
class Outer:
    """A whole."""

    name: str
    parts: list[Inner]
    counts: dict[int, tuple[Inner, ...]]
    codes: frozenset[str] = field(default_factory=frozenset)


def test_a_document_says_what_the_plain_data_say() -> None:
    part = Inner(date(2026, 11, 24), Decimal("12.50"))
    whole = {"outer": Outer("Awa « é »", [part], {3: (part,)}, frozenset({"a"})), "none": None}
    assert json.loads(as_json(whole)) == json.loads(json.dumps(as_data(whole)))
    assert json.loads(as_json(whole))["outer"]["counts"] == {"3": [{"day": "2026-11-24", "amount": "12.50"}]}
