"""Whether anything changed that takes cases off a campaign: its lists, matching, or a case that was opened again.

Who left a list is looked for among all its rows. That is worth it when a list or a match has come since, which is once a week or so,
and not every night of every campaign.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LONGEST = timedelta(days=6)
"""After so long it is looked again whatever is known."""
STAMP = """
SELECT concat_ws(':', (SELECT coalesce(max(id), 0) FROM match_run),
  (SELECT md5(coalesce(string_agg(id || ' ' || state, ',' ORDER BY id), '')) FROM target_list WHERE campaign_id = :campaign))
"""
SEEN = "SELECT stamp, seen_at FROM lists_seen WHERE campaign_id = :campaign"
# Its partial index knows these kinds alone, of which there are few.
REOPENED = """
SELECT EXISTS (SELECT FROM event e JOIN "case" c ON c.id = e.case_id
  WHERE e.kind IN ('corrected', 'parted', 'resumed') AND e.recorded_at >= :since AND c.campaign_id = :campaign AND c.closed_at IS NULL)
"""
NOTE = f"""
INSERT INTO lists_seen (campaign_id, stamp, seen_at) SELECT :campaign, ({STAMP}), :now
ON CONFLICT (campaign_id) DO UPDATE SET stamp = excluded.stamp, seen_at = excluded.seen_at
"""


def lists_moved(session: Session, campaign: int) -> bool:
    """Whether cases of a campaign may have left its lists, or owe another amount, since that was looked at last."""
    seen = session.execute(text(SEEN), {"campaign": campaign}).first()
    if seen is None or clock.now() - seen.seen_at > LONGEST:
        return True
    if session.execute(text(STAMP), {"campaign": campaign}).scalar_one() != seen.stamp:
        return True
    return bool(session.execute(text(REOPENED), {"campaign": campaign, "since": seen.seen_at}).scalar_one())


def note_lists(session: Session, campaign: int) -> None:
    """It was looked at now."""
    session.execute(text(NOTE), {"campaign": campaign, "now": clock.now()})
