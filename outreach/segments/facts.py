"""What the rules may ask about: one row of typed facts for each household or person on a campaign's lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import Unit
from outreach.policy.objections import SQL_STOPPED

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.models import Campaign

# Who is addressed: an adult, with a mobile if there is one, and the largest debt.
UNIT_FACTS = """
CREATE TEMP TABLE unit_fact ON COMMIT DROP AS
WITH named AS (
  SELECT r.person_id, p.household_id, CASE WHEN :unit = 'household' THEN p.household_id ELSE p.id END AS unit_id,
         r.amount_due, r.debt_since, r.stage, r.energy_voucher, p.mobile, p.fixed, p.language, p.reads_french, p.family_name,
         p.given_name, p.birth_date
  FROM current_row r JOIN person p ON p.id = r.person_id
  WHERE r.campaign_id = :campaign AND p.merged_into IS NULL),
addressed AS (
  SELECT DISTINCT ON (unit_id) unit_id, person_id, household_id FROM named
  ORDER BY unit_id, (birth_date IS NULL OR birth_date <= CAST(:adult AS date)) DESC, (mobile IS NOT NULL) DESC,
           amount_due DESC NULLS LAST, person_id),
stopped AS ({stopped}),
grouped AS (
  SELECT n.unit_id, max(n.amount_due) AS amount_due, max(CAST(:today AS date) - n.debt_since) AS debt_age_days,
         (array_agg(n.stage ORDER BY array_position(ARRAY['limited', 'notice', 'reminder_2', 'reminder_1'], n.stage))
          FILTER (WHERE n.stage IS NOT NULL))[1] AS stage,
         bool_or(n.energy_voucher) AS energy_voucher, bool_or(n.mobile IS NOT NULL) AS has_mobile,
         bool_or(n.mobile IS NOT NULL OR n.fixed IS NOT NULL) AS has_phone,
         bool_or(n.family_name IS NOT NULL OR n.given_name IS NOT NULL) AS name_known,
         bool_or(n.person_id IN (SELECT person_id FROM stopped)) AS objected
  FROM named n GROUP BY 1),
sizes AS (SELECT household_id, count(*) AS household_size FROM person WHERE merged_into IS NULL GROUP BY 1)
SELECT g.*, a.person_id, a.household_id, s.household_size, p.language, p.reads_french, b.insee, b.approx_lon, b.approx_lat, b.postal_code,
       b.id IS NOT NULL AS has_address, b.priority_area IS NOT NULL AS priority_area, true AS on_list
FROM grouped g JOIN addressed a USING (unit_id) JOIN person p ON p.id = a.person_id
     LEFT JOIN sizes s ON s.household_id = a.household_id
     LEFT JOIN household h ON h.id = a.household_id LEFT JOIN building b ON b.id = h.building_id
"""
ADULT_AGE = 18


def gather_facts(session: Session, campaign: Campaign, pepper: str) -> int:
    """Fill the temporary table ``unit_fact`` for a campaign; returns the number of units."""
    today = clock.today()
    session.execute(text("DROP TABLE IF EXISTS unit_fact"))
    values = {
        "unit": Unit(campaign.unit).value,
        "campaign": campaign.id,
        "today": today,
        "adult": today.replace(year=today.year - ADULT_AGE, day=min(today.day, 28)),
        "pepper": pepper,
    }
    session.execute(text(UNIT_FACTS.format(stopped=SQL_STOPPED)), values)
    session.execute(text("ANALYZE unit_fact"))
    return int(session.execute(text("SELECT count(*) FROM unit_fact")).scalar_one())
