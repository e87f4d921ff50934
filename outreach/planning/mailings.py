"""Letters, SMS and recorded messages get their day: the first with room; the last two are spread over the hours of the day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from outreach.core import clock
from outreach.core.words import Channel
from outreach.planning.wishes import Placed, Waits, Wish, looked_at_again
from outreach.policy.language import written_language
from outreach.policy.territories import territory_of
from outreach.policy.windows import closing, is_open_day, next_open_day, opening

if TYPE_CHECKING:
    from outreach.planning.room import Room
    from outreach.policy.ruling import Terms

SPREAD = 0.9
"""The part of an SMS window that is filled: the rest is for what is late."""


def place_mailings(
    channel: Channel, wishes: Sequence[Wish], room: Room, terms: Terms, last: date, languages: frozenset[str]
) -> tuple[list[Placed], list[Waits]]:
    """Give letters, SMS or recorded calls the first day with room up to ``last``; who finds none waits, and is told for what.

    ``languages``: those in which the campaign has the texts of the channel.
    """
    placed: list[Placed] = []
    waits: list[Waits] = []
    search = _Search(channel, room, terms, last)
    for wish in wishes:
        day, reason = search.day_for(wish)
        if day is None:
            waits.append(_wait(channel, wish, room, last, reason, len(waits)))
            continue
        before = room.place(channel, wish.site_id, day)
        begins, ends = opening(channel, day, wish.insee, terms.hours), closing(channel, day, wish.insee, terms.hours)
        begins = max(begins, clock.now())
        due = begins if channel is Channel.LETTER else begins + (ends - begins) * (SPREAD * before / max(room.limit(channel), 1))
        language = written_language(wish.language, wish.reads_french, languages)
        placed.append(Placed(wish, language, due, ends))
    return placed, waits


@dataclass
class _Search:
    """Looks for days with room.

    Room only grows less: where people of one site and territory found none, the next need not look again.
    """

    channel: Channel
    room: Room
    terms: Terms
    last: date
    found: dict[tuple[int, str, date], tuple[date | None, str]] = field(default_factory=dict)
    """By site, territory and first day: the day where the latest of them found room, and what was missing before it."""

    def day_for(self, wish: Wish) -> tuple[date | None, str]:
        """The first day with room; without one, what is missing: ``capacity`` to send it or somebody to take the ``answers``."""
        key = wish.site_id, territory_of(wish.insee), wish.earliest
        day, reason = self.found.get(key, (wish.earliest, "capacity"))
        while day is not None and (missing := self._missing(wish, day)):
            reason = "answers" if missing == "answers" else reason
            day = day + timedelta(days=1) if day < self.last else None
        self.found[key] = day, reason
        return day, reason

    def _missing(self, wish: Wish, day: date) -> str:
        """What a day has not; empty when nothing is missing."""
        hours = self.terms.hours
        if day > self.last or self.room.is_full(self.channel, day) or not is_open_day(self.channel, day, wish.insee, hours):
            return "capacity"
        if closing(self.channel, day, wish.insee, hours) <= clock.now():
            return "capacity"
        return "" if self.room.takes(self.channel, wish.site_id, day) else "answers"


def _wait(channel: Channel, wish: Wish, room: Room, last: date, reason: str, ahead: int) -> Waits:
    return Waits(wish.case_id, wish.step, next_open_day(channel, looked_at_again(last, ahead, room.limit(channel))), reason)
