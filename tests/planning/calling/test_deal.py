"""Lists of shifts: the most urgent first, each shift within its capacity, the own mediator if there is room."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from outreach.planning.calling import CallPlan, Shift, deal, plan_calls, pools_of
from tests.planning.calling.networks import network


def plan_of(n, *, day=0, window=0, pool=0):
    return CallPlan(*(np.full(n, value) for value in (day, window, pool)), 0.0)


def test_the_most_urgent_are_called_first_on_every_list():
    shifts = [Shift(1, 1, 0, 0, 0, 36_000, 3), Shift(2, 2, 0, 0, 0, 36_000, 3)]
    dealt = deal(plan_of(6), np.arange(6.0), shifts)
    assert Counter(item.shift_id for item in dealt) == {1: 3, 2: 3}
    first = {item.contact for item in dealt if item.position == 0}
    assert first == {5, 4}
    for shift in (1, 2):
        order = [item.contact for item in sorted(dealt, key=lambda item: item.position) if item.shift_id == shift]
        assert order == sorted(order, reverse=True)


def test_the_own_mediator_calls_if_there_is_room():
    shifts = [Shift(1, 7, 0, 0, 0, 36_000, 1), Shift(2, 8, 0, 0, 0, 36_000, 3)]
    dealt = {item.contact: item.shift_id for item in deal(plan_of(3), np.array([1.0, 2.0, 3.0]), shifts, owners={0: 7, 1: 8})}
    assert dealt[0] == 1
    assert dealt[1] == 2
    crowded = {item.contact: item.shift_id for item in deal(plan_of(2), np.array([1.0, 2.0]), shifts, owners={0: 7, 1: 7})}
    assert crowded == {1: 1, 0: 2}, "the more urgent has the place"


@pytest.mark.parametrize("seed", range(20))
def test_shifts_make_the_pools_and_hold_what_the_plan_gives_them(seed):
    draw = np.random.default_rng(seed)
    contacts, drawn = network(seed, contacts=120)
    count = len(drawn.speaks)
    shifts = [
        Shift(number, number % 3, int(draw.integers(count)), int(draw.integers(4)), int(draw.integers(3)), number, int(draw.integers(1, 5)))
        for number in range(40 if count else 0)
    ]  # fmt: skip
    plan = plan_calls(contacts, pools_of(shifts, drawn.speaks, drawn.site, 4, 3))
    dealt = deal(plan, contacts.value, shifts)
    assert sorted(item.contact for item in dealt) == np.flatnonzero(plan.planned).tolist()
    by_shift = {shift.shift_id: shift for shift in shifts}
    for item in dealt:
        shift = by_shift[item.shift_id]
        assert (shift.pool, shift.day, shift.window) == tuple(
            getattr(plan, name)[item.contact] for name in ("pool", "day", "window")
        )
        assert item.position < shift.capacity
    assert len({(item.shift_id, item.position) for item in dealt}) == len(dealt)


def test_lists_that_cannot_hold_the_plan_are_a_mistake():
    with pytest.raises(ValueError, match="fewer calls"):
        deal(plan_of(2), np.ones(2), [Shift(1, 1, 0, 0, 0, 0, 1)])
