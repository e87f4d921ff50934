"""The rule language of campaign.yaml: a condition on typed facts, with all / any / not.

``{amount_due: {at_least: 150}}`` · ``{stage: {in: [notice, limited]}}`` · ``{all: [...]}`` · ``{not: {...}}``
Several keys in one mapping must all hold. A missing value satisfies no condition but ``known: false``.
"""

from __future__ import annotations

from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, JsonValue, model_validator

from outreach.core.i18n import _
from outreach.definitions.base import Definition
from outreach.definitions.fields import FACTS, FactType

OPERATORS: dict[FactType, frozenset[str]] = {
    FactType.NUMBER: frozenset({"at_least", "above", "at_most", "below", "is", "known"}),
    FactType.WORD: frozenset({"is", "in", "known"}),
    FactType.FLAG: frozenset({"is", "known"}),
}


class Comparison(Definition):
    """One fact against one value."""

    fact: str
    operator: str
    value: JsonValue

    @model_validator(mode="after")
    def _fits_the_type(self) -> Self:
        if self.fact not in FACTS:
            near = get_close_matches(self.fact, FACTS, n=1)
            if near:
                raise ValueError(_("fait inconnu « {fact} » ; vouliez-vous « {near} » ?").format(fact=self.fact, near=near[0]))
            raise ValueError(_("fait inconnu « {fact} » ; faits connus : {known}").format(fact=self.fact, known=", ".join(FACTS)))
        kind = FACTS[self.fact]
        if self.operator not in OPERATORS[kind]:
            allowed = ", ".join(sorted(OPERATORS[kind]))
            message = _("« {operator} » ne s'applique pas à {fact} ; possibles : {allowed}")
            raise ValueError(message.format(operator=self.operator, fact=self.fact, allowed=allowed))
        if not _has_type(self.value, kind, self.operator):
            message = _("la valeur {value} ne convient pas à {fact} ({kind})")
            raise ValueError(message.format(value=repr(self.value), fact=self.fact, kind=kind))
        return self


class Rule(Definition):
    """A node of a rule: exactly one of its four forms is set."""

    all: list[Rule] | None = None
    any: list[Rule] | None = None
    negated: Rule | None = None
    comparison: Comparison | None = None


def parse_rule(written: Any) -> Any:
    """Turn the mapping written in YAML into the form of ``Rule``; raises ``ValueError`` with the mend."""
    if isinstance(written, Rule):
        return written
    if not isinstance(written, dict) or not written:
        raise ValueError(_("une règle est une correspondance non vide, par exemple {amount_due: {at_least: 150}}"))
    if set(written) <= {"all", "any", "negated", "comparison"} and any(written.get(key) for key in ("negated", "comparison")):
        return written  # already parsed (a frozen definition read back)
    parts = [_parse_entry(key, value) for key, value in written.items() if value is not None]
    return parts[0] if len(parts) == 1 else Rule(all=parts)


def _parse_entry(key: str, value: Any) -> Rule:
    if key in {"all", "any"}:
        if not isinstance(value, list) or not value:
            raise ValueError(_("« {key} » attend une liste de règles").format(key=key))
        return Rule.model_validate({key: [parse_rule(part) for part in value]})
    if key == "not":
        return Rule(negated=parse_rule(value))
    if not isinstance(value, dict):
        return Rule(comparison=Comparison(fact=key, operator="is", value=value))
    comparisons = [Rule(comparison=Comparison(fact=key, operator=name, value=wanted)) for name, wanted in value.items()]
    if not comparisons:
        raise ValueError(_("{key} : aucune condition").format(key=key))
    return comparisons[0] if len(comparisons) == 1 else Rule(all=comparisons)


def _has_type(value: Any, kind: FactType, operator: str) -> bool:
    if operator == "known" or kind is FactType.FLAG:
        return isinstance(value, bool)
    if operator == "in":
        return isinstance(value, list) and bool(value) and all(isinstance(word, str) for word in value)
    if kind is FactType.WORD:
        return isinstance(value, str)
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


WrittenRule = Annotated[Rule, BeforeValidator(parse_rule), Field(json_schema_extra={"type": "object"})]
"""A rule as written in a definition file."""
