"""How many letters and SMS a day can hold: what is printed and sent, and the answers that the desks can take.

Invitations stop while the expected answers exceed the open slots of a site's desk, and resume by themselves as people come
or new slots open. SMS of a day are no more than the staff of that day can take replies to.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import Channel, ShiftKind
from outreach.planning.shifts import Worked

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.campaign import Capacity

# Letters, SMS and recorded messages of the last days, sent or planned; those to people who may still come are awaited. Only of
# the campaigns that share a site with this one, each by its own indexes, whatever statistics say: what the others do is no
# business of these desks.
UNDER_WAY = """
WITH near AS (SELECT campaign_id FROM campaign_site WHERE site_id = ANY(:sites) UNION SELECT CAST(:campaign AS bigint)),
made AS (
  SELECT k.* FROM near CROSS JOIN LATERAL (
    SELECT case_id, campaign_id, channel, shift_id, state, done_at AS at FROM contact
    WHERE campaign_id = near.campaign_id AND state IN ('sent', 'done') AND done_at > :since OFFSET 0) k WHERE k.state = 'sent'
  UNION ALL
  SELECT k.* FROM near CROSS JOIN LATERAL (
    SELECT case_id, campaign_id, channel, shift_id, state, due_at FROM contact
    WHERE campaign_id = near.campaign_id AND state = 'planned' AND due_at > :since OFFSET 0) k
  UNION ALL
  SELECT k.* FROM near CROSS JOIN LATERAL (
    SELECT case_id, campaign_id, channel, shift_id, state, due_at FROM contact
    WHERE campaign_id = near.campaign_id AND state = 'claimed' OFFSET 0) k
  UNION ALL
  SELECT case_id, campaign_id, channel, shift_id, state, coalesce(done_at, due_at) FROM contact
  WHERE state = 'unknown' AND campaign_id IN (SELECT campaign_id FROM near))
SELECT c.site_id, k.campaign_id, k.channel, CAST(k.at AT TIME ZONE 'Europe/Paris' AS date) AS day,
       count(*) FILTER (WHERE c.closed_at IS NULL) AS awaited, count(*) AS made
FROM made k JOIN LATERAL (SELECT site_id, closed_at FROM "case" WHERE id = k.case_id OFFSET 0) c ON true
WHERE k.at > :since AND (k.channel IN ('letter', 'sms') OR (k.channel = 'call' AND k.shift_id IS NULL))
  AND (k.campaign_id = :campaign OR c.site_id = ANY(:sites))
GROUP BY 1, 2, 3, 4
"""


@dataclass
class Room:
    """The room left for invitations, by day; kept up to date as invitations are placed."""

    capacity: Capacity
    slots: dict[int, Counter[date]] = field(default_factory=dict)
    """People whom a site's desk can receive, by day; sites without a desk are missing."""
    replies: dict[int, Counter[date]] = field(default_factory=dict)
    """Minutes of the staff who take replies, by site and day; sites without such staff are missing."""
    invited: dict[int, Counter[date]] = field(default_factory=lambda: defaultdict(Counter))
    """Invitations by site and day, of all campaigns."""
    placed: dict[Channel, Counter[date]] = field(default_factory=lambda: defaultdict(Counter))
    """This campaign's letters, SMS and recorded messages by day."""
    texted: dict[int, Counter[date]] = field(default_factory=lambda: defaultdict(Counter))
    _open: dict[tuple[int, date], int] = field(default_factory=dict)
    """What ``open_slots`` has said: slots stay as they are while invitations are placed."""

    def limit(self, channel: Channel) -> int:
        """Letters, SMS or recorded messages of one day."""
        return {
            Channel.LETTER: self.capacity.letters_per_day, Channel.SMS: self.capacity.sms_per_day,
            Channel.CALL: self.capacity.recorded_per_day,
        }[channel]  # fmt: skip

    def is_full(self, channel: Channel, day: date) -> bool:
        """Whether no more can be printed or sent on ``day``."""
        return self.placed[channel][day] >= self.limit(channel)

    def takes(self, channel: Channel, site: int, day: date) -> bool:
        """Whether one more invitation of ``day`` brings no more people than the site can answer."""
        if channel is Channel.SMS and site in self.replies:
            minutes = (self.texted[site][day] + 1) * self.capacity.replies_percent / 100 * self.capacity.minutes_per_reply
            if minutes > self.replies[site][day]:
                return False
        if site not in self.slots:
            return True
        share = self.capacity.answers_percent / 100
        return self.open_slots(site, day) - math.ceil((self.pending(site, day) + 1) * share) >= 0

    def open_slots(self, site: int, day: date) -> int:
        """People whom the desk can receive in the days in which an invitation of ``day`` is answered."""
        if (site, day) not in self._open:
            slots = self.slots[site]
            self._open[site, day] = sum(slots[day + timedelta(days=ahead)] for ahead in range(1, self.capacity.answer_days + 1))
        return self._open[site, day]

    def pending(self, site: int, day: date) -> int:
        """Invitations up to ``day`` that may still be answered."""
        return sum(self.invited[site][day - timedelta(days=back)] for back in range(self.capacity.answer_days))

    def place(self, channel: Channel, site: int, day: date) -> int:
        """Take the room of one invitation; returns how many of the day came before it."""
        before = self.placed[channel][day]
        self.placed[channel][day] += 1
        self.invited[site][day] += 1
        if channel is Channel.SMS:
            self.texted[site][day] += 1
        return before


def room_for(session: Session, campaign_id: int, capacity: Capacity, shifts: Iterable[Worked]) -> Room:
    """The room of the days to come. ``shifts``: at work from today on, for as long as answers to the last day may come."""
    room, sites = Room(capacity), set()
    for shift in shifts:
        sites.add(shift.site_id)
        if shift.kind is ShiftKind.DESK:
            slots = room.slots.setdefault(shift.site_id, Counter())
            slots[shift.day] += shift.minutes // capacity.minutes_per_reception
        if shift.kind in {ShiftKind.DESK, ShiftKind.CALL}:
            room.replies.setdefault(shift.site_id, Counter())[shift.day] += shift.minutes
    since = clock.now() - timedelta(days=capacity.answer_days + 1)
    values = {"since": since, "campaign": campaign_id, "sites": sorted(sites)}
    for site, campaign, channel, day, awaited, made in session.execute(text(UNDER_WAY), values):
        room.invited[site][day] += awaited
        if channel == Channel.SMS:
            room.texted[site][day] += made
        if campaign == campaign_id:
            room.placed[Channel(channel)][day] += made
    return room
