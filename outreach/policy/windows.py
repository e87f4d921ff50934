"""When each channel may reach people: the default windows, which an agreement can only narrow.

Calls: Monday to Friday, 10-13 and 14-20, no public holiday (Code de la consommation, D. 223-9; made for commercial
calls, kept here by choice). SMS: Monday to Saturday 9:00-19:30, inside the hours of the AF2M charter.
Visits: Monday to Saturday 9:30-19:30. Letters are printed on working days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from outreach.core.clock import PARIS
from outreach.core.words import Channel
from outreach.policy.holidays import is_public_holiday

WEEK = range(5)
WEEK_AND_SATURDAY = range(6)
ZONES = {
    "971": "America/Guadeloupe", "972": "America/Martinique", "973": "America/Cayenne", "974": "Indian/Reunion",
    "975": "America/Miquelon", "976": "Indian/Mayotte",
}  # fmt: skip
"""Time zones of the overseas departments, by the first three digits of the INSEE code."""


@dataclass(frozen=True)
class Window:
    """The hours of a channel on its weekdays (0 = Monday), local time of the person."""

    weekdays: range
    hours: tuple[tuple[time, time], ...]
    guard: timedelta
    """Nothing is started in the last minutes: it could end outside."""


WINDOWS: dict[Channel, Window] = {
    Channel.LETTER: Window(WEEK, ((time(6), time(20)),), timedelta(0)),
    Channel.SMS: Window(WEEK_AND_SATURDAY, ((time(9), time(19, 30)),), timedelta(minutes=10)),
    Channel.CALL: Window(WEEK, ((time(10), time(13)), (time(14), time(20))), timedelta(minutes=5)),
    Channel.VISIT: Window(WEEK_AND_SATURDAY, ((time(9, 30), time(19, 30)),), timedelta(0)),
}


def zone_of(insee: str) -> ZoneInfo:
    """The time zone of a commune."""
    return ZoneInfo(ZONES[insee[:3]]) if insee[:3] in ZONES else PARIS


def is_open_day(channel: Channel, day: date, insee: str = "") -> bool:
    """Whether the channel may be used at all on that day in that commune."""
    return day.weekday() in WINDOWS[channel].weekdays and not is_public_holiday(day, insee)


def is_open(channel: Channel, moment: datetime, insee: str = "") -> bool:
    """Whether a contact on this channel may start at ``moment`` (aware) in that commune."""
    local = moment.astimezone(zone_of(insee))
    if not is_open_day(channel, local.date(), insee):
        return False
    window = WINDOWS[channel]
    return any(start <= local.time() < _earlier(end, window.guard) for start, end in window.hours)


def next_open_day(channel: Channel, day: date, insee: str = "") -> date:
    """The first day from ``day`` on which the channel may be used."""
    while not is_open_day(channel, day, insee):
        day += timedelta(days=1)
    return day


def opening(channel: Channel, day: date, insee: str = "") -> datetime:
    """The first instant of the channel's window on ``day``."""
    return datetime.combine(day, WINDOWS[channel].hours[0][0], zone_of(insee))


def closing(channel: Channel, day: date, insee: str = "") -> datetime:
    """The last instant of the channel's window on ``day``, guard taken off: later the contact is stale."""
    window = WINDOWS[channel]
    return datetime.combine(day, _earlier(window.hours[-1][1], window.guard), zone_of(insee))


def _earlier(moment: time, guard: timedelta) -> time:
    return (datetime.combine(date.min + timedelta(days=1), moment) - guard).time()
