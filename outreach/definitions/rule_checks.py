"""Mistakes that only show when a campaign's rules are read together, and with its agreement: each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from outreach.core.i18n import _
from outreach.definitions.agreement import Agreement
from outreach.definitions.base import Place
from outreach.definitions.campaign import Campaign, Exclusion, Segment
from outreach.definitions.facts import FACTS, PARTNER, Fact, vocabulary
from outreach.definitions.logic import Logic, sample_days
from outreach.definitions.rules import Placed, Rule, fault_of, place_rule, unknown_fact

MOST_RULES = 60
"""Exclusions and segments of one campaign: the results of all its rules are kept in one number."""
Found = tuple[Place, str]
Part = tuple[Exclusion | Segment, Placed]


def rule_mistakes(campaign: Campaign, agreement: Agreement, written: Mapping[str, Any]) -> list[Found]:
    """Every mistake of the rules; ``written`` is the file as read, in which the places are."""
    facts = vocabulary(campaign, agreement)
    exclusions = _placed(campaign.exclusions, written, "exclusions")
    segments = _placed(campaign.segments, written, "segments")
    found = [*_lists(campaign, agreement), *_facts([*exclusions, *segments], facts)]
    if len(exclusions) + len(segments) > MOST_RULES:
        found.append(
            (("segments",), _("trop de règles : au plus {most}, exclusions et segments ensemble").format(most=MOST_RULES))
        )
    if found:
        return found
    rules = [part.when for part in campaign.exclusions] + [part.when for part in campaign.segments]
    logic = Logic(facts, sample_days(campaign.starts_on, campaign.ends_on, rules))
    dead = [mistake for _part, placed in (*exclusions, *segments) for mistake in _never(placed, logic)]
    return dead or [*_hidden(exclusions, segments, logic)]


def _placed(parts: list[Any], written: Mapping[str, Any], name: str) -> list[Part]:
    found = []
    for index, part in enumerate(parts):
        placed = place_rule(written[name][index]["when"])
        found.append((part, _moved(placed, (name, index, "when"))))
    return found


def _moved(placed: Placed, head: Place) -> Placed:
    return Placed(placed.rule, (*head, *placed.place), tuple(_moved(part, head) for part in placed.parts))


def _lists(campaign: Campaign, agreement: Agreement) -> Iterator[Found]:
    declared = {part.code for part in agreement.extra_fields}
    for index, part in enumerate(campaign.lists):
        for code in part.extra_columns:
            if code not in declared:
                yield (
                    ("lists", index, "extra_columns", code),
                    _(
                        "la convention ne déclare pas la donnée « {field} » ; ajoutez-la à extra_fields, ou retirez la colonne"
                    ).format(field=code),
                )


def _facts(parts: list[Part], facts: dict[str, Fact]) -> Iterator[Found]:
    """Facts that nobody declared, and values that this campaign's vocabularies do not have."""
    for _part, placed in parts:
        for node in placed.everywhere():
            comparison = node.rule.comparison
            if comparison is None:
                continue
            fact = facts.get(comparison.fact)
            if fact is None:
                yield node.place, _undeclared(comparison.fact, facts)
            elif comparison.fact not in FACTS or fact.words != FACTS[comparison.fact].words:
                fault = fault_of(comparison, fact)
                if fault:
                    yield node.place, fault


def _undeclared(name: str, facts: dict[str, Fact]) -> str:
    own = {code: fact for code, fact in facts.items() if code.startswith(PARTNER)}
    told = unknown_fact(name, own) if own else _("fait inconnu « {fact} »").format(fact=name)
    return _("{unknown} ; la convention doit le déclarer dans extra_fields").format(unknown=told)


def _never(placed: Placed, logic: Logic) -> list[Found]:
    """The innermost conditions that can never hold, and what contradicts them."""
    inner = [mistake for part in placed.parts for mistake in _never(part, logic)]
    if inner or logic.possible([placed.rule]):
        return inner
    if placed.rule.all is None or not placed.parts:
        return [(placed.place, _("cette condition n'est jamais vraie ; corrigez-la ou retirez-la"))]
    late, early = logic.clashing([part.rule for part in placed.parts])
    place = placed.parts[late].place
    if early is None:
        return [(place, _("cette condition ne peut pas être vraie avec celles qui la précèdent ; corrigez l'une d'elles"))]
    message = _("cette condition contredit « {other} » : la règle n'est jamais vraie ; corrigez l'une des deux")
    return [(place, message.format(other=_short(placed.parts[early])))]


def _short(placed: Placed) -> str:
    return " ".join(
        f"{one.fact} {one.operator} {', '.join(map(str, one.value)) if isinstance(one.value, list) else _plain(one.value)}"
        for one in placed.rule.comparisons()
    )


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _hidden(exclusions: list[Part], segments: list[Part], logic: Logic) -> Iterator[Found]:
    """Rules that leave nobody to what follows, and rules to which those before leave nobody."""
    before: list[Part] = []
    for part, placed in exclusions:
        if not logic.possible([], but=[part.when]):
            yield placed.place, _("cette exclusion est toujours vraie : personne ne serait contacté ; précisez-la")
            return
        if before and not logic.possible([part.when], but=[other.when for other, _placed in before]):
            yield placed.place, _covered(part.when, before, logic, exclusion=True)
        before.append((part, placed))
    for part, placed in segments:
        if before and not logic.possible([part.when], but=[other.when for other, _placed in before]):
            yield placed.place, _covered(part.when, before, logic, exclusion=False)
        before.append((part, placed))


def _covered(rule: Rule, before: list[Part], logic: Logic, *, exclusion: bool) -> str:
    alone = next((other.code for other, _placed in before if not logic.possible([rule], but=[other.when])), None)
    names = f"« {alone} »" if alone else ", ".join(f"« {other.code} »" for other, _placed in before)
    if exclusion:
        message = _("{others} exclut déjà tous ceux que cette règle exclurait ; retirez-la ou placez-la avant")
    else:
        message = _("{others} prend déjà tous ceux que ce segment prendrait ; placez-le avant, ou précisez l'une des règles")
    return message.format(others=names)
