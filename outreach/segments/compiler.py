"""Compiles the rules of campaign.yaml to SQL expressions with bound values; nothing is pasted into SQL."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, column, func, literal, not_, or_

from outreach.definitions.days import day_of, days_in
from outreach.definitions.facts import FACTS, Fact, FactType
from outreach.definitions.rules import Comparison, Rule

ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "at_least": operator.ge,
    "above": operator.gt,
    "at_most": operator.le,
    "below": operator.lt,
    "before": operator.lt,
    "after": operator.gt,
    "is": operator.eq,
}


def compile_rule(rule: Rule, today: date, facts: Mapping[str, Fact] = FACTS) -> ColumnElement[bool]:
    """The rule as a boolean that is never NULL: what is unknown satisfies no condition. Facts are columns of their names."""
    if rule.all is not None:
        return and_(*(compile_rule(part, today, facts) for part in rule.all))
    if rule.any is not None:
        return or_(*(compile_rule(part, today, facts) for part in rule.any))
    if rule.negated is not None:
        return not_(compile_rule(rule.negated, today, facts))
    if rule.comparison is None:
        message = "an empty rule"
        raise ValueError(message)
    return _compare(rule.comparison, today, facts)


def facts_of(rule: Rule) -> set[str]:
    """The facts that a rule looks at."""
    return {comparison.fact for comparison in rule.comparisons()}


def threshold(value: Any, today: date) -> Any:
    """A value of a rule as it is compared: days as days, numbers without binary fractions."""
    if isinstance(value, list):
        return [threshold(part, today) for part in value]
    if isinstance(value, float):
        return Decimal(str(value))
    return value


def span(comparison: Comparison, today: date) -> tuple[date, date] | date:
    """The day, or the first and last day, that a condition on a date means today."""
    value: Any = comparison.value
    if comparison.operator == "within":
        return today - timedelta(days=days_in(value)), today
    if isinstance(value, list):
        return day_of(value[0], today), day_of(value[1], today)
    return day_of(value, today)


def _compare(comparison: Comparison, today: date, facts: Mapping[str, Fact]) -> ColumnElement[bool]:
    fact: ColumnElement[Any] = column(comparison.fact)
    if comparison.operator == "known":
        return fact.is_not(None) if comparison.value else fact.is_(None)
    dated = facts[comparison.fact].type is FactType.DATE
    return func.coalesce(_condition(fact, comparison, today, dated=dated), False)


def _condition(fact: ColumnElement[Any], comparison: Comparison, today: date, *, dated: bool) -> ColumnElement[bool]:
    if dated:
        days = span(comparison, today)
        if isinstance(days, tuple):
            return and_(fact >= literal(days[0], Date), fact <= literal(days[1], Date))
        return ORDER[comparison.operator](fact, literal(days, Date))  # type: ignore[no-any-return]
    value = threshold(comparison.value, today)
    if comparison.operator == "in":
        return fact.in_(value)
    if comparison.operator == "between":
        return and_(fact >= literal(value[0]), fact <= literal(value[1]))
    return ORDER[comparison.operator](fact, literal(value))  # type: ignore[no-any-return]
