"""What people fill in for a condition, as campaign.yaml writes it.

What makes no sense stays as given, for the loader to say so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from outreach.core.i18n import _
from outreach.core.labels import language_name
from outreach.definitions.facts import FACTS, Fact, FactType
from outreach.definitions.rules import OPERATORS
from outreach.definitions.written import Written, comparison_as_written
from outreach.policy.dispositions import DISPOSITIONS

YES = {"oui", "yes", "true", "vrai", ""}
LANGUAGES = ("fr", "ar", "tr", "pt", "en", "es", "it", "ro", "ru", "uk", "zh")
"""Languages that may be given by their names; any other by its code."""


def value_of(operator: str, fact: Fact, given: str, second: str | None = None) -> Any:
    """The value of a condition. ``second``: the upper end of an interval."""
    given = given.strip()
    if operator == "known" or fact.type is FactType.FLAG:
        return given.lower() in YES
    if operator == "in":
        return [coded(word.strip(), fact) for word in given.split(",") if word.strip()]
    if operator == "within":
        return f"{given} days"
    if operator == "between":
        return [_one(given, fact), _one((second or "").strip(), fact)]
    return _one(given, fact)


def _one(given: str, fact: Fact) -> Any:
    if fact.type is FactType.NUMBER:
        return typed(given)
    if fact.type is FactType.DATE:
        return f"today - {given} days" if given.isdigit() else given
    return coded(given, fact)


def typed(given: str) -> Any:
    """A number as people write it; anything else as it is."""
    plain = given.strip().replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace(",", ".")
    try:
        number = float(plain)
    except ValueError:
        return given
    if not math.isfinite(number):
        return given
    return int(number) if number == int(number) else number


def coded(word: str, fact: Fact) -> str:
    """A word of a vocabulary by its code, also when it was given as people call it."""
    named = {words.lower(): code for code, words in choices_of(fact)}
    if fact is FACTS["language"]:
        named = {language_name(code).lower(): code for code in LANGUAGES}
    return named.get(word.lower(), word)


def choices_of(fact: Fact) -> list[tuple[str, str]]:
    """The values of a closed vocabulary, each with what it is called."""
    return [(code, DISPOSITIONS[code].label if code in DISPOSITIONS else _(word)) for code, word in fact.words.items() if word]


def fitting(operator: str, fact: Fact) -> str:
    """The condition itself where the fact allows it, else the one that is asked most."""
    usual = {FactType.FLAG: "is"}.get(fact.type, OPERATORS[fact.type][0])
    return operator if operator in OPERATORS[fact.type] else usual


def first_rule(fact_name: str, operator: str, given: str, facts: Mapping[str, Fact]) -> Written:
    """A rule of one condition, its two ends in one field; what does not fit is left for the loader to say."""
    fact = facts.get(fact_name)
    if fact is None:
        return {fact_name: {operator: given}}
    first, _sign, second = given.partition(";")
    return comparison_as_written(fact_name, fitting(operator, fact), value_of(fitting(operator, fact), fact, first, second))
