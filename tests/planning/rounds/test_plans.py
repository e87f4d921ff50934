"""Rounds of random days: the audit finds nothing, the same seed gives the same plan, and what breaks a rule is refused."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from outreach.planning.rounds import City, InfeasiblePlanError, offered, plan_cities, plan_rounds, seats
from outreach.planning.rounds import cities as side_by_side
from outreach.planning.rounds import plan as planning
from tests.planning.rounds.audit import faults
from tests.planning.rounds.towns import DAY, NINE, door, town, walker


@pytest.mark.parametrize("seed", range(30))
def test_an_audit_finds_no_fault(seed):
    doors, walkers = town(seed, days=1 + seed % 2)
    plan = plan_rounds(doors, walkers, seed=seed, iterations=150)
    assert faults(plan, doors, walkers) == []
    assert plan.rounds, "somebody walks"
    assert plan.travel == sum(done.travel for done in plan.rounds)
    assert plan.value == sum(one.value for one in doors if one.case_id in visited(plan))


def visited(plan):
    return {stop.case_id for done in plan.rounds for stop in done.stops}


def test_the_same_seed_gives_the_same_plan_in_two_processes():
    words = (
        "from tests.planning.rounds.towns import town; from outreach.planning.rounds import plan_rounds;"
        "print(plan_rounds(*town(3), seed=5, iterations=200))"
    )
    told = {subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True).stdout for _ in range(2)}
    doors, walkers = town(3)
    assert told == {f"{plan_rounds(doors, walkers, seed=5, iterations=200)}\n"}


def test_another_day_of_the_calendar_changes_nothing_but_the_times():
    doors, walkers = town(4)
    later = [replace(one, starts=one.starts + DAY * 20_000, ends=one.ends + DAY * 20_000, lunch=None) for one in walkers]
    free = [replace(one, windows=(), appointment=None) for one in doors]
    near, far = (plan_rounds(free, who, seed=1, iterations=100) for who in ([replace(one, lunch=None) for one in walkers], later))
    assert [stop.begins + DAY * 20_000 for done in near.rounds for stop in done.stops] == [
        stop.begins for done in far.rounds for stop in done.stops
    ]


def test_cities_in_two_processes_are_planned_as_one_after_the_other(monkeypatch):
    monkeypatch.setattr(side_by_side, "WORTH_A_PROCESS", 0)
    cities = {str(seed): City(*town(seed), seed=seed, iterations=100) for seed in (1, 2)}
    assert plan_cities(cities, processes=2) == plan_cities(cities, processes=1)


def test_a_plan_that_is_not_feasible_is_refused_by_name(monkeypatch):
    doors, walkers = town(5)
    solve = planning.solve_generic
    monkeypatch.setattr(planning, "solve_generic", lambda *given: replace(solve(*given), feasible=False))
    with pytest.raises(InfeasiblePlanError, match="refusé"):
        plan_rounds(doors, walkers, seed=1, iterations=50, per_seat=10)


def test_routes_that_do_not_fit_are_refused_even_if_the_solver_calls_them_feasible(monkeypatch):
    doors, walkers = [door(number, service=3600) for number in range(9)], [walker(1)]
    solve = planning.solve_generic
    monkeypatch.setattr(planning, "solve_generic", lambda *given: replace(solve(*given), routes=((0, tuple(range(9))),)))
    with pytest.raises(InfeasiblePlanError):
        plan_rounds(doors, walkers, seed=1, iterations=50, per_seat=10)


def test_nothing_to_do_is_a_plan_too():
    assert plan_rounds([], [walker(1)], seed=1).rounds == ()
    alone = plan_rounds([door(1), door(2, value=2000)], [], seed=1)
    assert (alone.rounds, alone.left) == ((), (2, 1))


def test_the_most_valuable_doors_are_offered_and_none_that_nobody_can_speak_at():
    walkers = [walker(1)]
    doors = [door(number, value=100 + number) for number in range(400)] + [door(999, value=9999, speaks={"tr"})]
    chosen = offered(doors, walkers, per_seat=3)
    assert len(chosen) == seats(walkers, 720) * 3
    assert {one.case_id for one in chosen} == set(range(400 - len(chosen), 400))


def test_a_walker_leaves_no_sooner_than_needed():
    plan = plan_rounds([door(1, windows=((NINE + 7200, NINE + 7200),))], [walker(1)], seed=1, iterations=50)
    (done,) = plan.rounds
    assert done.stops[0].begins == NINE + 7200 == done.stops[0].arrives
    assert NINE + 6000 < done.leaves < NINE + 7200 < done.stops[0].ends < done.back
