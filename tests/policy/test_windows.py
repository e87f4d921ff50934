"""When people may be reached: hours, territories, holidays, dusk, agreements, and rules with their dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.core.clock import PARIS
from outreach.core.words import Channel
from outreach.policy import energy_debt, pressure, windows
from outreach.policy.dated import Dated, gaps, in_force
from outreach.policy.holidays import is_public_holiday
from outreach.policy.territories import territory_of, zone_of
from outreach.policy.windows import (
    LONGEST_CLOSING,
    WINDOWS,
    Hours,
    Window,
    closing,
    is_open,
    is_open_day,
    next_open_day,
    opening,
    openings,
)

COMMUNES = [
    "",
    "69388",
    "67482",
    "57463",
    "2A004",
    "97105",
    "97209",
    "97302",
    "97411",
    "97502",
    "97608",
    "97701",
    "98735",
    "98818",
]
DAYS = st.dates(date(2024, 1, 1), date(2040, 12, 31))


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
    assert is_open(Channel.CALL, datetime(2026, 10, 7, 2, 0, tzinfo=PARIS), "98735"), (
        "two in the afternoon in Tahiti, a day behind"
    )


def test_alsace_moselle_and_overseas_have_holidays_of_their_own():
    assert is_public_holiday(date(2026, 12, 26), "67482")
    assert is_public_holiday(date(2026, 4, 3), "57463"), "Good Friday"
    assert not is_public_holiday(date(2026, 12, 26), "69388")
    assert is_public_holiday(date(2026, 12, 20), "97411"), "abolition of slavery, in La Réunion"
    assert is_public_holiday(date(2026, 5, 27), "97105"), "abolition of slavery, in Guadeloupe"
    assert not is_public_holiday(date(2026, 5, 27), "97411")


def test_eleven_national_holidays_every_year_and_two_more_in_the_east():
    for year in range(2024, 2041):
        days = [date(year, 1, 1) + timedelta(days=ahead) for ahead in range(366 if year % 4 == 0 else 365)]
        national = {day for day in days if is_public_holiday(day)}
        eastern = {day for day in days if is_public_holiday(day, "68066")}
        assert len(national) == 11 or (len(national) == 10 and _two_fall_together(year)), year
        assert national < eastern, year
        assert len(eastern - national) == 2, year


def _two_fall_together(year: int) -> bool:
    """Ascension can be the first or the eighth of May (in 2024 it was the ninth; in 2027 … the dates are the calendar's)."""
    days = [date(year, 5, 1), date(year, 5, 8)]
    return any((day - timedelta(days=39)).weekday() == 6 for day in days)


def test_nobody_is_visited_in_the_dark():
    assert closing(Channel.VISIT, date(2026, 7, 6), "69388").astimezone(PARIS).time() == time(19, 30)
    winter = closing(Channel.VISIT, date(2026, 12, 21), "69388").astimezone(PARIS).time()
    assert time(17, 15) < winter < time(17, 50), "civil dusk in Lyon"
    west, east = (closing(Channel.VISIT, date(2026, 12, 21), insee) for insee in ("29019", "67482"))
    assert west - east > timedelta(minutes=25), "the sun sets later in Brest than in Strasbourg"


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 28), 10.5), (date(2026, 10, 24), 10.5)])
def test_the_hours_of_the_days_around_a_change_of_the_clock_are_as_long_as_ever(day, hours):
    for ahead in (0, 2):
        spans = openings(Channel.SMS, day + timedelta(days=ahead))
        begins, ends = spans[0]
        assert begins.astimezone(PARIS).time() == time(9)
        assert (ends.astimezone(ZoneInfo("UTC")) - begins.astimezone(ZoneInfo("UTC"))) == timedelta(hours=hours, minutes=-10)
    assert openings(Channel.SMS, day + timedelta(days=1)) == (), "the clock changes on a Sunday, when nobody is written to"


@given(DAYS, st.sampled_from(list(Channel)), st.sampled_from(COMMUNES))
def test_the_next_open_day_is_open_near_and_its_hours_too(day, channel, insee):
    found = next_open_day(channel, day, insee)
    assert day <= found < day + timedelta(days=LONGEST_CLOSING)
    assert not is_public_holiday(found, insee)
    assert is_open(channel, opening(channel, found, insee), insee)
    assert not is_open(channel, closing(channel, found, insee), insee)


@given(st.datetimes(datetime(2024, 1, 1), datetime(2040, 12, 31)), st.sampled_from(COMMUNES))  # noqa: DTZ001  (drawn naive)
def test_no_call_is_ever_allowed_outside_the_law_whatever_the_territory(moment, insee):
    moment = moment.replace(tzinfo=ZoneInfo("UTC"))
    local = moment.astimezone(zone_of(territory_of(insee)))
    in_the_law = (
        local.weekday() < 5
        and not is_public_holiday(local.date(), insee)
        and (time(10) <= local.time() < time(13) or time(14) <= local.time() < time(20))
    )
    if is_open(Channel.CALL, moment, insee):
        assert in_the_law


@given(
    st.frozensets(st.integers(0, 5), min_size=1),
    st.lists(st.tuples(st.times(), st.times()).filter(lambda span: span[0] < span[1]), min_size=1, max_size=3),
    DAYS, st.sampled_from(list(Channel)), st.sampled_from(COMMUNES),
)  # fmt: skip
def test_an_agreement_only_narrows_hours(weekdays, hours, day, channel, insee):
    narrowed = Hours({channel: Window(weekdays, tuple(hours))})
    own = openings(channel, day, insee)
    for begins, ends in openings(channel, day, insee, narrowed):
        assert any(first <= begins and ends <= last for first, last in own)
        assert day.weekday() in weekdays


def test_an_unknown_place_has_the_hours_of_paris_and_an_unknown_commune_those_of_its_department():
    assert territory_of(None) == territory_of("") == ""
    assert (territory_of("69388"), territory_of("2a004"), territory_of("97411")) == ("69", "2A", "974")
    assert zone_of("") == zone_of("69") == PARIS


def test_every_rule_has_its_dates_without_a_gap_and_its_source():
    tables = [*WINDOWS.values(), pressure.MOST_CALLS, pressure.LEAST_SILENCE, pressure.MOST_CONTACTS]
    for rows in tables:
        assert gaps(rows) == []
        assert all(len(row.source) > 20 for row in rows)
    assert energy_debt.__doc__


def test_a_new_rule_does_not_rewrite_the_past(monkeypatch):
    old = WINDOWS[Channel.SMS][0]
    change = date(2027, 1, 1)
    rows = (
        replace(old, until=change - timedelta(days=1)),
        Dated(replace(old.value, hours=((time(10), time(18)),)), since=change, source="a change for this test, of the new year"),
    )
    monkeypatch.setitem(WINDOWS, Channel.SMS, rows)
    windows._openings.cache_clear()
    before, after = date(2026, 12, 31), date(2027, 1, 4)
    assert is_open(Channel.SMS, datetime(2026, 12, 31, 9, 30, tzinfo=PARIS))
    assert not is_open(Channel.SMS, datetime(2027, 1, 4, 9, 30, tzinfo=PARIS))
    assert in_force(rows, before) is rows[0]
    assert in_force(rows, after) is rows[1]
    windows._openings.cache_clear()


def test_a_gap_between_rules_is_told():
    row = Dated(1, since=date(2026, 1, 1), source="x", until=date(2026, 1, 31))
    assert gaps((row, Dated(2, since=date(2026, 2, 2), source="x"))) == [date(2026, 2, 2)]
    with pytest.raises(LookupError):
        in_force((row,), date(2026, 3, 1))


def test_hours_that_leave_no_day_are_told():
    never = Hours({Channel.CALL: Window(frozenset({5}), ((time(10), time(12)),))})
    with pytest.raises(LookupError):
        next_open_day(Channel.CALL, date(2026, 10, 5), "", never)
    assert not any(is_open_day(*combination) for combination in product([Channel.CALL], [date(2026, 10, 10)]))
