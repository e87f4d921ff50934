"""When each channel may reach people: the default hours as dated rules, which an agreement can only narrow.

Everything follows from one function, ``openings``: the spans of a day in which a contact may start, in the territory of
the person, holidays and dusk taken into account, the guard before closing time taken off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache

from astral import Observer
from astral.sun import dusk

from outreach.core.i18n import N_
from outreach.core.words import Channel
from outreach.policy.dated import Dated, in_force
from outreach.policy.holidays import is_public_holiday
from outreach.policy.territories import MIDDLE_OF_FRANCE, MIDDLES, territory_of, zone_of

Span = tuple[datetime, datetime]
"""From (included) to (excluded), both aware."""
WEEK = frozenset(range(5))
WEEK_AND_SATURDAY = frozenset(range(6))
LONGEST_CLOSING = 14
"""No channel is closed for longer than this many days on end."""


@dataclass(frozen=True)
class Window:
    """The hours of a channel on its weekdays (0 = Monday), in the local time of the person; never on a public holiday."""

    weekdays: frozenset[int]
    hours: tuple[tuple[time, time], ...]
    guard: timedelta = timedelta(0)
    """Nothing is started in the last minutes: it could end outside."""
    daylight: bool = False
    """Whether the hours end at dusk where dusk is earlier."""

    def within(self, other: Window) -> Window:
        """The hours that both allow."""
        hours = tuple(
            (max(start, first), min(end, last))
            for start, end in self.hours
            for first, last in other.hours
            if max(start, first) < min(end, last)
        )
        return Window(
            self.weekdays & other.weekdays, hours, max(self.guard, other.guard), daylight=self.daylight or other.daylight
        )


WINDOWS: dict[Channel, tuple[Dated[Window], ...]] = {
    Channel.CALL: (
        Dated(
            Window(WEEK, ((time(10), time(13)), (time(14), time(20))), timedelta(minutes=5)),
            since=date(2023, 3, 1),
            source=N_("Code de la consommation, art. D. 223-9 (décret n° 2022-1313), gardé par choix : nous ne vendons rien"),
        ),
    ),
    Channel.SMS: (
        Dated(
            Window(WEEK_AND_SATURDAY, ((time(9), time(19, 30)),), timedelta(minutes=10)),
            since=date(2023, 3, 1),
            source=N_("Choix du réseau, dans les heures de la charte des SMS (AF2M, 2026)"),
        ),
    ),
    Channel.VISIT: (
        Dated(
            Window(WEEK_AND_SATURDAY, ((time(9, 30), time(19, 30)),), daylight=True),
            since=date(2023, 3, 1),
            source=N_("Choix du réseau : personne n'est dérangé chez soi après la tombée du jour"),
        ),
    ),
    Channel.LETTER: (
        Dated(
            Window(WEEK, ((time(6), time(20)),)), since=date(2023, 3, 1), source=N_("Jours de travail de l'atelier d'impression")
        ),
    ),
}
"""The network's hours, channel by channel, oldest row first."""


@dataclass(frozen=True)
class Hours:
    """The hours of an agreement: nothing by default, which means the network's own."""

    narrower: Mapping[Channel, Window] = field(default_factory=dict)

    def __hash__(self) -> int:
        """By content, so that a day is computed once."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(tuple(sorted(self.narrower.items(), key=lambda item: item[0])))


NETWORK = Hours()


def window_on(channel: Channel, day: date, hours: Hours = NETWORK) -> Window:
    """The window of a channel by the rule of ``day``, narrowed by the agreement."""
    window = in_force(WINDOWS[channel], day).value
    return window.within(hours.narrower[channel]) if channel in hours.narrower else window


def openings(channel: Channel, day: date, insee: str = "", hours: Hours = NETWORK) -> tuple[Span, ...]:
    """The spans of ``day`` in which a contact may start in that commune (or territory), earliest first; none on a closed day."""
    return _openings(channel, day, territory_of(insee), hours)


def is_open_day(channel: Channel, day: date, insee: str = "", hours: Hours = NETWORK) -> bool:
    """Whether the channel may be used at all on that day in that commune."""
    return bool(openings(channel, day, insee, hours))


def is_open(channel: Channel, moment: datetime, insee: str = "", hours: Hours = NETWORK) -> bool:
    """Whether a contact on this channel may start at ``moment`` (aware) in that commune."""
    return are_open(channel, moment, moment, insee, hours)


def are_open(channel: Channel, first: datetime, last: datetime, insee: str = "", hours: Hours = NETWORK) -> bool:
    """Whether a contact may start at any moment from ``first`` to ``last`` in that commune, without a pause between."""
    day = first.astimezone(zone_of(territory_of(insee))).date()
    return any(start <= first and last < end for start, end in openings(channel, day, insee, hours))


def next_open_day(channel: Channel, day: date, insee: str = "", hours: Hours = NETWORK) -> date:
    """The first day from ``day`` on which the channel may be used. Raises ``LookupError`` when hours leave none."""
    for ahead in range(LONGEST_CLOSING):
        if is_open_day(channel, day + timedelta(days=ahead), insee, hours):
            return day + timedelta(days=ahead)
    message = f"the hours of {channel} leave no day open"
    raise LookupError(message)


def opening(channel: Channel, day: date, insee: str = "", hours: Hours = NETWORK) -> datetime:
    """The first instant of an open day's window."""
    return openings(channel, day, insee, hours)[0][0]


def closing(channel: Channel, day: date, insee: str = "", hours: Hours = NETWORK) -> datetime:
    """The last instant of an open day's window, guard taken off: later the contact is stale and dropped."""
    return openings(channel, day, insee, hours)[-1][1]


@lru_cache(maxsize=100_000)
def _openings(channel: Channel, day: date, territory: str, hours: Hours) -> tuple[Span, ...]:
    window = window_on(channel, day, hours)
    if day.weekday() not in window.weekdays or is_public_holiday(day, territory):
        return ()
    zone = zone_of(territory)
    last = _dusk(day, territory) if window.daylight else None
    spans = []
    for start, end in window.hours:
        begins, ends = datetime.combine(day, start, zone), datetime.combine(day, end, zone) - window.guard
        ends = min(ends, last) if last else ends
        if begins < ends:
            spans.append((begins, ends))
    return tuple(spans)


@lru_cache(maxsize=100_000)
def _dusk(day: date, territory: str) -> datetime:
    """The end of civil twilight, to the minute: until then faces can be made out at a door."""
    latitude, longitude = MIDDLES.get(territory, MIDDLE_OF_FRANCE)
    found = dusk(Observer(latitude, longitude), day, tzinfo=zone_of(territory))
    return found.replace(second=0, microsecond=0)
