"""A day that changes: what is done stays done, the others hardly notice, and everything that changed is told with its reason."""

from __future__ import annotations

from itertools import pairwise

import pytest

from outreach.planning.rounds import Reason, plan_rounds, replan
from tests.planning.rounds.audit import faults
from tests.planning.rounds.towns import NINE, door, promised, town, walker

NOW = NINE + 5400


def started(seed, doors=150):
    places, walkers = town(seed, doors=doors)
    plan = plan_rounds(places, walkers, seed=seed, iterations=300)
    return places, walkers, plan, [stop for done in plan.rounds for stop in done.stops if stop.begins <= NOW]


@pytest.mark.parametrize("seed", range(8))
def test_when_a_mediator_falls_ill_the_others_hardly_notice(seed):
    doors, walkers, plan, past = started(seed)
    ill = plan.rounds[0].shift_id
    found = replan(plan, doors, walkers, now=NOW, seed=1, absent={ill}, iterations=200)
    inherited = sum(one.appointment is not None for one in doors if one.case_id in {item.case_id for item in found.change.moved})
    theirs = len(found.change.kept) / (1 - found.change.disturbed)
    assert found.change.disturbed <= 0.2 + 1.5 * inherited / theirs, "only promises taken over may push more doors out"
    after = [stop for done in found.plan.rounds for stop in done.stops]
    assert set(past) <= set(after), "what is done keeps its times"
    assert all(stop.begins <= NOW for done in found.plan.rounds if done.shift_id == ill for stop in done.stops)
    assert all(stop.begins >= NOW for stop in after if stop not in past)
    told_moves(plan, found, past, ill)
    kept_lunch = {done.shift_id: done.lunch for done in plan.rounds}
    assert all(kept_lunch.get(done.shift_id, done.lunch) == done.lunch for done in found.plan.rounds)
    assert [line for line in faults(found.plan, doors, walkers) if not line.startswith(f"{ill}:")] == []


def told_moves(plan, found, past, ill):
    """The difference that is told is the difference there is; a door already walked to is no longer in it."""
    begun = {stop.case_id for stop in past} | {
        after.case_id
        for done in plan.rounds
        if done.shift_id != ill
        for stop, after in pairwise(done.stops)
        if stop.ends <= NOW < after.begins
    }
    before, after = (
        {stop.case_id: done.shift_id for done in one.rounds for stop in done.stops if stop.case_id not in begun}
        for one in (plan, found.plan)
    )
    told = found.change
    assert set(told.kept) == {case for case in before if after.get(case) == before[case]}
    assert {(item.case_id, item.from_shift, item.to_shift) for item in told.moved} == {
        (case, shift, after[case]) for case, shift in before.items() if after.get(case, shift) != shift
    }
    assert {(item.case_id, item.shift_id) for item in told.dropped} == {item for item in before.items() if item[0] not in after}
    assert set(told.added) == {item for item in after.items() if item[0] not in before}


def test_a_door_that_was_visited_may_be_known_no_more():
    """Matching may have found since that they live where nobody knows the way to."""
    doors, walkers, plan, past = started(3)
    done = {stop.case_id for stop in past}
    last = max((stop for stop in plan.rounds[0].stops if stop.case_id in done), key=lambda stop: stop.begins)
    left = [one for one in doors if one.case_id != last.case_id]
    found = replan(plan, left, walkers, now=NOW, seed=1, done=done, iterations=200)
    assert set(past) <= {stop for one in found.plan.rounds for stop in one.stops}
    assert all(stop.begins >= last.ends for stop in found.plan.rounds[0].stops if stop.case_id not in done)


def test_the_promises_of_the_ill_are_kept_by_others_unless_it_was_personal():
    doors = [
        promised(1, NINE + 7200, NINE + 9000, by=1),
        promised(2, NINE + 9000, NINE + 10_800, lon=4.872),
        *(door(number, value=700, lon=4.87 + number / 5000) for number in range(3, 60)),
    ]
    walkers = [walker(1, mediator=1), walker(2, mediator=2)]
    plan = plan_rounds(doors, walkers, seed=1, iterations=200)
    assert plan.set_aside == ()
    found = replan(plan, doors, walkers, now=NOW, seed=1, absent={1})
    assert [(item.case_id, item.reason) for item in found.plan.set_aside] == [(1, Reason.PROMISED_ABSENT)]
    assert 2 in {stop.case_id for done in found.plan.rounds if done.shift_id == 2 for stop in done.stops}
    assert (1, Reason.PROMISED_ABSENT) in {(item.case_id, item.reason) for item in found.change.dropped}


def test_an_appointment_that_comes_in_is_kept_and_little_else_changes():
    doors, walkers, plan, _ = started(2)
    new = promised(9999, NOW + 3600, NOW + 5400, lon=walkers[0].lon, lat=walkers[0].lat)
    found = replan(plan, [*doors, new], walkers, now=NOW, seed=1, iterations=200)
    assert found.plan.set_aside == plan.set_aside
    assert 9999 in dict(found.change.added)
    assert found.change.disturbed <= 0.2


def test_a_door_that_drops_out_is_told_and_not_visited():
    doors, walkers, plan, past = started(3)
    gone = next(stop.case_id for done in plan.rounds for stop in done.stops if stop not in past)
    found = replan(plan, [one for one in doors if one.case_id != gone], walkers, now=NOW, seed=1, iterations=200)
    assert (gone, Reason.WITHDRAWN) in {(item.case_id, item.reason) for item in found.change.dropped}
    assert gone not in {stop.case_id for done in found.plan.rounds for stop in done.stops}


def test_nothing_new_changes_no_hands():
    doors, walkers, plan, _ = started(4)
    found = replan(plan, doors, walkers, now=NOW, seed=1, iterations=200)
    assert found.change.disturbed <= 0.2
    assert found.plan.value - found.plan.travel >= plan.value - plan.travel - 60


def test_with_everybody_ill_the_day_is_over():
    doors, walkers, plan, past = started(5)
    found = replan(plan, doors, walkers, now=NOW, seed=1, absent={one.shift_id for one in walkers})
    assert {stop for done in found.plan.rounds for stop in done.stops} == set(past)
    assert {item.reason for item in found.change.dropped} <= {
        Reason.MEDIATOR_ABSENT, Reason.NO_SPEAKER, Reason.NO_SHIFT, Reason.PROMISED_ABSENT
    }  # fmt: skip


def test_the_same_day_is_made_anew_the_same_way():
    doors, walkers, plan, _ = started(6)
    ill = {plan.rounds[0].shift_id}
    assert replan(plan, doors, walkers, now=NOW, seed=3, absent=ill) == replan(plan, doors, walkers, now=NOW, seed=3, absent=ill)
