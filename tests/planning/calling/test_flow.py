"""The call plan: nothing forbidden is ever in it, and no plan is worth more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from outreach.planning.calling import NOBODY, Contacts, Pools, plan_calls
from tests.planning.calling.audit import best_worth, faults, worth
from tests.planning.calling.networks import network

FR, AR = frozenset({"fr"}), frozenset({"ar"})


def test_an_audit_of_a_thousand_plans_finds_no_fault():
    planned = 0
    for seed in range(1000):
        contacts, pools = network(seed)
        plan = plan_calls(contacts, pools)
        assert faults(plan, contacts, pools) == [], f"seed {seed}"
        assert plan.worth == pytest.approx(worth(plan, contacts), abs=1e-3)
        planned += int(plan.planned.sum())
    assert planned > 5000, "plans are not empty"


@pytest.mark.parametrize("seed", range(60))
def test_no_plan_is_worth_more(seed):
    contacts, pools = network(seed, contacts=5, days=2, windows=2, most=2)
    assert plan_calls(contacts, pools).worth == pytest.approx(best_worth(contacts, pools), abs=2e-3)


def test_the_same_input_gives_the_same_plan():
    one, two = (plan_calls(*network(5, contacts=200)) for _ in range(2))
    assert all((getattr(one, name) == getattr(two, name)).all() for name in ("day", "window", "pool"))


def contacts_of(n, **columns):
    usual = {
        "site": np.zeros(n, int), "speaks": np.zeros(n, int), "tongues": (FR, AR), "value": np.ones(n), "chance": np.full((n, 1), 0.5),
        "allowed": np.ones((n, 1), bool), "earliest": np.zeros(n, int), "deadline": np.full(n, 9),
    }  # fmt: skip
    return Contacts(**{**usual, **columns})


def pools_of(*pools, days=1):
    speaks, room = [one for one, _ in pools], [room for _, room in pools]
    return Pools(np.zeros(len(pools), int), speaks, np.array(room)[:, None, None].repeat(days, axis=1))


def test_who_speaks_more_languages_stays_free_for_who_needs_them():
    pools = pools_of((FR | AR, 2), (FR, 1))
    plan = plan_calls(contacts_of(3, speaks=np.array([0, 1, 0])), pools)
    assert plan.planned.all()
    assert plan.pool[1] == 0
    own_first = plan_calls(contacts_of(1), pools)
    assert own_first.pool.tolist() == [1]


def test_the_earlier_day_among_equals_and_the_more_valuable_on_it():
    plan = plan_calls(contacts_of(4, value=np.array([1.0, 4.0, 2.0, 3.0])), pools_of((FR, 2), days=5))
    assert plan.day.tolist() == [1, 0, 1, 0]


def test_a_deadline_goes_before_value_where_it_must():
    plan = plan_calls(contacts_of(2, value=np.array([4.0, 1.0]), deadline=np.array([9, 0])), pools_of((FR, 1), days=2))
    assert plan.day.tolist() == [1, 0]


def test_nobody_to_call_or_to_call_with():
    contacts, pools = network(8)
    none = Pools(np.zeros(0, int), [], np.zeros((0, 4, 3), int))
    assert set(plan_calls(contacts, none).day.tolist()) <= {NOBODY}
    assert len(plan_calls(network(1, contacts=0)[0], pools).day) == 0


def test_columns_that_do_not_fit_together_are_refused():
    contacts, pools = network(8)
    with pytest.raises(ValueError, match="windows"):
        plan_calls(replace(contacts, allowed=contacts.allowed[:, :1]), pools)
    with pytest.raises(ValueError, match="length"):
        plan_calls(replace(contacts, value=contacts.value[:-1]), pools)
    with pytest.raises(ValueError, match="pools"):
        plan_calls(contacts, replace(pools, site=pools.site[:-1]))
