"""Things worked on some at a time: in order, errors at their turn, and never two at once that need the same."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Barrier, Lock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.core import clock
from outreach.core.abreast import abreast, beside, in_steps

NEEDS = st.lists(st.frozensets(st.integers(0, 4), max_size=3), max_size=12)


@given(needs=NEEDS, at_once=st.integers(1, 4))
def test_what_needs_the_same_is_never_under_way_together(needs, at_once):
    in_use, lock, clashes = [], Lock(), []

    def work(place):
        with lock:
            clashes.extend(one for one in in_use if one & needs[place])
            in_use.append(needs[place])
        with lock:
            in_use.remove(needs[place])
        return place

    assert list(abreast(work, range(len(needs)), at_once, uses=lambda place: needs[place])) == list(range(len(needs)))
    assert clashes == []


def test_who_needs_something_else_is_taken_before():
    """Of three, the second waits for the first; were the third not begun meanwhile, both would wait for ever."""
    met = Barrier(2, timeout=20)

    def work(thing):
        if thing != "second":
            met.wait()
        return thing

    uses = {"first": "Lyon", "second": "Lyon", "third": "Rennes"}
    assert list(abreast(work, uses, 2, uses=lambda thing: [uses[thing]])) == list(uses)


def test_the_first_error_is_raised_at_its_turn():
    def work(number):
        if number:
            raise ValueError(number)
        return number

    found = abreast(work, range(5), 2, uses=lambda _number: ["one at a time"])
    assert next(found) == 0
    with pytest.raises(ValueError, match="1"):
        next(found)


def test_what_is_done_beside_a_block_is_done_at_its_end_in_the_callers_context():
    began, moment = Barrier(2, timeout=10), datetime(2026, 3, 2, 9, tzinfo=UTC)

    def work(what):
        began.wait()
        return what, clock.now()

    with clock.travel(moment), beside(work, "receipts") as done:
        began.wait()
    assert done.result() == ("receipts", moment)


def test_an_error_beside_a_block_is_raised_at_its_end():
    reached = []
    with pytest.raises(ValueError, match="not read"), beside(_refuse, "not read"):
        reached.append("the block ends first")
    assert reached


def _refuse(why):
    raise ValueError(why)


@given(needs=NEEDS, at_once=st.integers(1, 4), count=st.integers(1, 3))
def test_each_thing_takes_its_steps_in_order_and_its_last_one_alone_with_what_it_uses(needs, at_once, count):
    taken, in_use, clashes, lock = [], [], [], Lock()

    def step(number):
        def work(place):
            with lock:
                taken.append((place, number))
                if number == count - 1:
                    clashes.extend(place for other in in_use if other & needs[place])
                    in_use.append(needs[place])
            with lock:
                if number == count - 1:
                    in_use.remove(needs[place])
            return place, number

        return work

    made = in_steps([step(number) for number in range(count)], range(len(needs)), at_once, uses=lambda place: needs[place])
    assert made == [[(place, number) for number in range(count)] for place in range(len(needs))]
    assert [[number for at, number in taken if at == place] for place in range(len(needs))] == [list(range(count))] * len(needs)
    assert not clashes


def test_a_thing_may_be_at_its_last_step_while_another_is_at_its_first():
    met = Barrier(2, timeout=10)

    def first(thing):
        return met.wait() >= 0 if thing == "long" else True

    def last(thing):
        return met.wait() >= 0 if thing == "short" else True

    assert in_steps([first, last], ["long", "short"], 2) == [[True, True], [True, True]]


def test_no_step_is_taken_after_one_that_says_so_or_fails():
    taken = []

    def first(thing):
        if thing == "broken":
            message = "broken"
            raise ValueError(message)
        return thing

    def last(thing):
        taken.append(thing)
        return f"{thing} planned"

    assert in_steps([first, last], ["refused", "well"], 1, goes_on=lambda made: made != "refused") == [
        ["refused", "refused"],
        ["well", "well planned"],
    ]
    with pytest.raises(ValueError, match="broken"):
        in_steps([first, last], ["broken", "well"], 1)
    assert taken == ["well"]
