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

# Neither the person addressed nor anybody of the household is on a current row of the campaign any more: matching may
# regroup households, which takes nobody off a list. NOT IN, so that
# PostgreSQL looks people up in a hash instead of comparing every case with every row.
DEPARTED = """
WITH listed AS MATERIALIZED (SELECT DISTINCT p.id AS person_id, p.household_id FROM list_row r JOIN person p ON p.id = r.person_id
                             WHERE r.current AND r.campaign_id = :campaign)
SELECT c.id, c.opened_at FROM "case" c WHERE c.campaign_id = :campaign AND c.closed_at IS NULL AND c.person_id NOT IN (SELECT person_id FROM listed)
  AND (c.unit = 'person' OR c.household_id NOT IN (SELECT household_id FROM listed WHERE household_id IS NOT NULL))
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
