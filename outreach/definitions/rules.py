"""The rule language of campaign.yaml: a condition on typed facts, with all / any / not.

``{amount_due: {at_least: 150}}`` · ``{stage: {in: [notice, limited]}}`` · ``{debt_since: {before: today - 60 days}}`` ·
``{last_contact_on: {within: 30 days}}`` · ``{all: [...]}`` · ``{not: {...}}``
Several keys in one mapping must all hold. A missing value satisfies no condition but ``known: false``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, JsonValue

from outreach.core.i18n import _
from outreach.definitions.base import Definition, Place, PlacedError
from outreach.definitions.days import as_written, day_of, is_relative, length_as_written
from outreach.definitions.facts import FACTS, PARTNER, TYPES, Fact, FactType

OPERATORS: dict[FactType, tuple[str, ...]] = {
    FactType.NUMBER: ("at_least", "above", "at_most", "below", "between", "is", "known"),
    FactType.WORD: ("is", "in", "known"),
    FactType.FLAG: ("is", "known"),
    FactType.DATE: ("before", "after", "between", "within", "is", "known"),
}
"""The conditions that each type of fact allows."""
PAIR = 2


class Comparison(Definition):
    """One fact against one value. Days are kept as written: they may move with today."""

    fact: str
    operator: str
    value: JsonValue


class Rule(Definition):
    """A node of a rule: exactly one of its four forms is set."""

    all: list[Rule] | None = None
    any: list[Rule] | None = None
    negated: Rule | None = None
    comparison: Comparison | None = None

    def comparisons(self) -> Iterator[Comparison]:
        """Every comparison of the rule, from first to last."""
        if self.comparison is not None:
            yield self.comparison
        for part in [*(self.all or []), *(self.any or []), *([self.negated] if self.negated else [])]:
            yield from part.comparisons()


@dataclass(frozen=True)
class Placed:
    """A node of a rule with the place where it is written."""

    rule: Rule
    place: Place
    parts: tuple[Placed, ...] = ()

    def everywhere(self) -> Iterator[Placed]:
        """The node and all below it."""
        yield self
        for part in self.parts:
            yield from part.everywhere()


def parse_rule(written: Any) -> Any:
    """Turn the mapping written in YAML into the form of ``Rule``; raises ``PlacedError`` with every mistake and its mend."""
    if isinstance(written, Rule):
        return written
    return written if _is_frozen(written) else place_rule(written).rule


def place_rule(written: Any) -> Placed:
    """The rule with the place of each of its nodes; raises ``PlacedError``."""
    found: list[tuple[Place, str]] = []
    placed = _node(written, (), found)
    if found:
        raise PlacedError(found)
    return placed


def fault_of(comparison: Comparison, fact: Fact) -> str | None:
    """What is wrong with a comparison of this fact, with the mend; ``None`` when nothing is."""
    allowed = OPERATORS[fact.type]
    if comparison.operator not in allowed:
        near = get_close_matches(comparison.operator, allowed, n=1)
        if near:
            message = _("« {operator} » ne s'applique pas à {fact} ; vouliez-vous « {near} » ? possibles : {allowed}")
            return message.format(operator=comparison.operator, fact=comparison.fact, near=near[0], allowed=", ".join(allowed))
        message = _("« {operator} » ne s'applique pas à {fact} ; possibles : {allowed}")
        return message.format(operator=comparison.operator, fact=comparison.fact, allowed=", ".join(allowed))
    if not _has_type(comparison, fact):
        message = _("la valeur {value} ne convient pas à {fact} ({kind})")
        return message.format(value=comparison.value, fact=comparison.fact, kind=_(TYPES[fact.type]))
    if comparison.operator == "between" and _is_reversed(comparison):
        return _("intervalle vide : la première borne est au-dessus de la seconde ; échangez-les")
    return _unknown_word(comparison, fact)


def _is_frozen(written: Any) -> bool:
    """A definition that was frozen at launch reads back in the form of the model."""
    return isinstance(written, dict) and set(written) == set(Rule.model_fields)


def _node(written: Any, place: Place, found: list[tuple[Place, str]]) -> Placed:
    if _is_frozen(written):
        return Placed(Rule.model_validate(written), place)
    if not isinstance(written, dict) or not written:
        found.append((place, _("une règle est une correspondance non vide, par exemple {amount_due: {at_least: 150}}")))
        return Placed(Rule(), place)
    parts = [_entry(str(key), value, (*place, key), found) for key, value in written.items() if value is not None]
    return _joined(parts, place)


def _joined(parts: list[Placed], place: Place) -> Placed:
    if len(parts) == 1:
        return parts[0]
    return Placed(Rule(all=[part.rule for part in parts]), place, tuple(parts))


def _entry(key: str, value: Any, place: Place, found: list[tuple[Place, str]]) -> Placed:
    if key in {"all", "any"}:
        if not isinstance(value, list) or not value:
            found.append((place, _("« {key} » attend une liste de règles").format(key=key)))
            return Placed(Rule(), place)
        parts = tuple(_node(part, (*place, index), found) for index, part in enumerate(value))
        rules = [part.rule for part in parts]
        return Placed(Rule(all=rules) if key == "all" else Rule(any=rules), place, parts)
    if key == "not":
        part = _node(value, place, found)
        return Placed(Rule(negated=part.rule), place, (part,))
    if not isinstance(value, dict):
        return _comparison(key, "is", value, place, found)
    if not value:
        found.append((place, _("{key} : aucune condition").format(key=key)))
        return Placed(Rule(), place)
    return _joined([_comparison(key, str(name), wanted, (*place, name), found) for name, wanted in value.items()], place)


def _comparison(fact: str, operator: str, value: Any, place: Place, found: list[tuple[Place, str]]) -> Placed:
    known = FACTS.get(fact)
    try:
        value = _in_one_form(known, operator, value)
        comparison = Comparison(fact=fact, operator=operator, value=value)
    except ValueError as error:
        found.append((place, str(error)))
        return Placed(Rule(), place)
    fault = unknown_fact(fact, FACTS) if known is None else fault_of(comparison, known)
    if fault and not (known is None and fact.startswith(PARTNER)):
        found.append((place, fault))
    return Placed(Rule(comparison=comparison), place)


def unknown_fact(fact: str, known: dict[str, Fact]) -> str:
    """That nobody knows this fact, and which one may be meant."""
    near = get_close_matches(fact, known, n=1)
    if near:
        return _("fait inconnu « {fact} » ; vouliez-vous « {near} » ?").format(fact=fact, near=near[0])
    return _("fait inconnu « {fact} » ; faits connus : {known}").format(fact=fact, known=", ".join(known))


def _in_one_form(fact: Fact | None, operator: str, value: Any) -> Any:
    """Days and lengths of time as text in one form, so that a frozen definition reads back the same."""
    dated = fact.type is FactType.DATE if fact else operator in {"before", "after", "within"} or _holds_days(value)
    if not dated or operator == "known":
        return value
    if operator == "within":
        return length_as_written(value)
    if operator == "between":
        return [as_written(part) for part in value] if isinstance(value, list) else value
    return as_written(value)


def _holds_days(value: Any) -> bool:
    """A day, or words that speak of today: nobody knows the type of a partner's own field here."""
    parts = value if isinstance(value, list) else [value]
    return any(hasattr(part, "isoformat") or (isinstance(part, str) and part.startswith("today")) for part in parts)


def _has_type(comparison: Comparison, fact: Fact) -> bool:
    value, operator = comparison.value, comparison.operator
    if operator == "known" or fact.type is FactType.FLAG:
        return isinstance(value, bool)
    if operator == "in":
        return isinstance(value, list) and bool(value) and all(isinstance(word, str) for word in value)
    if operator == "between":
        return isinstance(value, list) and len(value) == PAIR and all(_fits(part, fact.type) for part in value)
    return _fits(value, fact.type)


def _fits(value: Any, kind: FactType) -> bool:
    if kind is FactType.WORD:
        return isinstance(value, str)
    if kind is FactType.DATE:
        return isinstance(value, str) and _is_day(value)
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12  # noqa: PLR2004


def _is_day(value: str) -> bool:
    try:
        as_written(value)
    except ValueError:
        return value.endswith(" days")
    return True


def _is_reversed(comparison: Comparison) -> bool:
    low, high = comparison.value if isinstance(comparison.value, list) else (None, None)
    if isinstance(low, str) and isinstance(high, str):
        # One that moves with today and one that does not: the whole rule is looked at on every day of the campaign.
        from datetime import date

        some = date(2000, 3, 1)
        return is_relative(low) == is_relative(high) and day_of(low, some) > day_of(high, some)
    return low > high  # type: ignore[operator]


def _unknown_word(comparison: Comparison, fact: Fact) -> str | None:
    if fact.type is not FactType.WORD or comparison.operator == "known":
        return None
    wanted = comparison.value if isinstance(comparison.value, list) else [comparison.value]
    for word in map(str, wanted):
        if fact.words and word not in fact.words:
            near = get_close_matches(word, fact.words, n=1)
            if near:
                message = _("valeur inconnue « {word} » de {fact} ; vouliez-vous « {near} » ?")
                return message.format(word=word, fact=comparison.fact, near=near[0])
            message = _("valeur inconnue « {word} » de {fact} ; valeurs : {known}")
            return message.format(word=word, fact=comparison.fact, known=", ".join(fact.words))
        if fact.pattern and not re.fullmatch(fact.pattern, word):
            message = _("la valeur {value} ne convient pas à {fact} ({kind})")
            return message.format(value=word, fact=comparison.fact, kind=_(fact.label))
    return None


WrittenRule = Annotated[Rule, BeforeValidator(parse_rule), Field(json_schema_extra={"type": "object"})]
"""A rule as written in a definition file."""
