"""What can never hold, and what leaves nothing to others, is found; and nothing else is claimed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.definitions.facts import FACTS
from outreach.definitions.logic import Logic
from outreach.definitions.rules import place_rule
from outreach.segments.evaluate import holds
from tests.segments.written import TODAY, rules, values_of

LOGIC = Logic(FACTS, [TODAY])


def rule(written):
    return place_rule(written).rule


@pytest.mark.parametrize(
    "written",
    [
        {"amount_due": {"above": 600, "below": 50}},
        {"all": [{"stage": "limited"}, {"stage": "notice"}]},
        {"all": [{"reads_french": {"known": False}}, {"reads_french": True}]},
        {"not": {"any": [{"has_phone": True}, {"has_phone": False}]}},
        {
            "all": [
                {"any": [{"amount_due": {"below": 5}}, {"stage": "limited"}]},
                {"amount_due": {"at_least": 5}},
                {"not": {"stage": "limited"}},
            ]
        },
        {"on_list": False},
        {"household_size": {"below": 1}},
        {"age": {"is": 40.5}},
        {"debt_since": {"before": "today - 60 days"}, "debt_age_days": {"below": 60}},
        {"last_contact_on": {"within": "10 days"}, "days_since_contact": {"above": 10}},
        {"has_mobile": True, "has_phone": False},
        {"debt_stage": {"in": ["unpaid"]}, "not": {"debt_stage": "unpaid"}},
    ],
)
def test_what_never_holds_is_found(written):
    assert not LOGIC.possible([rule(written)])


@pytest.mark.parametrize(
    ("written", "others"),
    [
        ({"amount_due": {"at_least": 600}}, [{"amount_due": {"at_least": 150}}]),
        ({"amount_due": {"known": True}}, [{"amount_due": {"below": 50}}, {"amount_due": {"at_least": 50}}]),
        ({"on_list": True}, [{"not": {"stage": "limited"}}, {"stage": "limited"}]),
        ({"reads_french": True}, [{"on_list": True}]),
    ],
)
def test_a_rule_to_which_others_leave_nothing_is_found(written, others):
    assert not LOGIC.possible([rule(written)], but=[rule(other) for other in others])


def test_not_of_a_condition_holds_for_the_unknown():
    assert LOGIC.possible([rule({"not": {"stage": {"in": ["limited"]}}}), rule({"stage": {"known": False}})])
    assert LOGIC.possible(
        [rule({"on_list": True})], but=[rule({"amount_due": {"below": 50}}), rule({"amount_due": {"at_least": 50}})]
    )


def test_a_phone_of_whatever_kind_goes_with_a_mobile():
    known = rule({"not": {"has_phone": {"known": False}}})
    assert LOGIC.possible([known], but=[rule({"has_mobile": {"is": False}})]), "a mobile is a phone that is known"
    assert not LOGIC.possible([rule({"has_phone": False})], but=[rule({"has_mobile": {"is": False}})])


def test_fixed_and_moving_days_are_looked_at_on_every_day():
    written = rule({"all": [{"debt_since": {"before": "2026-06-01"}}, {"debt_since": {"after": "today - 200 days"}}]})
    assert Logic(FACTS, [date(2026, 10, 5), date(2026, 12, 1)]).possible([written])
    assert not Logic(FACTS, [date(2026, 12, 25)]).possible([written])


def test_a_rule_of_very_many_cases_is_not_judged():
    many = [
        {"any": [{"amount_due": {"at_least": n}}, {"household_size": {"at_least": n}}, {"age": {"at_least": n}}]}
        for n in range(2, 40)
    ]
    none = [{"not": {"any": [{"amount_due": {"known": True}}, {"household_size": {"known": True}}, {"age": {"known": True}}]}}]
    assert not LOGIC.possible([rule({"all": [*many[:5], *none]})])
    assert LOGIC.possible([rule({"all": [*many, *none]})]), "nothing is claimed"


@settings(max_examples=300)
@given(one=rules(), other=rules(), values=st.lists(values_of(), min_size=3, max_size=3))
def test_nothing_that_holds_for_somebody_is_called_impossible(one, other, values):
    for person in values:
        if holds(one, person, TODAY):
            assert LOGIC.possible([one])
            if not holds(other, person, TODAY):
                assert LOGIC.possible([one], but=[other])
            else:
                assert LOGIC.possible([one, other])
