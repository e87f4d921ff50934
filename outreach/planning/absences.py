"""Absences: recorded once, they take calls off the lists of who is absent and have the rounds made anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import audit, clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.words import ChangeKind
from outreach.planning.call_slots import Booked
from outreach.planning.rounds import Reason
from outreach.planning.wishes import Placed
from outreach.planning.writing import Changed, take_back

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

RECORD = """
INSERT INTO absence (mediator_id, starts_at, ends_at, reason, recorded_at, recorded_by)
SELECT id, :starts, :ends, :reason, :now, :actor FROM mediator WHERE code = :mediator RETURNING id
"""
CONCERNED = """
SELECT DISTINCT m.code FROM contact k JOIN shift s ON s.id = k.shift_id JOIN campaign m ON m.id = k.campaign_id
  JOIN mediator p ON p.id = s.mediator_id
WHERE p.code = :mediator AND k.state = 'planned' AND m.state = 'launched' AND s.starts_at < :ends AND s.ends_at > :starts
ORDER BY 1
"""
CALLS = """
SELECT k.id, k.case_id, k.due_at, m.code AS mediator FROM contact k JOIN shift s ON s.id = k.shift_id
  JOIN mediator m ON m.id = s.mediator_id
WHERE k.campaign_id = :campaign AND k.channel = 'call' AND k.state = 'planned' AND k.due_at >= :now
  AND EXISTS (SELECT FROM absence a WHERE a.mediator_id = m.id AND a.starts_at <= k.due_at AND k.due_at < a.ends_at)
"""


def record_absence(
    session: Session, mediator: str, starts_at: datetime, ends_at: datetime, reason: str, *, actor: str
) -> list[str]:
    """Record that a mediator does not work; returns the campaigns whose plan concerns it, to be planned anew.

    Raises ``OutreachError`` for an unknown mediator, or an end before the start.
    """
    if starts_at >= ends_at:
        raise OutreachError(_("l'absence finit avant de commencer"), place=mediator)
    values = {
        "mediator": mediator, "starts": starts_at, "ends": ends_at, "reason": reason, "now": clock.now(), "actor": actor,
    }  # fmt: skip
    if session.execute(text(RECORD), values).first() is None:
        raise OutreachError(_("médiateur inconnu"), place=mediator, mend=_("« outreach shifts list » donne les codes."))
    dates = {"from": starts_at.isoformat(), "to": ends_at.isoformat()}
    audit.record(session, actor, "mediator.absent", mediator, dates)
    return list(session.execute(text(CONCERNED), values).scalars())


def lift_absence(session: Session, absence: int, *, actor: str) -> datetime:
    """Take an absence back: the next plan uses the time again. Returns when it began. Raises ``OutreachError`` for none."""
    row = session.execute(text("DELETE FROM absence WHERE id = :id RETURNING mediator_id, starts_at"), {"id": absence}).first()
    if row is None:
        raise OutreachError(_("cette absence n'existe plus"), place=str(absence))
    audit.record(session, actor, "mediator.present", f"mediator/{row.mediator_id}", {"from": row.starts_at.isoformat()})
    starts_at: datetime = row.starts_at
    return starts_at


def take_back_calls(session: Session, campaign_id: int) -> list[Any]:
    """Take the calls of absent mediators off their lists; returns them, to be placed again."""
    rows = list(session.execute(text(CALLS), {"campaign": campaign_id, "now": clock.now()}))
    take_back(session, {row.id: str(Reason.MEDIATOR_ABSENT) for row in rows})
    return rows


def give_way(session: Session, booked: Sequence[Booked]) -> list[Changed]:
    """Take back planned calls whose place a promised one has taken; their cases are planned again."""
    taken = take_back(session, {one.contact_id: str(Reason.NEW_APPOINTMENT) for one in booked})
    return [Changed(row.case_id, row.id, ChangeKind.DROPPED, row.reason, row.due_at) for row in taken]


def what_became(taken: Sequence[Any], placed: Iterable[Placed], mediators: Mapping[int, str], reason: str) -> list[Changed]:
    """What became of contacts that were taken back (id, case_id, due_at, mediator): moved to another moment or mediator, or dropped for now."""
    found = {item.wish.case_id: item for item in placed}
    changes = []
    for row in taken:
        item = found.get(row.case_id)
        after = mediators.get(item.shift_id) if item is not None and item.shift_id is not None else None
        kind = ChangeKind.DROPPED if item is None else ChangeKind.MOVED
        changes.append(Changed(row.case_id, row.id, kind, reason, row.due_at, item.due_at if item else None, row.mediator, after))
    return changes
