"""Appointments are kept whenever they can be; one that cannot is set aside with its reason."""

from __future__ import annotations

import pytest

from outreach.core.i18n import english
from outreach.planning.rounds import WORDS, Reason, plan_rounds
from tests.planning.rounds.audit import faults
from tests.planning.rounds.towns import NINE, door, promised, walker

TEN = NINE + 3600
HALF_PAST = TEN + 1800


def planned(doors, walkers):
    plan = plan_rounds(doors, walkers, seed=1, iterations=100)
    assert faults(plan, doors, walkers) == []
    return {item.case_id: (item.reason, item.clashes_with) for item in plan.set_aside}, plan


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (promised(1, TEN, HALF_PAST, speaks={"tr"}), Reason.NO_SPEAKER),
        (promised(1, NINE + 6 * 3600, NINE + 7 * 3600), Reason.NO_SHIFT),
        (promised(1, NINE - 7200, NINE - 3600), Reason.NO_SHIFT),
        (promised(1, TEN, HALF_PAST, lon=5.9), Reason.TOO_FAR),
        (promised(1, NINE, NINE + 60, lon=4.89), Reason.TOO_FAR),
        (promised(1, TEN, HALF_PAST, by=77), Reason.PROMISED_ABSENT),
        (promised(1, TEN, HALF_PAST, shift=77), Reason.PROMISED_ABSENT),
        (promised(1, TEN, HALF_PAST, by=2, speaks={"ar"}), Reason.PROMISED_ABSENT),
    ],
)
def test_an_appointment_that_nobody_can_keep_says_why(wanted, reason):
    aside, plan = planned([wanted, door(2)], [walker(1, speaks={"fr", "ar"}), walker(2)])
    assert aside == {1: (reason, ())}
    assert [stop.case_id for done in plan.rounds for stop in done.stops] == [2], "the others are visited all the same"


def test_two_at_one_time_clash_when_one_person_must_do_both():
    both = [promised(1, TEN, TEN + 60), promised(2, TEN, TEN + 60)]
    aside, plan = planned(both, [walker(1)])
    ((case, (reason, rivals)),) = aside.items()
    assert reason == Reason.CLASH
    assert {case, *rivals} == {1, 2}
    assert planned(both, [walker(1), walker(2)])[0] == {}
    assert len(plan.rounds) == 1


def test_who_promised_comes():
    doors = [promised(number, TEN + 900 * number, TEN + 900 * number + 1800, by=number % 2 + 1) for number in range(6)]
    aside, plan = planned(doors, [walker(1, mediator=1), walker(2, mediator=2)])
    assert aside == {}
    assert {done.mediator_id: {stop.case_id % 2 + 1 for stop in done.stops} for done in plan.rounds} == {1: {1}, 2: {2}}


def test_appointments_are_kept_before_any_number_of_better_doors():
    many = [door(number, value=50_000, building=number) for number in range(10, 60)]
    aside, plan = planned([promised(1, TEN, HALF_PAST, value=1, lon=4.895), *many], [walker(1)])
    assert aside == {}
    assert 1 in {stop.case_id for stop in plan.rounds[0].stops}


def test_lunch_gives_way_to_a_promise():
    from outreach.planning.rounds import Lunch

    noon = 12 * 3600
    early = walker(1, ends=NINE + 8 * 3600, lunch=Lunch(noon, noon + 5400, 2700))
    aside, plan = planned([promised(1, noon + 2700, noon + 3000), *(door(number) for number in range(2, 9))], [early])
    assert aside == {}
    assert plan.rounds[0].lunch is not None


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_a_sentence_in_both_languages(reason):
    assert WORDS[reason] in english()
