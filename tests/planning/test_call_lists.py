"""Calls: the free moments of shifts, promised calls, languages, and the hours of the person called."""

from __future__ import annotations

from datetime import date, time, timedelta

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.core import clock
from outreach.core.words import Channel, ShiftKind, TravelMode
from outreach.planning.answered import Rates
from outreach.planning.call_lists import place_calls
from outreach.planning.call_slots import Booked, Diary, diaries, part_of
from outreach.planning.calling import learn
from outreach.planning.promises import Promise, place_promised_calls
from outreach.planning.rounds import Reason
from outreach.planning.shifts import Worked
from outreach.policy.ruling import Terms
from outreach.policy.windows import is_open
from tests.planning.test_mailings import EARLY, LAST, MONDAY, wish

TERMS = Terms(date(2026, 1, 1), date(2026, 12, 31))
RATES = Rates(learn(np.array([[40, 40, 40, 40]] * 2), np.array([[14, 15, 16, 20]] * 2)), np.full((2, 4), 40))


def shift(number: int, day: date = MONDAY, hours=("10:00", "13:00"), speaks=("fr",), site: int = 1) -> Worked:
    begins, ends = (clock.at(day, hour) for hour in hours)
    return Worked(
        number,
        number,
        f"m{number}",
        site,
        ShiftKind.CALL,
        day,
        begins,
        ends,
        frozenset(speaks),
        TravelMode.TRANSIT,
        4.8,
        45.7,
        "69388",
    )


def books(session, *shifts: Worked, minutes: int = 10, lunch=None) -> list[Diary]:
    with clock.travel(EARLY):
        return diaries(session, shifts, TERMS, minutes=minutes, lunch=lunch)


def place(wishes, free):
    with clock.travel(EARLY):
        return place_calls(wishes, free, TERMS, RATES, MONDAY, LAST)


def call(number: int, **changes):
    return wish(number, channel=Channel.CALL, **changes)


def test_places_lie_in_the_hours_of_calls_and_lunch_is_free(session):
    (diary,) = books(session, shift(1, hours=("09:00", "15:00")), minutes=30, lunch=(time(12), time(12, 30)))
    moments = [place.astimezone(clock.PARIS).time() for part in sorted(diary.free) for place in diary.free[part]]
    assert moments == [time(10), time(10, 30), time(11), time(11, 30), time(12, 30), time(14), time(14, 30)]
    assert [part_of(moment) for moment in moments] == [0, 0, 0, 0, 1, 2, 2]


def test_calls_follow_each_other_and_who_speaks_more_languages_stays_free_for_who_needs_them(session):
    free = books(session, shift(1, speaks=("fr", "ar"), hours=("10:00", "10:20")), shift(2, hours=("10:00", "10:20")))
    wishes = [call(10), call(11, speaks=frozenset({"ar"}), language="ar", reads_french=False), call(12)]
    placed, waits = place(wishes, free)
    assert waits == []
    assert {item.wish.case_id: item.shift_id for item in placed}[11] == 1
    assert {item.wish.case_id: item.language for item in placed} == {10: "fr", 11: "ar", 12: "fr"}
    assert len({(item.shift_id, item.due_at) for item in placed}) == 3


def test_a_call_goes_where_people_answer_and_not_again_where_nobody_did(session):
    free = books(session, shift(1, hours=("10:00", "11:00")), shift(2, hours=("17:00", "18:00")))
    placed, _ = place([call(1)], free)
    assert placed[0].shift_id == 2, "one answer in two in the evening, one in three in the morning"
    placed, _ = place(
        [call(1, call_hours=(17, 17, 17, 17, 17, 18))],
        books(session, shift(1, hours=("10:00", "11:00")), shift(2, hours=("17:00", "18:00"))),
    )
    assert placed[0].shift_id == 1


def test_nobody_is_left_uncalled_because_others_did_not_answer(session):
    never = Rates(learn(np.full((2, 4), 100_000), np.zeros((2, 4), dtype=int)), np.full((2, 4), 100_000))
    with clock.travel(EARLY):
        placed, _ = place_calls(
            [call(1, priority=8, call_hours=(10, 10, 10))], books(session, shift(1)), TERMS, never, MONDAY, LAST
        )
    assert len(placed) == 1


def test_another_site_calls_who_nobody_here_speaks_with(session):
    free = books(session, shift(1), shift(2, site=2, speaks=("tr",)))
    placed, waits = place([call(1, speaks=frozenset({"tr"}), language="tr", reads_french=False)], free)
    assert [item.shift_id for item in placed] == [2]
    assert waits == []


def promise(number: int, case: int, begins: str, ends: str, mediator: int | None = None) -> Promise:
    return Promise(number, case, Channel.CALL, clock.at(MONDAY, begins), clock.at(MONDAY, ends), mediator, f"m{mediator}")


def test_two_promises_at_one_time_are_kept_one_after_the_other_or_by_two(session):
    free = books(session, shift(1), shift(2))
    promised = [(promise(n, n, "10:30", "10:50", 1), call(n)) for n in range(4)]
    kept = place_promised_calls(promised, free)
    placed, missing = kept.placed, kept.missing
    assert [(item.shift_id, item.due_at.astimezone(clock.PARIS).time()) for item in placed] == [
        (1, time(10, 30)), (1, time(10, 40)), (2, time(10, 30)), (2, time(10, 40)),
    ]  # fmt: skip
    assert missing == []
    kept = place_promised_calls([(promise(9, 9, "10:30", "10:50", 1), call(9))], free)
    placed, missing = kept.placed, kept.missing
    assert (placed, [reason for _, reason in missing]) == ([], [Reason.CLASH])


def test_a_promised_call_takes_the_place_of_the_least_urgent_call_that_nobody_was_promised(session):
    (diary,) = books(session, shift(1, hours=("10:00", "10:30")))
    moments = list(diary.free[0])
    diary.booked = [
        Booked(n, 100 + n, moment, priority) for n, (moment, priority) in enumerate(zip(moments, (4, 8, 6), strict=True))
    ]
    for moment in moments:
        diary.take(moment)
    kept = place_promised_calls([(promise(n, n, "10:00", "10:30"), call(n)) for n in range(4)], [diary])
    assert [booked.priority for booked in kept.gave_way] == [8, 6, 4]
    assert [item.due_at for item in kept.placed] == [moments[1], moments[2], moments[0]]
    assert [reason for _, reason in kept.missing] == [Reason.CLASH]


def test_a_promise_says_why_nobody_can_keep_it(session):
    free = books(session, shift(1))
    asked = [
        (promise(1, 1, "14:30", "15:00"), call(1)),
        (promise(2, 2, "10:30", "11:00"), call(2, speaks=frozenset({"tr"}))),
    ]
    missing = place_promised_calls(asked, free).missing
    assert [reason for _, reason in missing] == [Reason.NO_SHIFT, Reason.NO_SPEAKER]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.data())
def test_call_lists_keep_to_languages_days_places_and_hours(session, data):
    tongues = ("fr", "ar", "tr")
    shifts = [
        shift(number, MONDAY + timedelta(days=data.draw(st.integers(0, 6))), data.draw(st.sampled_from([("10:00", "13:00"), ("14:00", "18:00")])),
              tuple({"fr", data.draw(st.sampled_from(tongues))}), data.draw(st.integers(1, 2)))
        for number in range(1, 6)
    ]  # fmt: skip
    wishes = [
        call(number, site=data.draw(st.integers(1, 2)), earliest=MONDAY + timedelta(days=data.draw(st.integers(0, 6))),
             speaks=frozenset({data.draw(st.sampled_from(tongues))}), priority=data.draw(st.integers(1, 8)),
             insee=data.draw(st.sampled_from(["69388", "67482", "97411"])))
        for number in range(data.draw(st.integers(0, 40)))
    ]  # fmt: skip
    free = books(session, *shifts, minutes=30)
    places = {diary.shift.id: {place for part in diary.free.values() for place in part} for diary in free}
    placed, waits = place(wishes, free)
    assert sorted([item.wish.case_id for item in placed] + [wait.case_id for wait in waits]) == list(range(len(wishes)))
    by_id = {one.id: one for one in shifts}
    for item in placed:
        assert by_id[item.shift_id].languages & item.wish.speaks
        assert item.due_at.date() >= item.wish.earliest
        assert item.due_at in places[item.shift_id]
        assert is_open(Channel.CALL, item.due_at, item.wish.insee)
    assert len({(item.shift_id, item.due_at) for item in placed}) == len(placed), "one call at a time"
