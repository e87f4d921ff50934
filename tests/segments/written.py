"""Rules and values by lot, for properties."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from hypothesis import strategies as st

from outreach.definitions.facts import FACTS, FactType
from outreach.definitions.rules import OPERATORS, place_rule

TODAY = date(2026, 10, 5)
HOSTILE = (
    "x' OR true --", "'; DROP TABLE person; --", '" OR 1=1', "%s", "%(x)s", ":pepper", "\\'; SELECT 1", "$$; --", "a\x01b", "É ₤",
)  # fmt: skip
NUMBERS = st.sampled_from([-1, 0, 1, 2, 3, 15, 39.99, 40, 40.01, 0.1, 60, 600])
DAYS = st.integers(-90, 10).map(lambda days: TODAY + timedelta(days=days))
WRITTEN_DAYS = st.one_of(
    DAYS.map(lambda day: day.isoformat()), st.integers(-90, 10).map(lambda n: f"today {'-' if n < 0 else '+'} {abs(n)} days")
)
WORDS = {"insee": ["69388", "2A004", "69123"], "department": ["69", "2A", "974"], "language": ["fr", "ar", "snk"]}
USED = ("amount_due", "debt_since", "debt_age_days", "stage", "language", "reads_french", "has_mobile", "has_phone", "last_outcome",
        "last_contact_on", "days_since_contact", "household_size", "insee", "debt_stage")  # fmt: skip


def words_of(name):
    return WORDS.get(name) or list(FACTS[name].words)[:4] or ["reminder_1", "notice", "limited"]


@st.composite
def comparisons(draw):
    name = draw(st.sampled_from(USED))
    fact = FACTS[name]
    operator = draw(st.sampled_from(OPERATORS[fact.type]))
    if operator == "known" or fact.type is FactType.FLAG:
        return {name: {operator: draw(st.booleans())}}
    if fact.type is FactType.WORD:
        words = st.sampled_from(words_of(name))
        return {name: {operator: draw(st.lists(words, min_size=1, max_size=3) if operator == "in" else words)}}
    if operator == "within":
        return {name: {operator: f"{draw(st.integers(0, 90))} days"}}
    if operator == "between":
        if fact.type is FactType.DATE:
            low, high = sorted((draw(DAYS), draw(DAYS)))
            return {name: {operator: [low.isoformat(), high.isoformat()]}}
        return {name: {operator: sorted((draw(NUMBERS), draw(NUMBERS)))}}
    return {name: {operator: draw(WRITTEN_DAYS if fact.type is FactType.DATE else NUMBERS)}}


def written_rules():
    return st.recursive(
        comparisons(),
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
            inner.map(lambda part: {"not": part}),
        ),
        max_leaves=6,
    )


def rules():
    return written_rules().map(lambda written: place_rule(written).rule)


NUMBERS_BY_LOT = [Decimal(str(number)) for number in (-1, 0, 1, 2, 3, 15, 39.99, 40, 40.01, 0.1, 60, 600)]


def values_of():
    """What is known of somebody, as it can be: facts that say the same agree."""
    return st.integers(0, 2**32).map(lambda seed: one_person(Random(seed)))


def one_person(lot):
    found = {}
    for name in USED:
        fact = FACTS[name]
        known = {
            FactType.FLAG: [True, False], FactType.WORD: words_of(name), FactType.NUMBER: NUMBERS_BY_LOT,
            FactType.DATE: [TODAY - timedelta(days=lot.randint(-10, 90))],
        }[fact.type]  # fmt: skip
        found[name] = None if not fact.sure and lot.random() < 0.3 else lot.choice(known)
    found["household_size"] = None if found["household_size"] is None else max(1, int(found["household_size"]))
    if found["has_mobile"]:
        found["has_phone"] = True
    if found["last_contact_on"] and found["last_contact_on"] > TODAY:
        found["last_contact_on"] = TODAY
    for ago, since in (("debt_age_days", "debt_since"), ("days_since_contact", "last_contact_on")):
        found[ago] = (TODAY - found[since]).days if found[since] else None
    return found
