"""Letters and SMS: within the day's room, within what the desks can answer, spread over the hours."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.core import clock
from outreach.core.words import Channel
from outreach.definitions.campaign import Capacity
from outreach.planning.mailings import place_mailings
from outreach.planning.room import Room
from outreach.planning.wishes import LONGEST_WAIT, Wish, looked_at_again
from outreach.policy.ruling import Terms
from outreach.policy.windows import is_open

MONDAY = date(2026, 10, 5)
LAST = MONDAY + timedelta(days=7)
TERMS = Terms(date(2026, 1, 1), date(2026, 12, 31))
EARLY = clock.at(MONDAY, "05:00")


def wish(number: int, site: int = 1, channel: Channel = Channel.LETTER, insee: str = "69388", **changes) -> Wish:
    known = {
        "case_id": number, "person_id": number, "household_id": number, "site_id": site, "priority": 1, "channel": channel, "step": "s",
        "attempt": 1, "earliest": MONDAY, "insee": insee, "language": None, "reads_french": None, "speaks": frozenset({"fr"}),
    }  # fmt: skip
    return Wish(**(known | changes))


def capacity(**changes) -> Capacity:
    return Capacity(**({"letters_per_day": 10, "sms_per_day": 10} | changes))


def place(wishes, room, channel=Channel.LETTER, now=EARLY):
    with clock.travel(now):
        return place_mailings(channel, wishes, room, TERMS, LAST, frozenset({"fr", "ar", "fr-easy"}))


def days_of(placed) -> Counter[date]:
    return Counter(item.due_at.astimezone(clock.PARIS).date() for item in placed)


def test_no_day_has_more_letters_than_are_printed_and_the_rest_waits_with_a_date():
    placed, waits = place([wish(number) for number in range(75)], Room(capacity()))
    assert days_of(placed) == {MONDAY + timedelta(days=ahead): 10 for ahead in (0, 1, 2, 3, 4, 7)}
    assert {wait.reason for wait in waits} == {"capacity"}
    assert all(wait.day > LAST for wait in waits)
    assert len(placed) + len(waits) == 75


def test_invitations_stop_while_the_desk_cannot_answer_and_resume_by_themselves():
    slots = Counter({MONDAY + timedelta(days=ahead): 1 for ahead in range(20)})
    room = Room(capacity(letters_per_day=100, answers_percent=10, answer_days=10), slots={1: slots})
    wishes = [wish(number) for number in range(400)] + [wish(1000 + number, site=2) for number in range(50)]
    placed, waits = place(wishes, room)
    here = [item for item in placed if item.wish.site_id == 1]
    assert len(here) == 100, "ten open slots, one letter in ten brings somebody"
    assert sum(item.wish.site_id == 2 for item in placed) == 50, "a site without a desk of its own is not held up"
    assert {wait.reason for wait in waits if wait.case_id < 1000} == {"answers"}
    people_came = Room(room.capacity, slots={1: slots + slots}, invited=room.invited, placed=room.placed)
    again, _ = place([wish(2000 + number) for number in range(200)], people_came)
    assert len(again) == 100, "twice the slots: as many letters again"


def test_no_more_texts_than_the_staff_of_the_day_can_take_replies_to():
    staff = Counter({MONDAY: 60, MONDAY + timedelta(days=1): 30})
    room = Room(capacity(sms_per_day=1000, replies_percent=10, minutes_per_reply=6), replies={1: staff})
    placed, waits = place([wish(number, channel=Channel.SMS) for number in range(200)], room, Channel.SMS)
    assert days_of(placed) == {MONDAY: 100, MONDAY + timedelta(days=1): 50}
    assert {wait.reason for wait in waits} == {"answers"}


def test_texts_are_spread_over_the_hours_and_written_in_the_persons_language():
    wishes = [wish(number, channel=Channel.SMS, language="ar" if number % 2 else None) for number in range(10)]
    placed, _ = place(wishes, Room(capacity()), Channel.SMS)
    times = [item.due_at for item in placed]
    assert times == sorted(times)
    assert times[-1] - times[0] > timedelta(hours=7)
    assert {item.language for item in placed} == {"fr", "ar"}
    assert all(is_open(Channel.SMS, item.due_at, "69388") and item.due_at < item.useful_until for item in placed)


def test_what_is_planned_in_the_course_of_a_day_still_fits_into_it():
    placed, _ = place(
        [wish(number, channel=Channel.SMS) for number in range(10)], Room(capacity()), Channel.SMS, clock.at(MONDAY, "17:00")
    )
    assert all(clock.at(MONDAY, "17:00") <= item.due_at for item in placed)
    late, _ = place([wish(1, channel=Channel.SMS)], Room(capacity()), Channel.SMS, clock.at(MONDAY, "19:25"))
    assert days_of(late) == {MONDAY + timedelta(days=1): 1}, "the guard before closing time"


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 9), st.sampled_from(["69388", "67482", "97411"])), max_size=120),
    st.integers(0, 12), st.integers(1, 50), st.integers(1, 12), st.dictionaries(st.integers(1, 3), st.integers(0, 6), max_size=3),
)  # fmt: skip
def test_no_plan_of_mailings_ever_exceeds_its_room(drawn, per_day, percent, days, desks):
    desk = {site: Counter({MONDAY + timedelta(days=ahead): slots for ahead in range(30)}) for site, slots in desks.items()}
    room = Room(capacity(letters_per_day=per_day, answers_percent=percent, answer_days=days), slots=desk)
    wishes = [wish(n, site, earliest=MONDAY + timedelta(days=later), insee=insee) for n, (site, later, insee) in enumerate(drawn)]
    placed, waits = place(wishes, room)
    assert sorted([item.wish.case_id for item in placed] + [wait.case_id for wait in waits]) == list(range(len(drawn)))
    assert all(count <= per_day for count in days_of(placed).values())
    for site, slots in desks.items():
        for day in (MONDAY + timedelta(days=ahead) for ahead in range(8)):
            pending = sum(
                item.wish.site_id == site and 0 <= (day - item.due_at.astimezone(clock.PARIS).date()).days < days
                for item in placed
            )
            invited_that_day = any(item.wish.site_id == site and item.due_at.date() == day for item in placed)
            assert not invited_that_day or pending * percent / 100 <= slots * days, (
                "open slots minus expected answers never below zero"
            )
    for item in placed:
        assert item.due_at.date() >= item.wish.earliest
        assert is_open(Channel.LETTER, item.due_at, item.wish.insee)


@pytest.mark.parametrize(
    ("ahead", "per_day", "days"), [(0, 10, 1), (100, 10, 6), (100_000, 10, 1 + LONGEST_WAIT), (50, 0, 1 + LONGEST_WAIT)]
)
def test_who_waits_in_a_queue_is_looked_at_again_after_half_of_it(ahead, per_day, days):
    assert looked_at_again(LAST, ahead, per_day) == LAST + timedelta(days=days)


def looked_for_anew(wishes, room):
    """Each wish looks at every day from its first, whatever those before it found."""
    found = {}
    for one in wishes:
        day = one.earliest
        while day <= LAST:
            may_be = is_open(Channel.LETTER, clock.at(day, "10:00"), one.insee) and not room.is_full(Channel.LETTER, day)
            if may_be and room.takes(Channel.LETTER, one.site_id, day):
                room.place(Channel.LETTER, one.site_id, day)
                found[one.case_id] = day
                break
            day += timedelta(days=1)
    return found


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(0, 9), st.sampled_from(["69388", "97411", "67482"])), min_size=1, max_size=60
    ),
    st.integers(1, 8),
    st.dictionaries(st.integers(1, 2), st.lists(st.integers(0, 3), min_size=18, max_size=18)),
)
def test_a_search_that_remembers_finds_what_one_that_does_not_would(asked, printed, desks):
    slots = {
        site: Counter({MONDAY + timedelta(days=ahead): people for ahead, people in enumerate(open_)})
        for site, open_ in desks.items()
    }
    limits = capacity(letters_per_day=printed, answers_percent=20, answer_days=5)
    wishes = [
        wish(number, site=site, insee=insee, earliest=MONDAY + timedelta(days=after))
        for number, (site, after, insee) in enumerate(asked)
    ]
    placed, waits = place(wishes, Room(limits, slots=slots))
    with clock.travel(EARLY):
        expected = looked_for_anew(wishes, Room(limits, slots=slots))
    assert {item.wish.case_id: item.due_at.astimezone(clock.PARIS).date() for item in placed} == expected
    assert {wait.case_id for wait in waits} == {one.case_id for one in wishes} - set(expected)
