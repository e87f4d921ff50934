"""Letters, SMS and recorded messages get their day: the first with room; the last two are spread over the hours of the day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from outreach.core import clock
from outreach.core.words import Channel
from outreach.planning.wishes import Placed, Waits, Wish, looked_at_again
from outreach.policy.language import written_language
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
    for wish in wishes:
        day, reason = _day_for(channel, wish, room, terms, last)
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


def _day_for(channel: Channel, wish: Wish, room: Room, terms: Terms, last: date) -> tuple[date | None, str]:
    """The first day with room; without one, what is missing: ``capacity`` to send it or somebody to take the ``answers``."""
    reason, day = "capacity", wish.earliest
    while day <= last:
        still_open = (
            is_open_day(channel, day, wish.insee, terms.hours) and closing(channel, day, wish.insee, terms.hours) > clock.now()
        )
        if still_open and not room.is_full(channel, day):
            if room.takes(channel, wish.site_id, day):
                return day, ""
            reason = "answers"
        day += timedelta(days=1)
    return None, reason


def _wait(channel: Channel, wish: Wish, room: Room, last: date, reason: str, ahead: int) -> Waits:
    return Waits(wish.case_id, wish.step, next_open_day(channel, looked_at_again(last, ahead, room.limit(channel))), reason)
