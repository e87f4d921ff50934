"""One rule as a form: its groups and conditions as they stand in each other, with buttons that add and take away."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from outreach.core.i18n import _
from outreach.definitions.facts import Fact, FactType
from outreach.definitions.rules import OPERATORS, Comparison, Rule
from outreach.definitions.written import Written, comparison_as_written
from outreach.web.manager.wizard.rule_values import fitting, value_of
from outreach.web.manager.wizard.rules_form import OPERATOR_WORDS, Condition, condition

if TYPE_CHECKING:
    from starlette.datastructures import FormData

    from outreach.definitions.loader import Mistake

ROOT = "r"
DEEPEST = 3
"""Groups in groups; what goes deeper is read more easily as a file."""
MOST_PARTS = 40
USUAL = ("amount_due", "at_least")
GROUPS = ("all", "any")


class NotShownError(ValueError):
    """A rule that goes deeper than the form."""


@dataclass(frozen=True)
class Node:
    """A group (``all``, ``any``) with its parts, or one condition (``one``) as it was filled in; ``negated``: all but these.

    ``held``: the comparison that the page showed, as JSON; one that nobody touched is written as it was. ``fresh``: another
    thing is asked than the page showed, so that its value is still to be given.
    """

    kind: str
    parts: tuple[Node, ...] = ()
    negated: bool = False
    fact: str = ""
    operator: str = ""
    value: str = ""
    second: str = ""
    held: str = ""
    fresh: bool = False


@dataclass(frozen=True)
class Shown:
    """A node as its page shows it: where it stands, what it may be, what is wrong with it."""

    path: str
    node: Node
    depth: int
    parts: list[Shown]
    error: str
    operators: list[tuple[str, str]] = field(default_factory=list)
    fields: Condition | None = None
    look: str = ""
    """What the page shows of a condition, to tell later whether another thing is asked."""

    @property
    def is_group(self) -> bool:
        """Whether it holds others."""
        return self.node.kind in GROUPS

    @property
    def may_hold_groups(self) -> bool:
        """Whether a group may stand in it."""
        return self.depth < DEEPEST - 1


def tree_of(rule: Rule, facts: Mapping[str, Fact], depth: int = 0) -> Node:
    """A stored rule as the form has it. Raises ``NotShownError`` for one that goes deeper."""
    if rule.negated is not None:
        inner = tree_of(rule.negated, facts, depth)
        if inner.negated:
            raise NotShownError
        return replace(inner, negated=True)
    if rule.comparison is not None:
        return _filled(rule.comparison, facts)
    if depth == DEEPEST:
        raise NotShownError
    kind = "all" if rule.all is not None else "any"
    return Node(kind, tuple(tree_of(part, facts, depth + 1) for part in rule.all or rule.any or []))


def _filled(one: Comparison, facts: Mapping[str, Fact]) -> Node:
    if one.fact not in facts:
        raise NotShownError
    fields = condition("", one, facts[one.fact])
    held = json.dumps([one.fact, one.operator, one.value])
    return Node("one", fact=one.fact, operator=one.operator, value=fields.value, second=fields.second or "", held=held)


def sent_tree(form: FormData, facts: Mapping[str, Fact], path: str = ROOT, depth: int = 0) -> Node | None:
    """The rule that a form holds, before its button is looked at."""
    kind = str(form.get(f"{path}.kind", ""))
    if kind not in {*GROUPS, "one"} or depth > DEEPEST:
        return None
    negated = f"{path}.not" in form
    if kind == "one":
        return replace(_sent_condition(form, path, facts), negated=negated)
    parts = [sent_tree(form, facts, f"{path}.{at}", depth + 1) for at in range(MOST_PARTS) if f"{path}.{at}.kind" in form]
    return Node(kind, tuple(part for part in parts if part is not None), negated)


def _sent_condition(form: FormData, path: str, facts: Mapping[str, Fact]) -> Node:
    fact, operator = str(form.get(f"{path}.fact", "")), str(form.get(f"{path}.operator", ""))
    known = facts.get(fact)
    node = Node(
        "one", fact=fact, operator=fitting(operator, known) if known else operator,
        value=", ".join(str(part).strip() for part in form.getlist(f"{path}.value")),
        second=str(form.get(f"{path}.to", "")).strip(), held=str(form.get(f"{path}.held", "")),
    )  # fmt: skip
    shown = str(form.get(f"{path}.shown", ""))
    if known is not None and shown != _look(node, known):
        value = "true" if known.type is FactType.FLAG or node.operator == "known" else ""
        return replace(node, value=value, second="", held="", fresh=True)
    return node


def _look(node: Node, known: Fact) -> str:
    """What the field of a value looks like: a value is good for another question only if its field is the same."""
    shape = {"known": "flag", "in": "many", "between": "two", "within": "days"}.get(node.operator, "one")
    return f"{node.fact} {'flag' if known.type is FactType.FLAG else shape}"


def rearranged(tree: Node, act: str) -> Node:
    """The rule after the button that was pressed: ``add:r.0``, ``group:r``, ``remove:r.0.1``."""
    what, _colon, path = act.partition(":")
    places = [int(part) for part in path.split(".")[1:] if part.isdigit()]
    if what == "remove":
        return _without(tree, places) or _blank()
    if what in {"add", "group"}:
        return _with(tree, places, _blank() if what == "add" else Node("any", (_blank(),)))
    return tree


def _blank() -> Node:
    fact, operator = USUAL
    return Node("one", fact=fact, operator=operator, fresh=True)


def _with(node: Node, places: list[int], new: Node) -> Node:
    if not places or not node.parts:
        return replace(node, parts=(*node.parts, new)) if node.parts else Node("all", (node, new))
    at, *rest = places
    return replace(node, parts=tuple(_with(part, rest, new) if place == at else part for place, part in enumerate(node.parts)))


def _without(node: Node, places: list[int]) -> Node | None:
    """The rest of a node; nothing of a group that became empty."""
    if not places:
        return None
    at, *rest = places
    left = [_without(part, rest) if place == at else part for place, part in enumerate(node.parts)]
    kept = tuple(part for part in left if part is not None)
    return replace(node, parts=kept) if kept else None


def as_written(node: Node, facts: Mapping[str, Fact]) -> Written:
    """A rule as it stands in campaign.yaml."""
    if node.kind in GROUPS:
        inner = {node.kind: [as_written(part, facts) for part in node.parts]}
    else:
        inner = _condition_as_written(node, facts)
    return {"not": inner} if node.negated else inner


def _condition_as_written(node: Node, facts: Mapping[str, Fact]) -> Written:
    held = _untouched(node, facts)
    if held is not None:
        return comparison_as_written(held.fact, held.operator, held.value)
    known = facts.get(node.fact)
    value = value_of(node.operator, known, node.value, node.second) if known else node.value
    return comparison_as_written(node.fact, node.operator, value)


def _untouched(node: Node, facts: Mapping[str, Fact]) -> Comparison | None:
    """The comparison that the page showed, when nobody changed a field of it."""
    try:
        fact, operator, value = json.loads(node.held)
        held = Comparison(fact=fact, operator=operator, value=value)
        was = _filled(held, facts)
    except (ValueError, KeyError, TypeError, IndexError):
        return None
    fields = (node.fact, node.operator, node.value, node.second)
    return held if fields == (was.fact, was.operator, was.value, was.second) else None


def is_fresh(node: Node) -> bool:
    """Whether a value is still to be given."""
    return node.fresh or any(is_fresh(part) for part in node.parts)


def shown_tree(tree: Node, facts: Mapping[str, Fact], place: str, mistakes: list[Mistake]) -> Shown:
    """A rule as its page shows it, every mistake at the innermost part that it is about.

    ``place``: of the rule in campaign.yaml.
    """
    wrong: dict[str, str] = {}
    prefixes = sorted(_prefixes(tree, ROOT, place), key=lambda one: -len(one[1]))
    for mistake in mistakes:
        at = next((path for path, prefix in prefixes if mistake.where == prefix or mistake.where.startswith(f"{prefix}.")), None)
        if at is not None:
            wrong.setdefault(at, mistake.message)
    return _shown(tree, ROOT, 0, facts, wrong)


def _prefixes(node: Node, path: str, place: str) -> Iterator[tuple[str, str]]:
    """The place of each part in campaign.yaml."""
    place = f"{place}.not" if node.negated else place
    yield path, place if node.kind in GROUPS else f"{place}.{node.fact}"
    for at, part in enumerate(node.parts):
        yield from _prefixes(part, f"{path}.{at}", f"{place}.{node.kind}.{at}")


def _shown(node: Node, path: str, depth: int, facts: Mapping[str, Fact], wrong: Mapping[str, str]) -> Shown:
    parts = [_shown(part, f"{path}.{at}", depth + 1, facts, wrong) for at, part in enumerate(node.parts)]
    error = wrong.get(path, "")
    known = facts.get(node.fact)
    if node.kind in GROUPS or known is None:
        return Shown(path, node, depth, parts, error)
    operators = [(code, _(OPERATOR_WORDS[code])) for code in OPERATORS[known.type]]
    value = _model(node, known)
    fields = condition(f"{path}.value", Comparison(fact=node.fact, operator=node.operator, value=value), known)
    fields = replace(fields, value=node.value, second=node.second if node.operator == "between" else None)
    return Shown(path, node, depth, parts, "" if node.fresh else error, operators, fields, _look(node, known))


def _model(node: Node, known: Fact) -> Any:
    """Any value of the right form: it says with which field a condition is filled in."""
    if node.operator == "known" or known.type is FactType.FLAG:
        return True
    if node.operator == "between":
        return ["", ""] if known.type is FactType.DATE else [0, 0]
    return value_of(node.operator, known, node.value or "0")
