"""What comes next for a case."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.core.words import Channel
from outreach.definitions.campaign import Step
from outreach.planning.cadence import GRACE_DAYS, Exhausted, Means, Next, Tried, is_possible, next_contact
from outreach.policy.dispositions import TABLE

START = date(2026, 10, 5)
CADENCE = (
    Step(code="letter", channel=Channel.LETTER, days_after_previous=0),
    Step(code="sms", channel=Channel.SMS, days_after_previous=7),
    Step(code="call", channel=Channel.CALL, days_after_previous=2, attempts=3, days_between_attempts=3),
    Step(code="visit", channel=Channel.VISIT, days_after_previous=3, attempts=2, days_between_attempts=7, priorities_up_to=4),
)


def means(**changes) -> Means:
    known = {
        "priority": 1, "has_mobile": True, "has_phone": True, "has_address": True, "is_located": True, "reads_french": None,
        "has_speaker": True,
    }  # fmt: skip
    return Means(**(known | changes))


def tried(step: str, attempt: int, code: str, day: int) -> Tried:
    channel = next(part.channel for part in CADENCE if part.code == step)
    return Tried(step, attempt, channel, code, START + timedelta(days=day))


def following(history, **changes):
    found = next_contact(CADENCE, means(**changes), history, START)
    return (found.step.code, found.attempt, (found.earliest - START).days) if isinstance(found, Next) else found


@pytest.mark.parametrize(
    ("history", "changes", "expected"),
    [
        ([], {}, ("letter", 1, 0)),
        ([], {"has_address": False, "is_located": False}, ("sms", 1, 0)),
        ([tried("letter", 1, "sent", 0)], {}, ("sms", 1, 7)),
        ([tried("letter", 1, "sent", 0)], {"has_mobile": False}, ("call", 1, 2)),
        ([tried("letter", 1, "sent", 0)], {"has_mobile": False, "has_phone": False}, ("visit", 1, 3)),
        ([tried("sms", 1, "undelivered", 7)], {}, ("call", 1, 9)),
        ([tried("call", 1, "no_answer", 9)], {}, ("call", 2, 12)),
        ([tried("call", 1, "busy", 9)], {}, ("call", 2, 10)),
        ([tried("call", 1, "wrong_number", 9)], {}, ("visit", 1, 12)),
        ([tried("call", 3, "no_answer", 15)], {}, ("visit", 1, 18)),
        ([tried("call", 3, "call_back", 15)], {}, ("call", 4, 16)),
        ([tried("visit", 1, "not_home", 18)], {}, ("visit", 2, 25)),
    ],
)
def test_the_next_step(history, changes, expected):
    assert following(history, **changes) == expected


def test_a_case_is_given_up_only_after_the_time_of_grace():
    last = tried("visit", 2, "not_home", 25)
    assert next_contact(CADENCE, means(), [last], START) == Exhausted("no_answer", last.day + timedelta(days=GRACE_DAYS))


def test_only_wrong_data_is_called_wrong_data():
    nothing = means(has_mobile=False, has_phone=False, has_address=False, is_located=False)
    assert next_contact(CADENCE, nothing, [], START) == Exhausted("wrong_data", START + timedelta(days=GRACE_DAYS))


def test_who_does_not_read_french_is_visited_whatever_the_priority():
    visit = CADENCE[-1]
    assert not is_possible(visit, means(priority=9))
    assert is_possible(visit, means(priority=9, reads_french=False))


def test_nobody_is_called_in_a_language_that_no_mediator_speaks():
    assert following([tried("sms", 1, "sent", 7)], has_speaker=False) == Exhausted(
        "no_speaker", START + timedelta(days=7 + GRACE_DAYS)
    )


@given(st.data())
def test_every_cadence_ends_and_never_repeats_a_contact(data):
    history: list[Tried] = []
    codes = {channel: [row.code for row in TABLE if channel in row.channels and not row.final] for channel in Channel}
    chosen = means(
        priority=data.draw(st.integers(1, 9)), has_mobile=data.draw(st.booleans()), has_address=data.draw(st.booleans())
    )
    for _ in range(20):
        found = next_contact(CADENCE, chosen, history, START)
        if isinstance(found, Exhausted):
            break
        assert (found.step.code, found.attempt) not in {(past.step, past.attempt) for past in history}
        assert not history or found.earliest >= history[-1].day
        code = data.draw(st.sampled_from(codes[found.step.channel]))
        history.append(Tried(found.step.code, found.attempt, found.step.channel, code, found.earliest))
    else:
        pytest.fail("the cadence never ends")
