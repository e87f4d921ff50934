"""The rules of a campaign as a form that people can read: labels, order, priorities, and the values of conditions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from outreach.core.i18n import N_, _
from outreach.core.labels import language_name
from outreach.definitions.campaign import Campaign, Exclusion, Segment
from outreach.definitions.facts import PARTNER, Fact, FactType
from outreach.definitions.rules import OPERATORS, Comparison, Rule
from outreach.definitions.written import Written, rule_as_written
from outreach.policy.dispositions import DISPOSITIONS

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
    """One condition as fields: what is asked, how, and with which ``kind`` of field (``number``, ``text``, ``date``, ``choice``)."""

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
        _condition(f"{part}.{at}.value.{place}", comparison, facts[comparison.fact])
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
    condition = _condition("", one, fact)
    value = " – ".join(part for part in (condition.value, condition.second) if part)
    if condition.choices:
        names = dict(condition.choices)
        value = _(" ou ").join(names.get(part, part) for part in condition.value.split(", "))
    return f"{_(fact.label)} {condition.operator} {value} {condition.unit}".strip()


def _condition(name: str, one: Comparison, fact: Fact) -> Condition:
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
        choices_of(one.fact, fact),
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


def choices_of(name: str, fact: Fact) -> list[tuple[str, str]]:
    """The values of a closed vocabulary, each with what it is called."""
    if name == "language":
        return []
    return [(code, DISPOSITIONS[code].label if code in DISPOSITIONS else _(word)) for code, word in fact.words.items() if word]


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def changed(written: Written, campaign: Campaign, facts: Mapping[str, Fact], form: Mapping[str, str]) -> None:
    """Put what a form says into a definition as written: values, labels, priorities, then the order."""
    for part in PARTS:
        known = getattr(campaign, part)
        placed: list[tuple[float, int, Any]] = []
        for at, (data, one) in enumerate(zip(written["campaign"].get(part, []), known, strict=True)):
            name = f"{part}.{at}"
            data["label"] = form.get(f"{name}.label", data["label"])
            if isinstance(one, Segment):
                data["priority"] = typed(form.get(f"{name}.priority", str(one.priority)))
            values = {
                place: value_of(
                    comparison, facts[comparison.fact], form[f"{name}.value.{place}"], form.get(f"{name}.value.{place}.to")
                )
                for place, comparison in enumerate(one.when.comparisons())
                if f"{name}.value.{place}" in form and comparison.fact in facts
            }
            data["when"] = rule_as_written(one.when, values)
            placed.append((_order(form.get(f"{name}.order"), at), at, data))
        if known:
            written["campaign"][part] = [data for _place, _at, data in sorted(placed, key=lambda one: one[:2])]


def value_of(one: Comparison, fact: Fact, given: str, second: str | None) -> Any:
    """What was given for a condition, as campaign.yaml writes it; what makes no sense stays as given, for the loader to say so."""
    given = given.strip()
    if isinstance(one.value, bool):
        return given == "true"
    if one.operator == "in":
        return [word.strip() for word in given.split(",") if word.strip()]
    if fact.type is FactType.DATE:
        if one.operator == "within":
            return f"{given} days"
        return f"today - {given} days" if given.isdigit() else [given, second] if second is not None else given
    if fact.type is FactType.NUMBER:
        return typed(given) if second is None else [typed(given), typed(second)]
    return given


def typed(given: str) -> Any:
    """A number as people write it; anything else as it is."""
    plain = given.strip().replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace(",", ".")
    try:
        number = float(plain)
    except ValueError:
        return given
    return int(number) if number == int(number) else number


def first_rule(fact_name: str, operator: str, given: str, facts: Mapping[str, Fact]) -> Written:
    """A rule of one condition; what does not fit is left for the loader to say."""
    fact = facts.get(fact_name)
    if fact is None:
        return {fact_name: {operator: given}}
    allowed = OPERATORS[fact.type]
    operator = operator if operator in allowed else allowed[0] if fact.type is not FactType.FLAG else "is"
    yes = given.strip().lower() in {"oui", "yes", "true", "vrai", ""}
    model: Any = yes if operator == "known" or fact.type is FactType.FLAG else [] if operator == "in" else ""
    first, _sign, second = given.partition(";")
    value = (
        model
        if isinstance(model, bool)
        else value_of(Comparison(fact=fact_name, operator=operator, value=model), fact, first, second or None)
    )
    if fact.type is FactType.WORD and not isinstance(value, bool):
        value = _coded(value, fact_name, fact)
    return rule_as_written(Rule(comparison=Comparison(fact=fact_name, operator=operator, value=value)))


def _coded(value: Any, name: str, fact: Fact) -> Any:
    """A word of the vocabulary by its code, also when it was given as people call it."""
    codes = {words.lower(): code for code, words in choices_of(name, fact)}
    if name == "language":
        codes = {language_name(code).lower(): code for code in ("fr", "ar", "tr", "pt", "en", "es", "it", "ro", "ru", "uk", "zh")}
    return [codes.get(word.lower(), word) for word in value] if isinstance(value, list) else codes.get(str(value).lower(), value)


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
