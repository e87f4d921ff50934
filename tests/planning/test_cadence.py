"""What comes next for a case."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.core.words import Channel
from outreach.definitions.campaign import Step
from outreach.definitions.loader import read_folder
from outreach.planning.cadence import (
    GRACE_DAYS,
    NO_SPEAKER,
    Cadence,
    Exhausted,
    Means,
    Next,
    Tried,
    is_possible,
    next_contact,
    tried_of,
)
from outreach.planning.situations import FLAGS, UNKNOWN, Steps, next_steps
from outreach.policy.dispositions import TABLE
from outreach.policy.language import SPOKEN

STEPS = (
    Step(code="letter", channel=Channel.LETTER, days_after_previous=0),
    Step(code="sms", channel=Channel.SMS, days_after_previous=7),
    Step(code="call", channel=Channel.CALL, days_after_previous=2, attempts=3, days_between_attempts=3),
    Step(code="visit", channel=Channel.VISIT, days_after_previous=3, attempts=2, days_between_attempts=7, priorities_up_to=4),
)
CADENCE = Cadence(STEPS, pause=10)


def means(**changes) -> Means:
    known = {
        "priority": 1, "has_mobile": True, "has_phone": True, "has_address": True, "is_located": True, "reads_french": None,
        "has_caller": True, "has_visitor": True,
    }  # fmt: skip
    return Means(**(known | changes))


def tried(step: str, attempt: int, code: str) -> Tried:
    channel = next(part.channel for part in STEPS if part.code == step)
    return Tried(step, attempt, channel.value, code)


def following(history, cadence=CADENCE, **changes):
    found = next_contact(cadence, means(**changes), history)
    return (found.step.code, found.attempt, found.after) if isinstance(found, Next) else found


@pytest.mark.parametrize(
    ("history", "changes", "expected"),
    [
        ([], {}, ("letter", 1, 0)),
        ([], {"has_address": False, "is_located": False}, ("sms", 1, 0)),
        ([tried("letter", 1, "sent")], {}, ("sms", 1, 7)),
        ([tried("letter", 1, "sent")], {"has_mobile": False}, ("call", 1, 2)),
        ([tried("letter", 1, "sent")], {"has_mobile": False, "has_phone": False}, ("visit", 1, 3)),
        ([tried("sms", 1, "undelivered")], {}, ("call", 1, 2)),
        ([tried("call", 1, "no_answer")], {}, ("call", 2, 3)),
        ([tried("call", 1, "busy")], {}, ("call", 2, 1)),
        ([tried("call", 1, "wrong_number")], {}, ("visit", 1, 3)),
        ([tried("call", 3, "no_answer")], {}, ("visit", 1, 3)),
        ([tried("call", 3, "call_back")], {}, ("call", 4, 1)),
        ([tried("call", 1, "talked")], {}, ("call", 2, 10)),
        ([tried("visit", 1, "not_home")], {}, ("visit", 2, 7)),
    ],
)
def test_the_next_step(history, changes, expected):
    assert following(history, **changes) == expected


def test_a_case_is_given_up_only_after_the_time_of_grace():
    assert following([tried("visit", 2, "not_home")]) == Exhausted("no_answer", GRACE_DAYS)


def test_only_wrong_data_is_called_wrong_data():
    nothing = {"has_mobile": False, "has_phone": False, "has_address": False, "is_located": False}
    assert following([], **nothing) == Exhausted("wrong_data", GRACE_DAYS)


def test_who_does_not_read_french_is_visited_whatever_the_priority():
    visit = STEPS[-1]
    assert not is_possible(visit, means(priority=9))
    assert is_possible(visit, means(priority=9, reads_french=False))


def test_nobody_is_called_in_a_language_that_no_mediator_speaks():
    assert following([tried("sms", 1, "sent")], has_caller=False, has_visitor=False) == Exhausted(NO_SPEAKER)
    assert following([tried("sms", 1, "sent")], has_caller=False) == ("visit", 1, 3), "somebody who visits does speak it"


def test_who_does_not_read_french_gets_no_plan_of_writing_alone():
    mute = {"reads_french": False, "has_caller": False, "has_visitor": False}
    assert following([], **mute) == Exhausted(NO_SPEAKER), "the case says that nobody speaks with them: no letter instead"
    assert following([], reads_french=False, has_phone=False, is_located=False) == Exhausted("no_spoken_way")
    assert following([], reads_french=False, has_phone=False) == ("letter", 1, 0), "a visit follows: the letter announces it"
    assert following([], has_caller=False, has_visitor=False) == ("letter", 1, 0), "nobody said that they cannot read: neutral"


ALTERNATIVES = Cadence(
    (
        STEPS[0],
        Step(code="early_visit", channel=Channel.VISIT, days_after_previous=2, instead_of="letter"),
        STEPS[2],
        Step(code="second_letter", channel=Channel.LETTER, days_after_previous=1, instead_of="call"),
        Step(code="leaflet", channel=Channel.VISIT, days_after_previous=1, only_after=["no_access"], not_after=["sticker"]),
    ),
    recontact={"no_answer": 5},
)


@pytest.mark.parametrize(
    ("history", "changes", "expected"),
    [
        ([tried("letter", 1, "returned")], {}, ("early_visit", 1, 2)),
        ([tried("letter", 1, "sent")], {}, ("call", 1, 2)),
        ([tried("letter", 1, "sent")], {"has_phone": False}, ("second_letter", 1, 1)),
        ([tried("call", 1, "dead_number")], {}, ("second_letter", 1, 1)),
        ([tried("call", 1, "no_answer")], {}, ("call", 2, 5)),
        ([tried("call", 3, "no_answer")], {}, Exhausted("no_answer")),
        ([Tried("early_visit", 1, "visit", "no_access"), tried("call", 3, "no_answer")], {}, ("leaflet", 1, 1)),
    ],
)
def test_conditions_alternatives_and_intervals_of_the_campaign(history, changes, expected):
    assert following(history, ALTERNATIVES, **changes) == expected


@given(st.data())
def test_every_cadence_ends_and_never_repeats_a_contact(data):
    history: list[Tried] = []
    codes = {channel: [row.code for row in TABLE if channel in row.channels and not row.final] for channel in Channel}
    reads = data.draw(st.sampled_from([None, True, False]))
    chosen = means(
        priority=data.draw(st.integers(1, 9)), has_mobile=data.draw(st.booleans()), has_address=data.draw(st.booleans()),
        has_caller=data.draw(st.booleans()), has_visitor=data.draw(st.booleans()), reads_french=reads,
    )  # fmt: skip
    cadence = data.draw(st.sampled_from([CADENCE, ALTERNATIVES]))
    for _ in range(20):
        found = next_contact(cadence, chosen, history)
        if isinstance(found, Exhausted):
            break
        assert (found.step.code, found.attempt) not in {(past.step, past.attempt) for past in history}
        assert found.after >= 0
        assert is_possible(found.step, chosen)
        code = data.draw(st.sampled_from(codes[found.step.channel]))
        history.append(Tried(found.step.code, found.attempt, found.step.channel.value, code))
    else:
        pytest.fail("the cadence never ends")
    if reads is False and history:
        assert any(is_possible(step, chosen) for step in cadence.steps if step.channel in SPOKEN), "never in writing alone"


@given(st.lists(st.tuples(st.integers(1, 9), st.lists(st.booleans(), min_size=6, max_size=6), st.sampled_from([UNKNOWN, 0, 1]),
                          st.sampled_from([None, "letter|1|letter|sent", "letter|1|letter|sent;sms|1|sms|undelivered",
                                           "letter|1|letter|returned;call|1|call|no_answer", "call|1|call|talked"]),
                          st.integers(1, 3), st.integers(0, 20)), max_size=40))  # fmt: skip
def test_many_cases_at_once_get_what_each_would_get_alone(drawn):
    campaign = read_folder_once()
    rows = [
        {"priority": priority, "reads_french": reads, "history": history, "wave": wave, "opened": pd.Timestamp("2026-10-12"),
         "last_day": pd.Timestamp("2026-10-20") + pd.Timedelta(days=days) if history else pd.NaT, **dict(zip(FLAGS, flags, strict=True))}
        for priority, flags, reads, history, wave, days in drawn
    ]  # fmt: skip
    cases = pd.DataFrame(rows, columns=["priority", "reads_french", "history", "wave", "opened", "last_day", *FLAGS])
    cases = cases.astype({"history": object, "opened": "datetime64[s]", "last_day": "datetime64[s]"})
    found = next_steps(cases, campaign)
    answers = [Steps(*answer) for answer in zip(*found, strict=True)]
    for row, answer in zip(rows, answers, strict=True):
        own = means(**{name: row[name] for name in FLAGS}, priority=row["priority"],
                    reads_french=None if row["reads_french"] == UNKNOWN else bool(row["reads_french"]))  # fmt: skip
        alone = next_contact(Cadence.of(campaign), own, tried_of(row["history"]))
        base = row["last_day"] if row["history"] else row["opened"] + pd.Timedelta(days=7 * (row["wave"] - 1))
        assert pd.Timestamp(answer.earliest) == base + pd.Timedelta(days=alone.after)
        if isinstance(alone, Exhausted):
            assert answer.exhausted == alone.reason
        else:
            assert (answer.step, answer.attempt, answer.channel) == (alone.step.code, alone.attempt, alone.step.channel.value)


@lru_cache(maxsize=1)
def read_folder_once():
    return read_folder(Path("campaigns/energy-arrears")).campaign


def test_a_step_that_nobody_can_do_is_skipped_whatever_its_place():
    late = replace(CADENCE, steps=(STEPS[3], STEPS[0]))
    assert following([], late, is_located=False) == ("letter", 1, 0)
