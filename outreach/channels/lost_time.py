"""What may have left in the time that a restored copy knows nothing of: from its last known moment to the present.

Nobody may be written to twice because a database was restored. What was due in that time counts as tried, with a fate that
nobody knows: SMS are then looked up in the provider's own list, recorded calls count as made. Of letters a person says
whether they left: the print house has its own list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import audit, clock
from outreach.core.errors import PolicyError
from outreach.core.i18n import _

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# Also what was due before: a batch may have been under way at the last known moment.
DUE = "k.state IN ('planned', 'claimed') AND k.due_at <= :now"
COUNTS = f"""
SELECT count(*) FILTER (WHERE k.channel = 'sms') AS sms, count(*) FILTER (WHERE k.channel = 'letter') AS letters,
       count(*) FILTER (WHERE k.channel = 'call' AND k.shift_id IS NULL) AS recorded FROM contact k WHERE {DUE}
"""
LAST = """
SELECT greatest((SELECT max(at) FROM audit_entry WHERE action NOT LIKE 'copy.%' AND action <> 'database.restore'),
                (SELECT max(started_at) FROM attempt), (SELECT max(sealed_at) FROM mail_batch))
"""
# Without words: whatever the provider sent to that person meanwhile is taken for it.
TRY = f"""
WITH lost AS (
  UPDATE contact k SET state = 'unknown', claimed_by = NULL, lease_until = NULL
  FROM person p JOIN person l ON l.id = coalesce(p.merged_into, p.id)
  WHERE {DUE} AND p.id = k.person_id AND (k.channel = 'sms' OR (k.channel = 'call' AND k.shift_id IS NULL))
    AND CASE WHEN k.channel = 'sms' THEN l.mobile ELSE coalesce(l.mobile, l.fixed) END IS NOT NULL
  RETURNING k.id, CASE WHEN k.channel = 'sms' THEN l.mobile ELSE coalesce(l.mobile, l.fixed) END AS address,
            CASE WHEN k.channel = 'sms' THEN l.mobile_mark ELSE coalesce(l.mobile_mark, l.fixed_mark) END AS mark)
INSERT INTO attempt (contact_id, number, provider, address, address_mark, body_hash, result, started_at, finished_at)
SELECT n.id, coalesce((SELECT max(a.number) FROM attempt a WHERE a.contact_id = n.id), 0) + 1, :provider,
       n.address, n.mark, '', 'unknown', :since, :now
FROM lost n
"""
PRINTED = f"""
UPDATE contact k SET state = 'sent', disposition = 'sent', done_at = k.due_at, claimed_by = NULL, lease_until = NULL
WHERE {DUE} AND k.channel = 'letter'
"""


@dataclass(frozen=True)
class Lost:
    """The time that a copy knows nothing of, and what was due in it."""

    since: datetime | None
    sms: int
    letters: int
    recorded: int


def lost_time(session: Session) -> Lost:
    """What may have left since the last moment that this copy knows of."""
    since = session.execute(text(LAST)).scalar()
    if since is None:
        return Lost(None, 0, 0, 0)
    row = session.execute(text(COUNTS), {"now": clock.now()}).one()
    return Lost(since, row.sms, row.letters, row.recorded)


def set_aside(session: Session, lost: Lost, *, letters_left: bool | None, actor: str, provider: str = "twilio") -> None:
    """Take what was due in the lost time for tried. ``letters_left``: whether those letters were printed.

    Raises ``PolicyError`` when there are letters of which nobody said so.
    """
    if lost.since is None:
        return
    if lost.letters and letters_left is None:
        message = _("{letters} courriers étaient dus depuis : sont-ils partis ?").format(letters=lost.letters)
        mend = _("Demandez à l'imprimeur, puis ajoutez --letters left ou --letters not-left.")
        raise PolicyError(message, mend=mend)
    values: dict[str, Any] = {"since": lost.since, "now": clock.now(), "provider": provider}
    session.execute(text(TRY), values)
    if letters_left:
        session.execute(text(PRINTED), values)
    told = {
        "since": lost.since.isoformat(),
        "sms": lost.sms,
        "recorded": lost.recorded,
        "letters": lost.letters,
        "left": letters_left,
    }
    audit.record(session, actor, "copy.lost_time", "database", told)
