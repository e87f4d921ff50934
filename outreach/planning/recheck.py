"""Two planners, one household: what both have planned is looked at together, and what is too much is taken back.

Each campaign plans under its own agreement. A contact that was allowed when it was planned may not be any more once
another campaign has planned one before it; the later of the two gives way, and its planner finds another day.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from outreach.core import clock
from outreach.core.words import CampaignState, ChangeKind, Channel
from outreach.definitions.registry import terms_of
from outreach.models import Campaign
from outreach.planning.writing import Changed, take_back
from outreach.policy.ruling import Forbidden
from outreach.policy.ruling_sql import COUNTED, Calendar, are_few, rulings, territories_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# Planned contacts with the households that this campaign contacts and another one too, or did: what it alone has
# planned was looked at when it planned it. Person by person: of thousands of households few are shared.
SHARED = """
WITH mine AS MATERIALIZED (
  SELECT DISTINCT l.household_id FROM contact k JOIN person p ON p.id = k.person_id
         JOIN person l ON l.id = coalesce(p.merged_into, p.id)
  WHERE k.campaign_id = :campaign AND k.state = 'planned' AND l.household_id IS NOT NULL),
member AS MATERIALIZED (
  SELECT mine.household_id, l.id AS person_id FROM mine JOIN person l ON l.household_id = mine.household_id AND l.merged_into IS NULL
  UNION ALL
  SELECT mine.household_id, p.id FROM mine JOIN person l ON l.household_id = mine.household_id AND l.merged_into IS NULL
         JOIN person p ON p.merged_into = l.id),
shared AS MATERIALIZED (
  SELECT DISTINCT m.household_id FROM member m JOIN contact o ON o.person_id = m.person_id
  WHERE o.campaign_id <> :campaign AND o.state = ANY(:counted))
SELECT k.id, k.person_id, c.unit, c.campaign_id AS terms_id, a.partner_id, k.channel, k.due_at AS at,
       k.appointment_id IS NOT NULL AS promised
FROM shared JOIN member p ON p.household_id = shared.household_id
     JOIN contact k ON k.person_id = p.person_id AND k.state = 'planned' AND k.due_at >= :now
     JOIN "case" c ON c.id = k.case_id JOIN campaign m ON m.id = c.campaign_id JOIN agreement a ON a.id = m.agreement_id
WHERE k.campaign_id = ANY(:campaigns)
"""
ASKED = "SELECT * FROM shared_contact"
MOST_DAYS = 16
"""Nothing is planned further ahead than this."""


def take_back_forbidden(session: Session, campaign_id: int) -> list[Changed]:
    """Cancel planned contacts of any campaign that the rules no longer allow where this campaign contacts too."""
    running = session.scalars(select(Campaign).where(Campaign.state == CampaignState.LAUNCHED.value)).all()
    terms = {campaign.id: terms_of(session, campaign)[1] for campaign in running}
    now = clock.now()
    counted = [*COUNTED, "planned"]
    values = {"campaign": campaign_id, "campaigns": list(terms), "now": now, "counted": counted}
    days = [now.date() + timedelta(days=ahead) for ahead in range(-1, MOST_DAYS)]
    made = session.execute(text(f"CREATE TEMP TABLE shared_contact ON COMMIT DROP AS {SHARED}"), values)
    session.execute(text("ANALYZE shared_contact"))
    few = are_few(session, int(made.rowcount))  # type: ignore[attr-defined]
    calendar = Calendar.of(terms, Channel, territories_of(session, ASKED, {}), days)
    found = rulings(session, ASKED, calendar, counted=counted, few=few)
    session.execute(text("DROP TABLE shared_contact"))
    forbidden = {contact: str(rule) for contact, rule in found.items() if rule not in {None, Forbidden.CLOSED}}
    taken = take_back(session, forbidden)
    return [Changed(row.case_id, row.id, ChangeKind.DROPPED, row.reason, row.due_at) for row in taken]
