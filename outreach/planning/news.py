"""Whether anything came since a campaign was planned last that changes what was decided about its cases then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.planning.reasons import BY_HAND

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# People matched (another phone, another household), or another definition. What was recorded of a case marks the case itself.
# What was written an hour before a plan may have become visible only after it.
NEWS = """
WITH last AS (SELECT coalesce(max(planned_at), '-infinity') - interval '1 hour' AS at FROM plan_run
  WHERE campaign_id = :campaign AND cause <> :by_hand)
SELECT EXISTS (SELECT FROM match_run, last WHERE ran_at >= last.at)
    OR EXISTS (SELECT FROM campaign_version, last WHERE campaign_id = :campaign AND launched_at >= last.at)
"""


def is_news(session: Session, campaign_id: int) -> bool:
    """Whether cases that were planned, or given up, by the last plan have to be looked at again."""
    return bool(session.execute(text(NEWS), {"campaign": campaign_id, "by_hand": BY_HAND}).scalar_one())
