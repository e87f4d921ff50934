"""Whether anything changed that takes cases off a campaign: its lists, matching, its rules, or a case that was opened again.

Who left a list is looked for among all its rows, and who turns out to have two cases among all cases. That is worth it when a
list or a match has come since, which is once a week or so, and not every night of every campaign.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core.seen import MATCHED, SEGMENTED, Stamp

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LISTS = Stamp.of(
    "lists",
    MATCHED,
    SEGMENTED,
    "(SELECT md5(coalesce(string_agg(id || ' ' || state, ',' ORDER BY id), '')) FROM target_list WHERE campaign_id = m.id)",
)
# Its partial index knows these kinds alone, of which there are few.
REOPENED = """
SELECT EXISTS (SELECT FROM event e JOIN "case" c ON c.id = e.case_id
  WHERE e.kind IN ('corrected', 'parted', 'resumed') AND e.recorded_at >= :since
    AND c.campaign_id = :campaign AND c.closed_at IS NULL)
"""


def lists_moved(session: Session, campaign: int) -> bool:
    """Whether cases of a campaign may have left its lists, joined others, or owe another amount since the last look."""
    since = lists_seen_at(session, campaign)
    if since is None or LISTS.moved(session, [campaign]):
        return True
    return bool(session.execute(text(REOPENED), {"campaign": campaign, "since": since}).scalar_one())


def lists_seen_at(session: Session, campaign: int) -> datetime | None:
    """When that was looked at last."""
    return LISTS.since(session, campaign)


def note_lists(session: Session, campaign: int) -> None:
    """It was looked at now."""
    LISTS.note(session, [campaign])
