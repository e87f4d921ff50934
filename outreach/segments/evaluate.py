"""Evaluates a rule in plain Python from stored values: what replays a decision, equal to the SQL of ``compiler``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from outreach.definitions.rules import Comparison, Rule
from outreach.segments.compiler import ORDER, span, threshold

Values = Mapping[str, Any]
"""Facts by name: numbers, words, flags, days, or ``None`` for what is unknown."""


def holds(rule: Rule, values: Values, today: date) -> bool:
    """Whether the rule holds for these values on that day; an unknown value satisfies only ``known: false``."""
    if rule.all is not None:
        return all(holds(part, values, today) for part in rule.all)
    if rule.any is not None:
        return any(holds(part, values, today) for part in rule.any)
    if rule.negated is not None:
        return not holds(rule.negated, values, today)
    return rule.comparison is not None and compare(rule.comparison, values.get(rule.comparison.fact), today)


def compare(comparison: Comparison, value: Any, today: date) -> bool:
    """Whether one comparison holds for a value."""
    if comparison.operator == "known":
        return (value is not None) == comparison.value
    return value is not None and _compared(comparison, value, today)


def _compared(comparison: Comparison, value: Any, today: date) -> bool:
    if isinstance(value, date):
        days = span(comparison, today)
        if isinstance(days, tuple):
            return bool(days[0] <= value <= days[1])
        return bool(ORDER[comparison.operator](value, days))
    wanted = threshold(comparison.value, today)
    if comparison.operator == "in":
        return value in wanted
    if comparison.operator == "between":
        return bool(wanted[0] <= value <= wanted[1])
    return bool(ORDER[comparison.operator](value, wanted))
