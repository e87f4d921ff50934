"""Cases that end without a meeting: the partner took the customer off the list, or nothing is left to try."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import EventKind
from outreach.tracking.events import NewEvent, append_events

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

# Nobody of the household (or not this person) is on a current row of the campaign any more.
DEPARTED = """
SELECT c.id, c.opened_at FROM "case" c WHERE c.campaign_id = :campaign AND c.closed_at IS NULL AND NOT EXISTS (
  SELECT FROM person p JOIN list_row r ON r.person_id = p.id
  WHERE r.current AND r.campaign_id = c.campaign_id
    AND CASE WHEN c.unit = 'household' THEN p.household_id = c.household_id ELSE p.id = c.person_id END)
"""
EXHAUSTED = """
SELECT id, split_part(wait_reason, ':', 2) AS reason, next_at FROM "case"
WHERE campaign_id = :campaign AND closed_at IS NULL AND wait_reason LIKE 'exhausted:%' AND next_at <= :now
"""


def withdraw_departed(session: Session, loaded: Loaded, *, actor: str) -> int:
    """Stop for everybody whom the partner no longer lists (debt paid, moved out …); returns the cases closed."""
    rows = session.execute(text(DEPARTED), {"campaign": loaded.campaign.id}).all()
    events = [NewEvent(row.id, EventKind.WITHDRAWN, "list", clock.now(), actor, "intake", "left_the_list") for row in rows]
    return append_events(session, events)


def close_exhausted(session: Session, loaded: Loaded, *, actor: str) -> int:
    """Close the cases for which every step was tried and the time of grace is over; returns how many."""
    rows = session.execute(text(EXHAUSTED), {"campaign": loaded.campaign.id, "now": clock.now()}).all()
    events = [NewEvent(row.id, EventKind.EXHAUSTED, "cadence", row.next_at, actor, "planning", row.reason) for row in rows]
    return append_events(session, events)
