"""The solver's call: capacities, windows, prizes, groups, several starts; repeatable, and honest about what it cannot do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from outreach.planning.rounds.solver import Call, Effort, Problem, Vehicle, solve_generic

AT = np.array([0, 10, 20, 30, -10, -20])
FAR = abs(AT[:, None] - AT[None, :]) * 1
QUICK = Effort(100, 1)


def line(calls, vehicles):
    return Problem([FAR], [FAR], calls, vehicles)


def test_capacity_sends_a_second_vehicle():
    calls = [Call(place, required=True, demand=(1,)) for place in range(1, 6)]
    solved = solve_generic(line(calls, [Vehicle(0, 0, capacity=(3,), count=4)]), QUICK)
    assert (solved.feasible, solved.cost, solved.iterations) == (True, 60 + 40, 100)
    assert {frozenset(order) for _, order in solved.routes} == {frozenset({0, 1, 2}), frozenset({3, 4})}


def test_a_prize_is_fetched_when_it_is_worth_the_way():
    near, far = Call(1, prize=25), Call(3, prize=30)
    assert solve_generic(line([near, far], [Vehicle(0, 0)]), QUICK).cost == 20 + 30
    assert solve_generic(line([near, replace(far, prize=45)], [Vehicle(0, 0)]), QUICK).cost == 60


def test_of_a_group_one_is_served():
    calls = [Call(1, early=0, late=5, prize=500, group=7), Call(1, early=50, late=60, prize=500, group=7), Call(4, prize=500)]
    solved = solve_generic(line(calls, [Vehicle(0, 0)]), QUICK)
    assert solved.feasible
    assert [sorted(order) for _, order in solved.routes] == [[1, 2]]


def test_what_must_be_and_cannot_be_is_told():
    calls = [Call(1, late=5, required=True)]
    assert solve_generic(line(calls, [Vehicle(0, 0)]), QUICK).feasible is False
    assert solve_generic(line(calls, []), QUICK).feasible is False
    assert solve_generic(line([], []), QUICK).feasible is True


def test_a_start_is_taken_up_and_a_time_limit_is_admitted():
    calls = [Call(place, prize=500) for place in range(1, 6)]
    problem = line(calls, [Vehicle(0, 0)])
    assert solve_generic(problem, replace(QUICK, iterations=1), [(0, [2, 1, 0, 3, 4])]).cost <= 100
    hurried = solve_generic(problem, Effort(10**9, 1, seconds=0.05))
    assert (hurried.hurried, hurried.feasible) == (True, True)
    assert hurried.iterations < 10**9
