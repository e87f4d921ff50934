"""The rules of a campaign as a form that people can read: labels, order, priorities, and the values of conditions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from outreach.core.i18n import N_, _
from outreach.definitions.campaign import Campaign, Exclusion, Segment
from outreach.definitions.facts import PARTNER, Fact, FactType
from outreach.definitions.rules import Comparison, Rule
from outreach.definitions.written import Written, rule_as_written
from outreach.web.manager.wizard.rule_values import choices_of, typed, value_of

PARTS = ("exclusions", "segments")
OPERATOR_WORDS = {
    "at_least": N_("au moins"), "above": N_("plus de"), "at_most": N_("au plus"), "below": N_("moins de"), "between": N_("entre"),
    "is": N_("est"), "in": N_("est l'un de"), "before": N_("avant"), "after": N_("après"), "within": N_("dans les derniers"),
    "known": N_("est connu"),
}  # fmt: skip
AGO = re.compile(r"today - (\d+) days")
BOOLEANS = (("true", N_("oui")), ("false", N_("non")))


@dataclass(frozen=True)
class Condition:
    """One condition as fields.

    What is asked, how, and with which ``kind`` of field (``number``, ``text``, ``ago``, ``choice``).
    """

    name: str
    label: str
    operator: str
    kind: str
    value: str
    second: str | None
    unit: str
    choices: list[tuple[str, str]]
    many: bool = False
    """Whether several of the choices may be taken."""


@dataclass(frozen=True)
class Ruled:
    """A segment or an exclusion: where it stands, what it is called, its rule in words, its conditions as fields."""

    part: str
    at: int
    code: str
    label: str
    priority: int | None
    words: str
    conditions: list[Condition]

    @property
    def name(self) -> str:
        """What the names of its fields begin with."""
        return f"{self.part}.{self.at}"


def ruled(campaign: Campaign, facts: Mapping[str, Fact]) -> dict[str, list[Ruled]]:
    """Both kinds of rules, in their order."""
    return {part: [_ruled(part, at, one, facts) for at, one in enumerate(getattr(campaign, part))] for part in PARTS}


def _ruled(part: str, at: int, one: Segment | Exclusion, facts: Mapping[str, Fact]) -> Ruled:
    conditions = [
        condition(f"{part}.{at}.value.{place}", comparison, facts[comparison.fact])
        for place, comparison in enumerate(one.when.comparisons())
        if comparison.fact in facts
    ]
    priority = one.priority if isinstance(one, Segment) else None
    return Ruled(part, at, one.code, _(one.label), priority, sentence(one.when, facts), conditions)


def sentence(rule: Rule, facts: Mapping[str, Fact]) -> str:
    """A rule in words."""
    if rule.comparison is not None:
        return _said(rule.comparison, facts)
    if rule.negated is not None:
        return _("sauf : {rule}").format(rule=sentence(rule.negated, facts))
    parts = [sentence(part, facts) for part in rule.all or rule.any or []]
    inner = [
        f"({words})" if (part.all or part.any) and len(parts) > 1 else words
        for part, words in zip(rule.all or rule.any or [], parts, strict=True)
    ]
    return (_(" et ") if rule.all is not None else _(" ou ")).join(inner)


def _said(one: Comparison, facts: Mapping[str, Fact]) -> str:
    fact = facts.get(one.fact)
    if fact is None:
        return f"{one.fact} {one.operator} {one.value}"
    if fact.type is FactType.FLAG and isinstance(one.value, bool) and one.operator == "is":
        return _(fact.label) if one.value else _("non : {fact}").format(fact=_(fact.label))
    fields = condition("", one, fact)
    value = " – ".join(part for part in (fields.value, fields.second) if part)
    if fields.choices:
        names = dict(fields.choices)
        value = _(" ou ").join(names.get(part, part) for part in fields.value.split(", "))
    return f"{_(fact.label)} {fields.operator} {value} {fields.unit}".strip()


def condition(name: str, one: Comparison, fact: Fact) -> Condition:
    """A comparison as fields."""
    value, unit = one.value, _(fact.unit) if fact.unit else ""
    operator = _(OPERATOR_WORDS[one.operator])
    if isinstance(value, bool):
        return Condition(
            name, _(fact.label), operator, "choice", str(value).lower(), None, "", [(code, _(word)) for code, word in BOOLEANS]
        )
    if fact.type is FactType.DATE:
        return _dated(name, one, fact, operator)
    if one.operator == "between" and isinstance(value, list):
        return Condition(name, _(fact.label), operator, "number", _number(value[0]), _number(value[1]), unit, [])
    if fact.type is FactType.NUMBER:
        return Condition(name, _(fact.label), operator, "number", _number(value), None, unit, [])
    words = [str(word) for word in value] if isinstance(value, list) else [str(value)]
    return Condition(
        name,
        _(fact.label),
        operator,
        "text",
        ", ".join(words),
        None,
        unit,
        choices_of(fact),
        many=isinstance(value, list),
    )


def _dated(name: str, one: Comparison, fact: Fact, operator: str) -> Condition:
    written = one.value if isinstance(one.value, list) else [one.value]
    if one.operator == "within":
        return Condition(name, _(fact.label), operator, "number", str(written[0]).split()[0], None, _("jours"), [])
    ago = AGO.fullmatch(str(written[0]))
    if ago and len(written) == 1:
        return Condition(name, _(fact.label), operator, "ago", ago[1], None, _("jours avant aujourd'hui"), [])
    second = str(written[1]) if len(written) > 1 else None
    return Condition(name, _(fact.label), operator, "text", str(written[0]), second, "", [])


def _number(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def changed(written: Written, campaign: Campaign, facts: Mapping[str, Fact], form: Mapping[str, str]) -> None:
    """Put what a form says into a definition as written: values, labels, priorities, then the order."""
    for part in PARTS:
        known = getattr(campaign, part)
        placed: list[tuple[float, int, Any]] = []
        for at, (data, one) in enumerate(zip(written["campaign"].get(part, []), known, strict=True)):
            name = f"{part}.{at}"
            # What nobody touched stays to the letter: names are shown in the reader's language, numbers in one form.
            label = form.get(f"{name}.label", data["label"])
            data["label"] = data["label"] if label == _(data["label"]) else label
            if isinstance(one, Segment):
                data["priority"] = typed(form.get(f"{name}.priority", str(one.priority)))
            values = {
                place: value_of(comparison.operator, facts[comparison.fact], given, second)
                for place, comparison in enumerate(one.when.comparisons())
                if (given := form.get(f"{name}.value.{place}")) is not None
                and comparison.fact in facts
                and (given, (second := form.get(f"{name}.value.{place}.to"))) != _shown(comparison, facts)
            }
            data["when"] = rule_as_written(one.when, values)
            placed.append((_order(form.get(f"{name}.order"), at), at, data))
        if known:
            written["campaign"][part] = [data for _place, _at, data in sorted(placed, key=lambda one: one[:2])]


def _shown(one: Comparison, facts: Mapping[str, Fact]) -> tuple[str, str | None]:
    fields = condition("", one, facts[one.fact])
    return fields.value, fields.second


def vocabulary_of(facts: Mapping[str, Fact]) -> list[tuple[str, str]]:
    """The facts that a new rule may ask about, by their names."""
    named = [
        (name, f"{_('donnée du partenaire : ')}{fact.label}" if name.startswith(PARTNER) else _(fact.label))
        for name, fact in facts.items()
    ]
    return sorted(named, key=lambda one: one[1].lower())


def _order(given: str | None, at: int) -> float:
    number = typed(given or "")
    return float(number) if isinstance(number, int | float) else float(at + 1)
