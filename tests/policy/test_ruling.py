"""May this contact be made: the rules one by one, and what always holds."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.core.clock import PARIS
from outreach.core.words import Channel
from outreach.policy.pressure import PERIOD_DAYS, Limits, earliest_within_cap, has_room
from outreach.policy.ruling import Ask, Forbidden, History, Terms, first_day, ruling
from outreach.policy.windows import opening

DAY = date(2026, 10, 6)
NOON = datetime(2026, 10, 6, 11, 0, tzinfo=PARIS)
TERMS = Terms(date(2026, 1, 1), date(2026, 12, 31), Limits(calls=4, silence_days=60, contacts=8))
OFFSETS = st.lists(st.integers(-90, 60), max_size=25)


def ago(*days: int) -> list[date]:
    return [DAY - timedelta(days=day) for day in days]


@pytest.mark.parametrize(
    ("channel", "history", "expected"),
    [
        (Channel.CALL, History(), None),
        (Channel.LETTER, History(objected=True), Forbidden.OBJECTED),
        (Channel.SMS, History(refusals=ago(59)), Forbidden.SILENCE),
        (Channel.SMS, History(refusals=ago(60)), None),
        (Channel.VISIT, History(sticker=True), Forbidden.STICKER),
        (Channel.CALL, History(sticker=True), None),
        (Channel.CALL, History(calls=ago(1, 8, 15, 29)), Forbidden.CALLS),
        (Channel.CALL, History(calls=ago(1, 8, 15, 30)), None),
        (Channel.SMS, History(calls=ago(1, 8, 15, 29)), None),
        (Channel.SMS, History(contacts=ago(*range(1, 9))), Forbidden.BUDGET),
        (Channel.SMS, History(contacts=ago(*range(23, 31))), None),
    ],
)
def test_each_rule_forbids_what_it_is_there_for(channel, history, expected):
    assert ruling(Ask(channel, NOON, TERMS, "69388", history)) is expected


def test_what_somebody_asked_for_is_no_solicitation_but_keeps_to_hours_and_objections():
    worn_out = History(calls=ago(1, 2, 3, 4), contacts=ago(*range(1, 12)))
    assert ruling(Ask(Channel.CALL, NOON, TERMS, "", worn_out)) is Forbidden.CALLS
    assert ruling(Ask(Channel.CALL, NOON, TERMS, "", worn_out, promised=True)) is None
    assert ruling(Ask(Channel.CALL, NOON.replace(hour=21), TERMS, "", worn_out, promised=True)) is Forbidden.CLOSED
    assert ruling(Ask(Channel.CALL, NOON, TERMS, "", History(objected=True), promised=True)) is Forbidden.OBJECTED


def test_an_agreement_may_be_stricter_and_never_looser_than_the_network():
    loose = Terms(TERMS.valid_from, TERMS.valid_to, Limits(calls=9, silence_days=10, contacts=99))
    assert ruling(Ask(Channel.CALL, NOON, loose, "", History(calls=ago(1, 2, 3, 4)))) is Forbidden.CALLS
    assert ruling(Ask(Channel.CALL, NOON, loose, "", History(refusals=ago(30)))) is Forbidden.SILENCE
    over = datetime(2027, 1, 4, 11, 0, tzinfo=PARIS)
    assert ruling(Ask(Channel.CALL, over, TERMS)) is Forbidden.AGREEMENT


@given(OFFSETS, st.integers(1, 5))
def test_room_means_that_no_thirty_days_hold_too_many(offsets, cap):
    others = [DAY + timedelta(days=offset) for offset in offsets]
    windows = [
        sum(0 <= (other - (DAY - timedelta(days=back))).days < PERIOD_DAYS for other in others) for back in range(PERIOD_DAYS)
    ]
    assert has_room(others, cap, DAY) == (max(windows) < cap)
    found = earliest_within_cap(others, cap, DAY)
    assert found is not None
    assert has_room(others, cap, found)
    assert not any(has_room(others, cap, DAY + timedelta(days=ahead)) for ahead in range((found - DAY).days))


@given(
    OFFSETS,
    OFFSETS,
    st.lists(st.integers(-90, 0), max_size=3),
    st.sampled_from(list(Channel)),
    st.sampled_from(["69388", "97411"]),
)
def test_the_first_day_is_allowed_and_no_day_before_it_is(calls, contacts, refusals, channel, insee):
    history = History(
        refusals=[DAY + timedelta(days=offset) for offset in refusals],
        calls=[DAY + timedelta(days=offset) for offset in calls],
        contacts=[DAY + timedelta(days=offset) for offset in contacts],
    )
    found, reason = first_day(channel, DAY, TERMS, history, insee)

    def allowed(day: date) -> bool:
        try:
            return ruling(Ask(channel, opening(channel, day, insee), TERMS, insee, history)) is None
        except IndexError:
            return False

    last = found or TERMS.valid_to + timedelta(days=1)
    assert not any(allowed(DAY + timedelta(days=ahead)) for ahead in range((last - DAY).days))
    if found is None:
        assert reason is not None
    else:
        assert allowed(found)


def test_a_cap_of_zero_leaves_no_day_and_says_which():
    nobody = Terms(TERMS.valid_from, TERMS.valid_to, Limits(calls=0))
    assert first_day(Channel.CALL, DAY, nobody, History()) == (None, Forbidden.CALLS)
    assert first_day(Channel.LETTER, DAY, TERMS, History(objected=True)) == (None, Forbidden.OBJECTED)
    assert first_day(Channel.VISIT, DAY, TERMS, History(sticker=True)) == (None, Forbidden.STICKER)
