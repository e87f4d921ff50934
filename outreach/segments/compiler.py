"""Compiles the rules of campaign.yaml to SQL expressions with bound values; nothing is pasted into SQL."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, and_, column, func, literal, not_, or_, table

from outreach.definitions.fields import FACTS
from outreach.definitions.rules import Comparison, Rule

UNIT_FACT = table(
    "unit_fact",
    *(column(name) for name in ("unit_id", "person_id", "household_id", "approx_lon", "approx_lat", "postal_code", *FACTS)),
)
ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "at_least": operator.ge,
    "above": operator.gt,
    "at_most": operator.le,
    "below": operator.lt,
}


def compile_rule(rule: Rule) -> ColumnElement[bool]:
    """The rule as a boolean that is never NULL: what is unknown satisfies no condition."""
    if rule.all is not None:
        return and_(*(compile_rule(part) for part in rule.all))
    if rule.any is not None:
        return or_(*(compile_rule(part) for part in rule.any))
    if rule.negated is not None:
        return not_(compile_rule(rule.negated))
    if rule.comparison is None:
        message = "an empty rule"
        raise ValueError(message)
    return _compare(rule.comparison)


def facts_of(rule: Rule) -> set[str]:
    """The facts that a rule looks at."""
    if rule.comparison is not None:
        return {rule.comparison.fact}
    parts = [*(rule.all or []), *(rule.any or []), *([rule.negated] if rule.negated else [])]
    return set().union(*(facts_of(part) for part in parts)) if parts else set()


def _compare(comparison: Comparison) -> ColumnElement[bool]:
    fact: ColumnElement[Any] = UNIT_FACT.c[comparison.fact]
    if comparison.operator == "known":
        return fact.is_not(None) if comparison.value else fact.is_(None)
    if comparison.operator == "in":
        values: Any = comparison.value
        condition: ColumnElement[bool] = fact.in_(values)
    elif comparison.operator == "is":
        condition = fact == comparison.value
    else:
        condition = ORDER[comparison.operator](fact, literal(comparison.value))
    return func.coalesce(condition, False)
