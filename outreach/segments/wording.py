"""Facts, values and conditions in plain words, in the language spoken here: for whoever asks why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from outreach.core.i18n import N_, _, language, number
from outreach.core.labels import language_name
from outreach.core.words import Unit
from outreach.definitions.facts import FACTS, Fact, FactType
from outreach.definitions.rules import Comparison
from outreach.policy.dispositions import DISPOSITIONS
from outreach.segments.compiler import span, threshold

ORDERED = {
    "at_least": N_("{value} ou plus"), "above": N_("plus de {value}"), "at_most": N_("{value} ou moins"),
    "below": N_("moins de {value}"), "before": N_("avant le {value}"), "after": N_("après le {value}"), "is": N_("{value}"),
}  # fmt: skip
EPSILON = 1e-9
EURO, CENTS = "€", 2


def points(effect: float) -> str:
    """A difference of two shares, in points of per cent: « 3,7 points »."""
    return _("{number} points").format(number=number(round(100 * effect, 1), language()))


def share(part: float) -> str:
    """A share as people say it: « 30 % », « 2,5 % »."""
    percent = round(100 * part, 1)
    return _("{percent} %").format(percent=number(int(percent) if abs(percent - int(percent)) < EPSILON else percent, language()))


def units_of(unit: str, count: float) -> str:
    """« 3 412 foyers »."""
    template = _("{number} foyers") if unit == Unit.HOUSEHOLD else _("{number} personnes")
    return template.format(number=number(round(count), language()))


def said(value: Any, fact: Fact) -> str:
    """A value of a fact in words."""
    if value is None:
        return _("on ne sait pas")
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, int | float | Decimal):
        amount = float(value)
        plain = int(amount) if abs(amount - int(amount)) < EPSILON else round(amount, 2)
        decimals = CENTS if fact.unit == EURO and plain != int(amount) else None
        return f"{number(plain, language(), decimals)} {_(fact.unit) if fact.unit else ''}".rstrip()
    word = str(value)
    if word in DISPOSITIONS and word in fact.words:
        return DISPOSITIONS[word].label
    named = fact.words.get(word, word)
    return language_name(word) if fact == FACTS["language"] else _(named)


def condition(comparison: Comparison, fact: Fact, today: date) -> str:
    """What a comparison asks for, in words: « moins de 50 € »."""
    operator, value = comparison.operator, comparison.value
    if operator == "known":
        return _("connu") if value else _("inconnu")
    if operator == "in" and isinstance(value, list):
        return _(" ou ").join(said(word, fact) for word in value)
    if fact.type is FactType.DATE:
        days = span(comparison, today)
        if isinstance(days, tuple):
            return _("du {first} au {last}").format(first=said(days[0], fact), last=said(days[1], fact))
        return _(ORDERED[operator]).format(value=said(days, fact))
    wanted = threshold(value, today)
    if isinstance(wanted, list):
        return _("de {first} à {last}").format(first=said(wanted[0], fact), last=said(wanted[1], fact))
    return _(ORDERED[operator]).format(value=said(wanted, fact))
