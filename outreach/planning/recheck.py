"""Two planners, one household: what both have planned is looked at together, and what is too much is taken back.

Each campaign plans under its own agreement. A contact that was allowed when it was planned may not be any more once
another campaign has planned one before it; the later of the two gives way, and its planner finds another day.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, text
from sqlalchemy.orm import load_only

from outreach.core import clock
from outreach.core.joins import are_few
from outreach.core.words import CampaignState, ChangeKind, Channel
from outreach.definitions.registry import terms_of
from outreach.models import Campaign
from outreach.planning.writing import Changed, take_back
from outreach.policy.ruling import Forbidden
from outreach.policy.ruling_sql import COUNTED, Calendar, rulings, sql_joined, territories_of
from outreach.policy.windows import is_open

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy.orm import Session

    from outreach.policy.ruling import Terms

# Planned contacts with the households that this campaign contacts and another one too, or did: what it alone has
# planned was looked at when it planned it. Home by home and person by person through the indexes, whatever statistics
# say: of thousands of households few are shared, and how many people the register has shall not matter.
SHARED = """
WITH mine AS MATERIALIZED (
  SELECT DISTINCT l.household_id FROM contact k JOIN person p ON p.id = k.person_id
         JOIN person l ON l.id = coalesce(p.merged_into, p.id)
  WHERE {which} AND k.state = 'planned' AND l.household_id IS NOT NULL),
living AS MATERIALIZED (
  SELECT mine.household_id, l.id AS person_id FROM mine
         JOIN LATERAL (SELECT id FROM person WHERE household_id = mine.household_id AND merged_into IS NULL OFFSET 0) l ON true),
member AS MATERIALIZED (
  SELECT * FROM living
  UNION ALL
  SELECT living.household_id, p.id FROM living JOIN person p ON p.merged_into = living.person_id),
shared AS MATERIALIZED (
  SELECT DISTINCT m.household_id FROM member m
         JOIN LATERAL (SELECT campaign_id, state FROM contact WHERE person_id = m.person_id OFFSET 0) o ON true
  WHERE o.campaign_id <> :campaign AND o.state = ANY(:counted))
SELECT k.id, k.person_id, c.unit, c.campaign_id AS terms_id, a.partner_id, k.channel, k.due_at AS at,
       k.appointment_id IS NOT NULL AS promised, s.insee AS site_insee
FROM shared JOIN member p ON p.household_id = shared.household_id
     JOIN LATERAL (SELECT * FROM contact WHERE person_id = p.person_id OFFSET 0) k ON k.state = 'planned' AND k.due_at >= :now
     JOIN "case" c ON c.id = k.case_id JOIN site s ON s.id = c.site_id
     JOIN campaign m ON m.id = c.campaign_id JOIN agreement a ON a.id = m.agreement_id
WHERE k.campaign_id = ANY(:campaigns)
"""
ALL_MINE, NEW = "k.campaign_id = :campaign", "k.person_id = ANY(:people) AND k.campaign_id = :campaign"
ASKED = "SELECT * FROM shared_contact"
# What the rules have to be worked out for: of the agreements, channels and days there are, the few that were found.
FOUND = "SELECT DISTINCT terms_id, channel, CAST(at AT TIME ZONE 'Europe/Paris' AS date) AS day FROM shared_contact"
# Where the people of what a campaign has planned live now. Letters may come on any day.
PLACED = sql_joined(
    """
SELECT a.id, a.channel, a.due_at, coalesce(b.insee, s.insee) AS insee
FROM contact a JOIN "case" c ON c.id = a.case_id JOIN site s ON s.id = c.site_id {person} {living} {homes} {buildings}
WHERE a.campaign_id = :campaign AND a.state = 'planned' AND a.due_at >= :now AND a.channel <> 'letter'
""",
    few=True,
)
# Whoever has one in hand (its own planner, or a claim), or its case (who closes it, and then takes it back), looks at it again: it is
# not waited for.
FREE = """
SELECT k.id FROM contact k JOIN "case" c ON c.id = k.case_id WHERE k.id = ANY(:contacts) AND k.state = 'planned'
ORDER BY k.id FOR NO KEY UPDATE SKIP LOCKED
"""


def take_back_closed(session: Session, campaign_id: int, terms: Terms) -> list[Changed]:
    """Cancel planned contacts that now fall outside the hours where the person lives.

    They have moved, or the agreement has changed. Good Friday is a day like others in Rennes, and a holiday in Strasbourg.
    """
    rows = session.execute(text(PLACED), {"campaign": campaign_id, "now": clock.now()}).all()
    closed = [row.id for row in rows if not is_open(Channel(row.channel), row.due_at, row.insee, terms.hours)]
    return _taken_back(session, dict.fromkeys(closed, str(Forbidden.CLOSED)))


def take_back_forbidden(session: Session, campaign_id: int, planned: Collection[int] | None = None) -> list[Changed]:
    """Cancel planned contacts of any campaign that the rules no longer allow where this campaign contacts too.

    ``planned``: the people for whom it has just planned something, where nothing is new about the others (``planning.news``), who
    were looked at when theirs was planned; without it, all are.
    """
    if planned is not None and not planned:
        return []
    # Without their drafts, which are long.
    running = session.scalars(
        select(Campaign).where(Campaign.state == CampaignState.LAUNCHED.value).options(load_only(Campaign.agreement_id))
    ).all()
    now = clock.now()
    counted = [*COUNTED, "planned"]
    values = {"campaign": campaign_id, "campaigns": [one.id for one in running], "now": now, "counted": counted}
    values |= {"people": list(planned)} if planned is not None else {}
    asked = SHARED.format(which=ALL_MINE if planned is None else NEW)
    made = session.execute(text(f"CREATE TEMP TABLE shared_contact ON COMMIT DROP AS {asked}"), values)
    shared = int(made.rowcount)  # type: ignore[attr-defined]
    found = _rulings(session, running, shared, counted=counted) if shared else {}
    session.execute(text("DROP TABLE shared_contact"))
    return _taken_back(session, {contact: str(rule) for contact, rule in found.items() if rule not in {None, Forbidden.CLOSED}})


def _taken_back(session: Session, forbidden: Mapping[int, str]) -> list[Changed]:
    free = session.execute(text(FREE), {"contacts": list(forbidden)}).scalars() if forbidden else ()
    taken = take_back(session, {contact: forbidden[contact] for contact in free})
    return [Changed(row.case_id, row.id, ChangeKind.DROPPED, row.reason, row.due_at) for row in taken]


def _rulings(
    session: Session, running: Sequence[Campaign], shared: int, *, counted: Sequence[str]
) -> dict[int, Forbidden | None]:
    """What the rules say of the contacts found, ``shared`` of them."""
    session.execute(text("ANALYZE shared_contact"))
    rows = session.execute(text(FOUND)).all()
    days = sorted({row.day + timedelta(days=apart) for row in rows for apart in (-1, 0, 1)})
    concerned = {row.terms_id for row in rows}
    asked = {campaign.id: terms_of(session, campaign)[1] for campaign in running if campaign.id in concerned}
    calendar = Calendar.of(asked, {Channel(row.channel) for row in rows}, territories_of(session, ASKED, {}), days)
    return rulings(session, ASKED, calendar, counted=counted, few=are_few(session, shared, "contact"))
