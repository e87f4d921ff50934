"""What was planned for somebody as they were known then: another door, or a language that nobody on that shift speaks, is planned again.

A list or a match says that they have moved; a colleague of any campaign has heard that they speak no French.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.core.joins import joined
from outreach.planning.reasons import MOVED_HOME, OTHER_LANGUAGE
from outreach.planning.writing import take_back
from outreach.policy.language import FRENCH

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# Who promised has spoken with them: that is kept.
UNSPOKEN = f"""
SELECT k.id, k.case_id, k.due_at, m.code AS mediator FROM contact k JOIN shift s ON s.id = k.shift_id
  JOIN mediator m ON m.id = s.mediator_id
  {joined("person", "a", "a.id = k.person_id", few=True)} {joined("person", "p", "p.id = coalesce(a.merged_into, a.id)", few=True)}
WHERE k.campaign_id = :campaign AND k.channel IN ('call', 'visit') AND k.state = 'planned' AND k.due_at >= :now
  AND k.appointment_id IS NULL
  AND p.reads_french IS FALSE AND p.language <> :french AND NOT p.language = ANY(m.languages)
ORDER BY k.id
"""
# The round keeps the door that each stop was planned at; rounds from before it did say nothing.
MOVED = """
SELECT k.id, k.case_id, k.due_at, m.code AS mediator FROM contact k JOIN shift s ON s.id = k.shift_id
  JOIN mediator m ON m.id = s.mediator_id
  JOIN round r ON r.shift_id = k.shift_id CROSS JOIN LATERAL jsonb_array_elements(r.plan -> 'stops') stop
  JOIN person a ON a.id = k.person_id JOIN person p ON p.id = coalesce(a.merged_into, a.id)
    LEFT JOIN household h ON h.id = p.household_id
WHERE k.campaign_id = :campaign AND k.channel = 'visit' AND k.state = 'planned' AND k.due_at >= :now
  AND CAST(stop ->> 0 AS bigint) = k.case_id AND CAST(stop ->> 2 AS bigint) IS DISTINCT FROM h.building_id
    AND stop ->> 2 IS NOT NULL
ORDER BY k.id
"""


def take_back_unspoken(session: Session, campaign_id: int) -> list[Any]:
    """Take calls and visits off the lists of mediators with whom the person, as is known now, shares no language.

    Returns (id, case_id, due_at, mediator), to be placed again.
    """
    found = list(session.execute(text(UNSPOKEN), {"campaign": campaign_id, "now": clock.now(), "french": FRENCH}))
    take_back(session, {row.id: OTHER_LANGUAGE for row in found})
    return found


def take_back_moved(session: Session, campaign_id: int) -> list[Any]:
    """Take visits off rounds that would lead to where the person no longer lives, promised ones too; as ``take_back_unspoken``."""
    found = list(session.execute(text(MOVED), {"campaign": campaign_id, "now": clock.now()}))
    take_back(session, {row.id: MOVED_HOME for row in found})
    return found
