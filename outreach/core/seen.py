"""What campaigns were last held against, so that nights without news do not hold them against it again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

FIGURES = "figures"
"""What the figures of campaigns are held against: who the people behind their cases are."""
LONGEST = timedelta(days=6)
"""After so long it is looked again whatever is known."""
MATCHED = "(SELECT coalesce(max(id), 0) FROM match_run)"
"""The last time when people were matched, as a part of a stamp."""
SEGMENTED = "(SELECT coalesce(max(id), 0) FROM segment_run WHERE campaign_id = m.id)"
"""The last time when the segment rules of the campaign ``m`` were asked, as a part of a stamp."""
LAST = "SELECT max(seen_at) FROM seen WHERE what = :what AND seen_at <= :now"
SINCE = "SELECT seen_at FROM seen WHERE campaign_id = :campaign AND what = :what"
MOVED = """
SELECT m.id FROM campaign m LEFT JOIN seen s ON s.campaign_id = m.id AND s.what = :what
WHERE m.id = ANY(:campaigns) AND (s.stamp IS DISTINCT FROM {stamp} OR s.seen_at < :long_ago) ORDER BY 1
"""
NOTE = """
INSERT INTO seen (campaign_id, what, stamp, seen_at) SELECT m.id, :what, {stamp}, :now
FROM campaign m
WHERE m.id = ANY(:campaigns)
ON CONFLICT (campaign_id, what) DO UPDATE SET stamp = excluded.stamp, seen_at = excluded.seen_at
"""


@dataclass(frozen=True)
class Stamp:
    """What is looked at (``what``), and a text that changes with all that it depends on: SQL over the campaign ``m``."""

    what: str
    sql: str

    @staticmethod
    def of(what: str, *parts: str) -> Stamp:
        """A stamp of several parts, each one SQL expression."""
        return Stamp(what, f"concat_ws(':', {', '.join(parts)})")

    def moved(self, session: Session, campaigns: Collection[int]) -> list[int]:
        """Those of the campaigns for which it has changed since they were noted, or that were not noted for ``LONGEST``."""
        values = {"what": self.what, "campaigns": list(campaigns), "long_ago": clock.now() - LONGEST}
        return list(session.execute(text(MOVED.format(stamp=self.sql)), values).scalars())

    def since(self, session: Session, campaign: int) -> datetime | None:
        """When a campaign was noted last."""
        found: datetime | None = session.execute(text(SINCE), {"campaign": campaign, "what": self.what}).scalar()
        return found

    def last(self, session: Session) -> datetime | None:
        """When any campaign was noted last: for what is looked at in all of them at once."""
        found: datetime | None = session.execute(text(LAST), {"what": self.what, "now": clock.now()}).scalar()
        return found

    def note(self, session: Session, campaigns: Collection[int]) -> None:
        """They were looked at now."""
        values = {"what": self.what, "campaigns": list(campaigns), "now": clock.now()}
        session.execute(text(NOTE.format(stamp=self.sql)), values)


def forget(session: Session, what: str) -> None:
    """Something else is known that no stamp tells: all campaigns are looked at again."""
    session.execute(text("DELETE FROM seen WHERE what = :what"), {"what": what})
