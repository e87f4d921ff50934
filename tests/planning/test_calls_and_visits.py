"""Call lists and rounds: languages, capacity and time are kept; an audit recomputes what the solver said."""

from __future__ import annotations

import random
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.core import clock
from outreach.planning.calls import CallShift, CallWish, plan_calls, starting_time
from outreach.planning.visits import Door, Walker, plan_rounds, seats, travel_matrix

DAY = clock.at(date(2026, 10, 5), "10:00")
TONGUES = ("fr", "ar", "tr")


@given(st.lists(st.tuples(st.sampled_from(TONGUES), st.integers(0, 4)), max_size=60), st.integers(1, 6))
def test_calls_keep_to_languages_days_and_capacity(wished, capacity):
    shifts = [
        CallShift(index, 1, DAY + timedelta(days=index % 5), frozenset({"fr", TONGUES[index % 3]}), capacity)
        for index in range(10)
    ]
    wishes = [
        CallWish(index, 1, (DAY + timedelta(days=offset)).date(), frozenset({tongue}))
        for index, (tongue, offset) in enumerate(wished)
    ]
    plan = plan_calls(wishes, shifts)
    assert sorted([case for case, _, _ in plan.placed] + plan.waiting) == [wish.case_id for wish in wishes]
    for case, shift, position in plan.placed:
        assert shift.languages & wishes[case].speaks
        assert shift.day >= wishes[case].earliest
        assert position < capacity
    assert len({(shift.id, position) for _, shift, position in plan.placed}) == len(plan.placed)


def test_who_speaks_more_languages_stays_free_for_who_needs_them():
    shifts = [CallShift(1, 1, DAY, frozenset({"fr", "ar"}), 1), CallShift(2, 1, DAY, frozenset({"fr"}), 1)]
    wishes = [CallWish(10, 1, DAY.date(), frozenset({"fr"})), CallWish(11, 1, DAY.date(), frozenset({"ar"}))]
    assert {case: shift.id for case, shift, _ in plan_calls(wishes, shifts).placed} == {10: 2, 11: 1}


def test_calls_of_a_list_follow_each_other():
    shift = CallShift(1, 1, DAY, frozenset({"fr"}), 10)
    assert starting_time(shift, 3, 8) == DAY + timedelta(minutes=24)


def town(seed: int, doors: int = 120):
    draw = random.Random(seed)
    buildings = [(4.87 + draw.gauss(0, 0.015), 45.73 + draw.gauss(0, 0.01)) for _ in range(doors // 4)]
    places = [
        Door(
            1000 + index,
            index // 4,
            *buildings[index // 4],
            draw.choice([1, 2, 4, 6]),
            frozenset({draw.choice(["fr", "fr", "ar"])}),
        )
        for index in range(doors)
    ]
    walkers = [
        Walker(index, 4.87, 45.7345, 3 * 3600, frozenset({"fr", "ar"}) if index % 2 else frozenset({"fr"})) for index in range(3)
    ]
    return sorted(places, key=lambda door: door.priority), walkers


@pytest.mark.parametrize("seed", [1, 2])
def test_an_audit_finds_no_violation_in_a_round(seed):
    doors, walkers = town(seed)
    service = 600
    rounds = plan_rounds(doors, walkers, service=service, seed=seed)
    by_case, by_shift = {door.case_id: door for door in doors}, {walker.shift_id: walker for walker in walkers}
    visited = [case for plan in rounds for case, _ in plan.stops]
    assert len(visited) == len(set(visited))
    assert len(visited) >= seats(walkers, service) * 0.5, "the shifts are used"
    for plan in rounds:
        walker, now = by_shift[plan.shift_id], 0
        places = [walker, *(by_case[case] for case, _ in plan.stops)]

        matrix = travel_matrix(
            np.array([place.lon for place in places]),
            np.array([place.lat for place in places]),
            np.array([-1, *(place.building_id for place in places[1:])]),
        )
        for index, (case, begins) in enumerate(plan.stops):
            now += int(matrix[index, index + 1])
            assert abs(begins - now) <= index + 1, "a second of rounding for each leg"
            assert by_case[case].speaks & walker.languages
            now += service
        assert now + int(matrix[len(plan.stops), 0]) <= walker.seconds, "back at the site in time"


def test_the_same_seed_gives_the_same_rounds():
    doors, walkers = town(3)
    assert plan_rounds(doors, walkers, service=600, seed=5) == plan_rounds(doors, walkers, service=600, seed=5)


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 2))
def test_nothing_to_visit_makes_no_round(count):
    doors, walkers = town(1)
    assert plan_rounds([], walkers[:count], service=600, seed=1) == []
    assert plan_rounds(doors[:count], [], service=600, seed=1) == []
