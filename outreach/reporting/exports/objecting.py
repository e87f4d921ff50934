"""Who objects is in no export: the person, everybody behind their phone, and for the case of a household anybody of it."""

from __future__ import annotations

from outreach.policy.objections import SQL_STOPPED

STOPPED = f"""
stopped AS MATERIALIZED (
  SELECT DISTINCT w.id AS person_id, w.household_id FROM ({SQL_STOPPED}) s JOIN person q ON q.id = s.person_id
         JOIN person w ON w.id = coalesce(q.merged_into, q.id))
"""
"""Beginning of a query, after ``WITH``."""
# ``c`` is the case and ``l`` the person it is about, as matching sees them now.
OBJECTING = """
(c.status = 'objected' OR l.id IN (SELECT person_id FROM stopped)
 OR (c.unit = 'household' AND l.household_id IN (SELECT household_id FROM stopped WHERE household_id IS NOT NULL)))
"""
