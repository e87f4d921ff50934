"""The cases of a campaign as a list: by where they stand and by site, in the order in which they were opened.

One page at a time.
"""

from __future__ import annotations

from fastapi import APIRouter, Response
from sqlalchemy import text

from outreach.core.words import CaseStatus
from outreach.policy.local_time import zones_of
from outreach.web.access.gate import Visiting
from outreach.web.access.scope import LIVING
from outreach.web.forms import Chosen
from outreach.web.manager.campaigns import campaign_of

router = APIRouter(prefix="/campaigns/{code}/cases")
PAGE = 50
# One page after the other by number: however many cases there are, a page costs the same.
CASES = f"""
SELECT c.id, c.status, c.segment, c.next_step, c.next_at, c.wait_reason, c.closed_reason, s.name AS site,
       concat_ws(' ', l.title, l.given_name, upper(l.family_name)) AS name, l.language, l.reads_french, b.city
FROM (SELECT * FROM "case" c WHERE c.campaign_id = :campaign AND (CAST(:status AS text) IS NULL OR c.status = :status)
        AND (CAST(:site AS bigint) IS NULL OR c.site_id = :site) AND c.id > :after
      ORDER BY c.id LIMIT :most) c
  JOIN site s ON s.id = c.site_id JOIN person p ON p.id = c.person_id JOIN person l ON l.id = {LIVING}
  LEFT JOIN household h ON h.id = l.household_id LEFT JOIN building b ON b.id = h.building_id
ORDER BY c.id
"""
SITES = "SELECT id, name FROM site ORDER BY name"


@router.get("")
def listed(visit: Visiting, code: str, status: Chosen[CaseStatus] = None, site: Chosen[int] = None, after: int = 0) -> Response:
    """A page of cases; reading it is on record."""
    campaign = campaign_of(visit, code)
    values = {"campaign": campaign.id, "status": status, "site": site, "after": max(after, 0), "most": PAGE + 1}
    with visit.reading() as session:
        rows = session.execute(text(CASES), values).all()
        sites, zones = session.execute(text(SITES)).all(), zones_of(session, [row.id for row in rows])
    visit.note_reading(f"campaign/{code}/cases", count=len(rows[:PAGE]))
    further = rows[PAGE - 1].id if len(rows) > PAGE else None
    return visit.page(
        "manager/cases.html", campaign=campaign, cases=rows[:PAGE], statuses=list(CaseStatus), sites=sites, stands=status, site=site,
        further=further, zones=zones,
    )  # fmt: skip
