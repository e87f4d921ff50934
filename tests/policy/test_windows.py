"""When people may be reached."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.core.clock import PARIS
from outreach.core.words import Channel
from outreach.policy.holidays import is_public_holiday
from outreach.policy.windows import closing, is_open, next_open_day, opening


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-10-05 10:00", True),
        ("2026-10-05 09:59", False),
        ("2026-10-05 12:54", True),
        ("2026-10-05 12:56", False),  # the guard before one o'clock
        ("2026-10-05 13:30", False),
        ("2026-10-05 14:00", True),
        ("2026-10-05 19:56", False),
        ("2026-10-10 11:00", False),  # Saturday
        ("2026-11-11 11:00", False),  # Armistice
    ],
)
def test_calls_keep_to_the_hours_of_the_code_de_la_consommation(moment, open_):
    assert is_open(Channel.CALL, datetime.fromisoformat(moment).replace(tzinfo=PARIS)) is open_


def test_windows_are_those_of_the_persons_own_time_zone():
    eleven_in_paris = datetime(2026, 10, 6, 11, 0, tzinfo=PARIS)
    assert is_open(Channel.CALL, eleven_in_paris, "69388")
    assert not is_open(Channel.CALL, eleven_in_paris, "97105"), "five in the morning in Guadeloupe"
    assert is_open(Channel.CALL, datetime(2026, 10, 6, 11, 0, tzinfo=ZoneInfo("Indian/Reunion")), "97411")


def test_alsace_and_moselle_have_two_more_holidays():
    assert is_public_holiday(date(2026, 12, 26), "67482")
    assert is_public_holiday(date(2026, 4, 3), "57463"), "Good Friday"
    assert not is_public_holiday(date(2026, 12, 26), "69388")


@given(
    st.dates(date(2024, 1, 1), date(2040, 12, 31)), st.sampled_from(list(Channel)), st.sampled_from(["69388", "67482", "97411"])
)
def test_the_next_open_day_is_open_near_and_its_hours_too(day, channel, insee):
    found = next_open_day(channel, day, insee)
    assert day <= found <= day + timedelta(days=6)
    assert not is_public_holiday(found, insee)
    assert is_open(channel, opening(channel, found, insee), insee)
    assert not is_open(channel, closing(channel, found, insee), insee)
