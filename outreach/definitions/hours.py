"""Hours in definition files: weekdays and spans, and how an agreement narrows those of the network."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from outreach.core.i18n import _
from outreach.core.words import Channel
from outreach.definitions.base import Definition
from outreach.policy.windows import Window, window_on

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat")


def _in_order(moments: tuple[time, time]) -> tuple[time, time]:
    if moments[0] >= moments[1]:
        raise ValueError(_("l'heure de fin doit être après l'heure de début"))
    return moments


Span = Annotated[tuple[time, time], AfterValidator(_in_order)]
"""From and to, local time."""


class WorkingTime(Definition):
    """The weekly pattern of one mediator's shifts of one kind."""

    days: list[Weekday] = Field(min_length=1)
    hours: Span

    def meets(self, other: WorkingTime) -> bool:
        """Whether the two share a moment of the week."""
        return bool(set(self.days) & set(other.days)) and self.hours[0] < other.hours[1] and other.hours[0] < self.hours[1]


class ChannelHours(Definition):
    """When an agreement allows a channel: never more than the network's own hours."""

    days: list[Weekday] = Field(default_factory=lambda: list(WEEKDAYS), min_length=1)
    hours: list[Span] = Field(min_length=1)

    @property
    def window(self) -> Window:
        """The same as the rules read it."""
        return Window(frozenset(WEEKDAYS.index(day) for day in self.days), tuple(self.hours))

    def exceeds(self, channel: Channel, day: date) -> bool:
        """Whether a span lies outside the network's hours of that day's rule."""
        allowed = window_on(channel, day).hours
        return any(not any(first <= start and end <= last for first, last in allowed) for start, end in self.hours)
