"""Who is compared, and what had become of them by the planned day: both groups are measured alike, as the lot dealt them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import text

from outreach.core import clock
from outreach.core.joins import joined
from outreach.core.words import LeaveReason
from outreach.policy.outcomes import CASE_OUTCOMES, GOES_ON
from outreach.reporting.uplift.estimate import Rows

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from outreach.reporting.uplift.plan import Plan

# All cases that were dealt by lot and began in time, whatever became of them: those never reached, withdrawn or objected,
# and those that joined another (what became of that one is theirs too).
DEALT = f"""
SELECT c.id, c.site_id || ':' || c.segment || ':' || c.run_id AS stratum, c.wave <= :after AS treated,
       coalesce(h.building_id, -c.id) AS cluster, coalesce(g.goes_on, c.id) AS goes_on,
       CASE WHEN c.unit = 'household' THEN coalesce(l.household_id, -l.id) ELSE l.id END AS unit_id
FROM "case" c JOIN person p ON p.id = c.person_id JOIN person l ON l.id = coalesce(p.merged_into, p.id)
     LEFT JOIN household h ON h.id = l.household_id LEFT JOIN ({GOES_ON}) g ON g.case_id = c.id
WHERE c.campaign_id = :campaign AND c.run_id IS NOT NULL AND c.priority > :urgent
  AND greatest(CAST(c.opened_at AT TIME ZONE 'Europe/Paris' AS date), CAST(:starts_on AS date)) < :too_late
ORDER BY c.id
"""
TOLD = f"SELECT case_id, value FROM ({CASE_OUTCOMES}) o WHERE kind = :kind"
# The lists as they were known when the day ended. The customer is gone as settled, and no row of the home was in force. List by list:
# no index has all rows that ever came for a campaign.
SETTLED = f"""
WITH gone AS MATERIALIZED (
  SELECT f.list_id, f.row_key, f.partner_id
  FROM target_list s {joined("list_row", "f", "f.list_id = s.id", few=True)}
  WHERE s.campaign_id = :campaign AND s.state = 'committed' AND s.committed_at < :ended
    AND f.state = 'leaving' AND f.leave_reason = '{LeaveReason.SETTLED}'),
known AS MATERIALIZED (
  SELECT r.row_key, r.partner_id, s.id AS superseded_by,
         CASE WHEN :unit = 'household' THEN coalesce(l.household_id, -l.id) ELSE l.id END AS unit_id
  FROM target_list t {joined("usable_row", "r", "r.list_id = t.id", few=True)}
       JOIN person p ON p.id = r.person_id JOIN person l ON l.id = coalesce(p.merged_into, p.id)
       LEFT JOIN target_list s ON s.id = r.superseded_by AND s.state = 'committed' AND s.committed_at < :ended
  WHERE t.campaign_id = :campaign AND t.committed_at < :ended)
SELECT DISTINCT k.unit_id FROM gone f
     JOIN known k ON k.superseded_by = f.list_id AND k.row_key = f.row_key AND k.partner_id = f.partner_id
EXCEPT SELECT unit_id FROM known WHERE superseded_by IS NULL
"""
COVERED = """
SELECT EXISTS (SELECT FROM return_file WHERE campaign_id = :campaign AND return_code = ANY(:returns)
               AND (as_of = :day OR (as_of > :day AND dated)) AND NOT jsonb_exists(counts -> 'missing', :kind))
"""


@dataclass(frozen=True)
class Compared:
    """The rows of a comparison, and the hash that names them.

    ``untold``: of how many contacted, and not yet contacted, the partner said nothing; nothing said counts as not so.
    """

    rows: Rows
    fingerprint: str
    untold: tuple[int, int]

    @property
    def sizes(self) -> tuple[int, int]:
        """Cases contacted, and not yet contacted."""
        contacted = int(self.rows.treated.sum())
        return contacted, len(self.rows.treated) - contacted

    @property
    def per_building(self) -> float:
        """The mean size of a building as its cases see it."""
        counts = np.unique(self.rows.cluster, return_counts=True)[1]
        return float((counts**2).sum() / counts.sum()) if len(counts) else 1.0


def is_told(session: Session, plan: Plan, day: date) -> bool:
    """Whether a return file tells of the outcome on that day; always so where the lists themselves tell."""
    if plan.outcome is None:
        return True
    values = {"campaign": plan.campaign_id, "returns": list(plan.returns), "day": day, "kind": str(plan.outcome)}
    return bool(session.execute(text(COVERED), values).scalar_one())


def compared(session: Session, plan: Plan, day: date) -> Compared:
    """The rows as of the end of ``day``. Only ``frozen.uplift`` asks, once, when that day is over."""
    values = {
        "campaign": plan.campaign_id, "after": plan.after, "urgent": plan.urgent, "starts_on": plan.starts_on,
        "too_late": plan.too_late, "until": day, "ended": clock.at(day + timedelta(days=1), "00:00"), "unit": str(plan.unit),
    }  # fmt: skip
    dealt = session.execute(text(DEALT), values).all()
    if plan.outcome is None:
        settled = set(session.execute(text(SETTLED), values).scalars())
        told: list[bool | None] = [row.unit_id in settled for row in dealt]
    else:
        said = {row.case_id: bool(row.value) for row in session.execute(text(TOLD), values | {"kind": str(plan.outcome)})}
        told = [said.get(row.goes_on) for row in dealt]
    treated = np.array([row.treated for row in dealt], bool)
    unsaid = np.array([value is None for value in told], bool)
    lines = (f"{row.id}|{row.stratum}|{row.treated}|{row.cluster}|{value}" for row, value in zip(dealt, told, strict=True))
    return Compared(
        Rows(
            np.array([row.stratum for row in dealt], str), treated, np.array([row.cluster for row in dealt], np.int64),
            np.array([bool(value) for value in told], np.float64),
        ),
        sha256("\n".join(lines).encode()).hexdigest(),
        (int((unsaid & treated).sum()), int((unsaid & ~treated).sum())),
    )  # fmt: skip
