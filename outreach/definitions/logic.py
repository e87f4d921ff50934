"""Can a rule hold at all, and does one leave nothing to another? By disjunctions of conjunctions, kept small.

A conjunction is the set of values that it leaves to each fact; two facts that say the same in other words are one. ``not``
turns a condition into its complement, in which the fact may be unknown: as rules are evaluated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from outreach.definitions.days import is_relative
from outreach.definitions.extents import FAR, Extent, both, complement, everything, extent_of
from outreach.definitions.facts import FACTS, IMPLIES, SAME_AS, Fact
from outreach.definitions.rules import Comparison, Rule

MOST = 2_000
"""Conjunctions beyond which nothing is claimed about a rule."""
MOST_DAYS = 400
YES = Extent(False, words=frozenset({"true"}))
Conjunction = Mapping[str, Extent]


class TooManyError(Exception):
    """The rule has more cases than are looked at."""


class Logic:
    """Questions about rules over these facts, on these days (rules may speak of today)."""

    def __init__(self, facts: Mapping[str, Fact], days: Sequence[date]) -> None:
        self._facts = dict(facts)
        self._days = days

    def possible(self, rules: Iterable[Rule], but: Iterable[Rule] = ()) -> bool:
        """Whether on some day all the rules can hold and none of ``but``. Where there are too many cases: yes."""
        wanted = [(rule, False) for rule in rules] + [(rule, True) for rule in but]
        moving = any(_moves(comparison) for rule, _negated in wanted for comparison in rule.comparisons())
        try:
            return any(self._cases(wanted, day) for day in (self._days if moving else self._days[:1]))
        except TooManyError:
            return True

    def clashing(self, parts: Sequence[Rule]) -> tuple[int, int | None]:
        """Of parts that cannot all hold: the first that fails, and the earlier one that alone contradicts it, if any."""
        for late in range(len(parts)):
            if not self.possible(parts[: late + 1]):
                early = next((one for one in range(late) if not self.possible([parts[one], parts[late]])), None)
                return late, early
        return len(parts) - 1, None

    def _cases(self, wanted: Iterable[tuple[Rule, bool]], day: date) -> list[Conjunction]:
        found: list[Conjunction] = [{}]
        for rule, negated in wanted:
            found = self._joined(found, self._expand(rule, negated, day))
            if not found:
                break
        return found

    def _expand(self, rule: Rule, negated: bool, day: date) -> list[Conjunction]:
        if rule.comparison is not None:
            return self._atom(rule.comparison, negated, day)
        if rule.negated is not None:
            return self._expand(rule.negated, not negated, day)
        together = (rule.all is not None) != negated
        parts = [self._expand(part, negated, day) for part in (rule.all or rule.any or [])]
        if not together:
            cases = [case for part in parts for case in part]
            if len(cases) > MOST:
                raise TooManyError
            return cases
        found: list[Conjunction] = [{}]
        for part in parts:
            found = self._joined(found, part)
        return found

    def _atom(self, comparison: Comparison, negated: bool, day: date) -> list[Conjunction]:
        fact = self._facts[comparison.fact]
        extent = extent_of(comparison, fact, day)
        if negated:
            extent = complement(extent, fact)
        name = SAME_AS.get(comparison.fact, comparison.fact)
        if name != comparison.fact:
            extent = both(everything(FACTS[name]), _as_days(extent, day))
        return [] if extent.empty else [{name: extent}]

    def _joined(self, one: Iterable[Conjunction], other: Sequence[Conjunction]) -> list[Conjunction]:
        found: list[Conjunction] = []
        for left in one:
            for right in other:
                case = _met(left, right)
                if case is not None and case not in found:
                    found.append(case)
                    if len(found) > MOST:
                        raise TooManyError
        return found


def sample_days(start: date, end: date, rules: Iterable[Rule]) -> list[date]:
    """The days of a campaign on which its rules are looked at: its first, or all where fixed and moving days meet."""
    written = [str(value) for rule in rules for one in rule.comparisons() for value in _values(one)]
    fixed = any(value[:2].isdigit() and value.count("-") == 2 for value in written)  # noqa: PLR2004
    moving = any(_moves(one) for rule in rules for one in rule.comparisons())
    if not (fixed and moving):
        return [start]
    return [start + timedelta(days=count) for count in range(min((end - start).days, MOST_DAYS) + 1)]


def _values(comparison: Comparison) -> list[object]:
    return list(comparison.value) if isinstance(comparison.value, list) else [comparison.value]


def _moves(comparison: Comparison) -> bool:
    if comparison.operator == "within" or comparison.fact in SAME_AS:
        return True
    return any(isinstance(value, str) and is_relative(value) for value in _values(comparison))


def _as_days(ago: Extent, today: date) -> Extent:
    """So many days ago, as the days themselves."""
    far = FAR // 10
    spans = tuple(
        (FAR if low <= -far else today.toordinal() - low, -FAR if high >= far else today.toordinal() - high)
        for low, high in ago.spans or ()
    )
    return Extent(ago.unknown, tuple(sorted((low, high) for high, low in spans)))


def _met(one: Conjunction, other: Conjunction) -> Conjunction | None:
    """Both conjunctions at once; ``None`` when a fact has no value left."""
    case = dict(one)
    for name, extent in other.items():
        case[name] = both(case[name], extent) if name in case else extent
        if case[name].empty:
            return None
    for flag, implied in IMPLIES:
        if case.get(flag) == YES and both(case.get(implied, YES), YES).empty:
            return None
    return case
