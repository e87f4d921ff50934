"""Inside a building: from the top floor down, unknown floors last, windows first of all."""

from __future__ import annotations

import random

from outreach.planning.rounds import plan_rounds
from tests.planning.rounds.audit import faults
from tests.planning.rounds.towns import NINE, door, promised, walker


def floors(doors):
    walkers = [walker(1)]
    plan = plan_rounds(doors, walkers, seed=1, iterations=80)
    assert faults(plan, doors, walkers) == []
    by_case = {one.case_id: one for one in doors}
    return [by_case[stop.case_id] for done in plan.rounds for stop in done.stops]


def test_top_floor_first_then_down_unknown_last():
    known = [None, 3, 0, 7, None, 1, 12]
    random.Random(1).shuffle(known)
    walked = floors([door(number, building=1, floor=floor, service=300) for number, floor in enumerate(known)])
    assert [one.floor for one in walked] == [12, 7, 3, 1, 0, None, None]


def test_a_promise_on_the_ground_floor_is_not_late_for_the_stairs():
    others = [door(number, building=1, floor=number, service=600) for number in range(2, 9)]
    walked = floors([promised(1, NINE + 600, NINE + 900, building=1, floor=0, service=600), *others])
    assert walked[0].case_id == 1
    assert [one.floor for one in walked[1:]] == sorted((one.floor for one in others), reverse=True)
