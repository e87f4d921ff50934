"""What a campaign's lists were worth: rows, people, units, and what had to be set right.

Counted once for each state of the lists.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.core.joins import joined
from outreach.reporting.figures.reading import rows

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

MOST_REASONS = 12
# Lists are committed and undone, rows find their people by matching: when none of that happened since, nothing changed.
STAMP = """
SELECT concat_ws(':',
  (SELECT count(*) FROM target_list WHERE campaign_id = :campaign AND imported_at < :until AND state = 'committed'),
  (SELECT max(id) FROM target_list WHERE campaign_id = :campaign AND imported_at < :until AND state = 'committed'),
  (SELECT max(id) FROM match_run), (SELECT max(id) FROM match_decision), (SELECT max(id) FROM person_merge),
  (SELECT max(parted_at) FROM person_merge))
"""
KNOWN = "SELECT data FROM figure_list WHERE campaign_id = :campaign AND until = :day AND stamp = :stamp"
KEEP = """
INSERT INTO figure_list (campaign_id, until, stamp, data) VALUES (:campaign, :day, :stamp, CAST(:data AS jsonb))
ON CONFLICT (campaign_id, until) DO UPDATE SET stamp = excluded.stamp, data = excluded.data
"""
# Read once, and list by list: the index of a campaign's rows has those in force alone, and to read all rows that ever came for each
# campaign takes longer from month to month.
COUNTS = f"""
WITH r AS MATERIALIZED (
  SELECT r.state, r.person_id, r.mobile IS NOT NULL OR r.fixed IS NOT NULL OR r.had & 1 > 0 AS phone,
         r.address_key IS NOT NULL OR r.had & 2 > 0 AS address, r.email IS NOT NULL OR r.had & 4 > 0 AS email,
         r.birth_date IS NOT NULL OR r.had & 8 > 0 AS birth_date
  FROM target_list t {joined("list_row", "r", "r.list_id = t.id", few=True)}
  WHERE t.campaign_id = :campaign AND t.imported_at < :until AND t.state = 'committed' AND r.campaign_id = :campaign)
SELECT count(*) AS received, count(*) FILTER (WHERE r.state NOT IN ('rejected', 'duplicate')) AS usable,
       count(DISTINCT coalesce(p.merged_into, p.id)) AS persons,
       count(DISTINCT CASE WHEN :unit = 'household' THEN coalesce(q.household_id, p.household_id)
                           ELSE coalesce(p.merged_into, p.id) END) AS units,
       count(*) FILTER (WHERE {{held}}) AS held,
       count(*) FILTER (WHERE {{held}} AND r.phone) AS phone, count(*) FILTER (WHERE {{held}} AND r.address) AS address,
       count(*) FILTER (WHERE {{held}} AND r.email) AS email, count(*) FILTER (WHERE {{held}} AND r.birth_date) AS birth_date,
       (SELECT jsonb_object_agg(state, n) FROM (SELECT state, count(*) AS n FROM r GROUP BY 1) s) AS states
FROM r LEFT JOIN person p ON p.id = r.person_id LEFT JOIN person q ON q.id = p.merged_into
"""
HELD = "r.state NOT IN ('rejected', 'duplicate', 'leaving')"
LISTS = """
SELECT count(*) AS lists, coalesce(sum(blank), 0) AS blank FROM target_list
WHERE campaign_id = :campaign AND imported_at < :until AND state = 'committed'
"""
REASONS = """
SELECT i.column_name AS column, min(i.reason) AS reason, i.rejects, count(*) AS n
FROM row_issue i JOIN target_list t ON t.id = i.list_id
WHERE t.campaign_id = :campaign AND t.imported_at < :until AND t.state = 'committed'
GROUP BY i.column_name, i.code, i.rejects ORDER BY 4 DESC, 1, 2 LIMIT :most
"""


@dataclass(frozen=True)
class Listed:
    """``counts``: received, usable, persons, units. ``states``: rows by state.

    ``filled``: of ``held`` rows, those with each datum.
    """

    lists: int
    blank: int
    counts: dict[str, int]
    states: dict[str, int]
    held: int
    filled: dict[str, int]
    reasons: list[dict[str, Any]]


def listed(session: Session, loaded: Loaded, last: date) -> Listed:
    """What the lists that came until the end of the month ``last`` were worth."""
    day = clock.next_month(last)
    values: dict[str, Any] = {
        "campaign": loaded.campaign.id, "until": clock.at(day, "00:00"), "day": day, "unit": loaded.campaign.unit, "most": MOST_REASONS,
    }  # fmt: skip
    values["stamp"] = session.execute(text(STAMP), values).scalar_one()
    known = session.execute(text(KNOWN), values).scalar()
    if known is None:
        known = _count(session, values)
        session.execute(text(KEEP), values | {"data": json.dumps(known)})
    return Listed(**known)


def _count(session: Session, values: dict[str, Any]) -> dict[str, Any]:
    counted = rows(session, COUNTS.format(held=HELD), values)[0]
    lists = rows(session, LISTS, values)[0]
    return {
        "lists": int(lists["lists"]),
        "blank": int(lists["blank"]),
        "counts": {name: int(counted[name]) for name in ("received", "usable", "persons", "units")},
        "states": {state: int(number) for state, number in (counted["states"] or {}).items()},
        "held": int(counted["held"]),
        "filled": {name: int(counted[name]) for name in ("phone", "address", "email", "birth_date")},
        "reasons": [row | {"n": int(row["n"])} for row in rows(session, REASONS, values)],
    }
