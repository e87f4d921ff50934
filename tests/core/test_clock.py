"""The simulated clock."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from outreach.core import clock

NOON = clock.at(date(2026, 10, 5), "12:00")


def test_the_clock_stands_where_it_was_set_in_every_thread_and_goes_on_after():
    with clock.travel(NOON):
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(clock.now).result() == NOON
        with clock.travel(clock.at(date(2027, 1, 1), "08:00")):
            assert clock.today() == date(2027, 1, 1)
        assert clock.now() == NOON
    assert clock.now() > clock.at(date(2026, 1, 1), "00:00")


def test_only_aware_moments_can_be_travelled_to():
    with pytest.raises(ValueError, match="aware"), clock.travel(datetime(2026, 10, 5)):  # noqa: DTZ001
        pass


def test_days_include_both_ends():
    assert [day.day for day in clock.days(date(2026, 10, 30), date(2026, 11, 1))] == [30, 31, 1]


@pytest.mark.parametrize(
    ("day", "after"), [("2026-01-31", "2026-02-01"), ("2026-11-30", "2026-12-01"), ("2026-12-01", "2027-01-01")]
)
def test_the_month_after_begins_on_its_first_day(day, after):
    assert clock.next_month(date.fromisoformat(day)) == date.fromisoformat(after)


def test_months_go_from_the_first_to_the_last_whatever_their_days():
    assert clock.months(date(2026, 11, 30), date(2027, 1, 1)) == [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)]
    assert clock.months(date(2026, 11, 30), date(2026, 11, 2)) == [date(2026, 11, 1)]


def test_a_running_clock_goes_on_from_its_moment():
    moment = clock.at(date(2026, 11, 16), "10:00")
    with clock.travel(moment, running=True):
        first = clock.now()
        while clock.now() == first:
            pass
        assert moment <= first < clock.now()
    with clock.travel(moment):
        assert clock.now() == clock.now() == moment


@pytest.mark.parametrize("instant", ["2026-10-25T00:50", "2026-10-25T01:10", "2026-10-25T01:50", "2027-03-28T00:50"])
@pytest.mark.parametrize("running", [False, True])
def test_later_is_later_in_the_nights_when_the_hour_is_changed(instant, running):
    """02:50 and a quarter of an hour: 03:05 in the clocks' first round of the autumn night, 02:05 again in truth."""
    moment = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    with clock.travel(moment, running=running):
        now = clock.now()
        for span in (timedelta(minutes=15), timedelta(hours=1), timedelta(minutes=-90)):
            assert ((now + span).astimezone(UTC) - now.astimezone(UTC)) == span
        assert now.utcoffset() == now.astimezone(clock.PARIS).utcoffset()
        assert now.replace(tzinfo=None) == now.astimezone(clock.PARIS).replace(tzinfo=None)
