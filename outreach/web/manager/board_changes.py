"""What the last plans changed at a site.

Appointments that nobody can keep first, with whom to call; then what was moved or dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.models.base import WAYS, SealedText
from outreach.web.access.scope import LIVING

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

MOST = 40
WHO = f"""
JOIN "case" c ON c.id = x.case_id JOIN person p ON p.id = c.person_id JOIN person l ON l.id = {LIVING}
"""
NAME = "concat_ws(' ', l.title, l.given_name, upper(l.family_name)) AS name"
# The latest word of a plan about each open appointment: still nobody's.
NOT_KEPT = f"""
SELECT a.id, a.case_id, a.channel, a.starts_at, a.ends_at, a.note, {NAME}, l.mobile, l.fixed, l.language, x.reason
FROM appointment a CROSS JOIN LATERAL (SELECT o.case_id, o.change, o.reason FROM plan_change o WHERE o.case_id = a.case_id
  AND (o.before_at IS NULL OR o.before_at >= a.made_at) ORDER BY o.id DESC LIMIT 1) x {WHO}
WHERE a.state = 'open' AND a.ends_at > :now AND x.change = 'not_kept' AND c.site_id = :site
  AND NOT EXISTS (SELECT FROM contact k WHERE k.appointment_id = a.id AND k.state IN ('planned', 'claimed', 'unknown'))
ORDER BY a.starts_at LIMIT :most
"""
CHANGED = f"""
SELECT x.id, x.case_id, x.contact_id, x.change, x.reason, x.before_at, x.after_at, {NAME}, r.planned_at, r.cause, r.actor,
       coalesce(mb.name, x.before_mediator) AS before_name, coalesce(ma.name, x.after_mediator) AS after_name
FROM (SELECT * FROM plan_change ORDER BY id DESC LIMIT 2000) x JOIN plan_run r ON r.id = x.run_id {WHO}
     LEFT JOIN mediator mb ON mb.code = x.before_mediator LEFT JOIN mediator ma ON ma.code = x.after_mediator
WHERE c.site_id = :site ORDER BY x.id DESC LIMIT :most
"""
# A move just made, with the shift in which the contact was before.
MOVED = f"""
SELECT x.contact_id, x.before_at, x.after_at, {NAME}, mb.name AS before_name, ma.name AS after_name, s.id AS before_shift
FROM plan_change x {WHO} LEFT JOIN mediator ma ON ma.code = x.after_mediator LEFT JOIN mediator mb ON mb.code = x.before_mediator
  LEFT JOIN shift s ON s.mediator_id = mb.id AND s.starts_at <= x.before_at AND x.before_at < s.ends_at
WHERE x.contact_id = :contact AND x.reason = 'by_hand' ORDER BY x.id DESC LIMIT 1
"""


def not_kept(session: Session, site: int) -> list[Any]:
    """Open appointments of a site that nobody can keep, soonest first. ``session``: of ``reading``."""
    return list(
        session.execute(
            text(NOT_KEPT).columns(note=SealedText("appointment.note"), **WAYS), {"site": site, "now": clock.now(), "most": MOST}
        )
    )


def changed(session: Session, site: int) -> list[Any]:
    """What the last plans changed for people of a site, latest first."""
    return list(session.execute(text(CHANGED), {"site": site, "most": MOST}))


def moved(session: Session, contact: int) -> Any:
    """The last move by hand of a contact; ``None`` when there is none that the viewer sees."""
    return session.execute(text(MOVED), {"contact": contact}).first()
