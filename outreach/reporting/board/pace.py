"""Pace against capacity: what was done in the last days, what is planned for the next ones, and what a day can hold."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import Channel, ShiftKind
from outreach.definitions.registry import terms_of
from outreach.policy.windows import is_open_day

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

BEFORE, AHEAD = 14, 14
"""Days shown before and after today."""
DONE = """
SELECT CAST(k.done_at AT TIME ZONE 'Europe/Paris' AS date) AS day, k.channel, count(*) AS n FROM contact k
WHERE k.campaign_id = :campaign AND k.state IN ('sent', 'done') AND k.done_at >= :since AND k.done_at < :until GROUP BY 1, 2
"""
PLANNED = """
SELECT CAST(k.due_at AT TIME ZONE 'Europe/Paris' AS date) AS day, k.channel, count(*) AS n FROM contact k
WHERE k.campaign_id = :campaign AND k.state = 'planned' AND k.due_at < :until GROUP BY 1, 2
"""
# Minutes of the shifts at the campaign's sites, absences taken off as a whole: a shift that is missed in part counts for nothing.
MINUTES = """
SELECT s.day, s.kind, sum(extract(epoch FROM s.ends_at - s.starts_at) / 60) AS minutes FROM shift s
WHERE s.day BETWEEN :first AND :last AND s.site_id IN (SELECT DISTINCT c.site_id FROM "case" c WHERE c.campaign_id = :campaign)
  AND NOT EXISTS (SELECT FROM absence a
      WHERE a.mediator_id = s.mediator_id AND a.starts_at < s.ends_at AND a.ends_at > s.starts_at)
GROUP BY 1, 2
"""


def pace(session: Session, loaded: Loaded) -> list[dict[str, Any]]:
    """A row a day: ``day``, ``done`` and ``planned`` by channel, ``room``: contacts that the day can hold, by channel."""
    today = clock.today()
    first, last = today - timedelta(days=BEFORE), today + timedelta(days=AHEAD)
    values = {
        "campaign": loaded.campaign.id, "first": first, "last": last, "since": clock.at(first, "00:00"),
        "until": clock.at(last + timedelta(days=1), "00:00"),
    }  # fmt: skip
    done, planned = _by_day(session, DONE, values), _by_day(session, PLANNED, values)
    # What should have been done by now is still to be done: today, at the earliest.
    for day in [day for day in planned if day < today]:
        for channel, count in planned.pop(day).items():
            planned[today][channel] = planned[today].get(channel, 0) + count
    room = _room(session, loaded, values)
    return [
        {
            "day": day.isoformat(),
            "done": done.get(day, {}),
            "planned": planned.get(day, {}) if day >= today else {},
            "room": room.get(day, {}),
        }
        for day in clock.days(first, last)
    ]


def _by_day(session: Session, query: str, values: dict[str, Any]) -> dict[date, dict[str, int]]:
    found: dict[date, dict[str, int]] = defaultdict(dict)
    for row in session.execute(text(query), values):
        found[row.day][row.channel] = int(row.n)
    return found


def _room(session: Session, loaded: Loaded, values: dict[str, Any]) -> dict[date, dict[str, int]]:
    campaign, capacity = loaded.folder.campaign, loaded.folder.campaign.capacity
    _partner, terms = terms_of(session, loaded.campaign)
    room: dict[date, dict[str, int]] = {}
    each_day = {Channel.LETTER: capacity.letters_per_day, Channel.SMS: capacity.sms_per_day}
    for day in clock.days(values["first"], values["last"]):
        room[day] = {
            channel.value: most for channel, most in each_day.items()
            if channel in campaign.channels and is_open_day(channel, day, hours=terms.hours)
        }  # fmt: skip
    minutes_each = {
        ShiftKind.CALL: (Channel.CALL, capacity.minutes_per_call),
        ShiftKind.VISIT: (Channel.VISIT, capacity.minutes_per_door),
    }
    for row in session.execute(text(MINUTES), values):
        if row.kind in minutes_each:
            channel, each = minutes_each[ShiftKind(row.kind)]
            room[row.day][channel.value] = int(row.minutes // each)
    return room
