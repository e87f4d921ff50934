"""What a fact falls on: its contact and case as they are now, whether its sender may say it, and when it happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.words import CaseStatus, Channel, ClockMark
from outreach.policy.windows import is_open
from outreach.tracking.events import SQL_STANDS
from outreach.tracking.phone.facts import Fact, Who, moment

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LONGEST_TALK = timedelta(hours=4)
BEFORE_SHIFT = timedelta(hours=12)
"""Nothing of a shift is done earlier than this before it begins: an earlier moment is a clock that is wrong."""
# A contact that was planned anew (same step, same attempt) is the one that stands for it now.
CONTACT = """
SELECT coalesce(n.id, k.id) FROM contact k
  LEFT JOIN contact n ON k.state = 'cancelled' AND n.case_id = k.case_id AND n.step = k.step AND n.attempt = k.attempt
    AND n.state <> 'cancelled'
WHERE k.id = :contact
"""
GROUND = f"""
SELECT c.id AS case_id, c.site_id, c.status, c.opened_at, c.closed_at, coalesce(p.merged_into, p.id) AS person_id,
       coalesce(b.insee, o.insee) AS insee, (SELECT count(*) FROM event e WHERE e.case_id = c.id) AS version,
       k.id AS contact_id, k.channel, k.state, k.due_at, s.starts_at AS shift_starts, s.mediator_id,
       (SELECT e.id FROM event e WHERE e.contact_id = k.id AND e.kind = 'attempted' AND {SQL_STANDS}
        ORDER BY e.occurred_at, e.id LIMIT 1) AS attempt_event,
       (SELECT e.id FROM event e WHERE e.case_id = c.id AND e.kind = 'mediated' AND {SQL_STANDS}
        ORDER BY e.occurred_at DESC LIMIT 1) AS mediated_event
FROM "case" c JOIN site o ON o.id = c.site_id LEFT JOIN contact k ON k.id = ({CONTACT}) JOIN person p ON p.id = coalesce(k.person_id, c.person_id)
     JOIN person l ON l.id = coalesce(p.merged_into, p.id) LEFT JOIN household h ON h.id = l.household_id
     LEFT JOIN building b ON b.id = h.building_id LEFT JOIN shift s ON s.id = k.shift_id
WHERE c.id = coalesce((SELECT case_id FROM contact WHERE id = :contact), CAST(:case AS bigint))
"""


@dataclass(frozen=True)
class Ground:
    """Where a fact falls.

    ``contact_id``: the contact that stands for the one named; ``version``: how many events the case has; ``attempt_event`` and
    ``mediated_event``: the contact's result and the case's mediation, as far as they were not taken back.
    """

    case_id: int
    site_id: int
    status: str
    opened_at: datetime
    closed_at: datetime | None
    person_id: int
    insee: str
    version: int
    contact_id: int | None
    channel: str | None
    state: str | None
    due_at: datetime | None
    shift_starts: datetime | None
    mediator_id: int | None
    attempt_event: UUID | None
    mediated_event: UUID | None

    @property
    def objected(self) -> bool:
        """Whether the case is closed by an objection."""
        return self.status == CaseStatus.OBJECTED

    def stale(self, fact: Fact) -> bool:
        """Whether the phone did not know all that is known of the case."""
        return fact.base_version is None or self.version > fact.base_version


def ground_of(session: Session, who: Who, fact: Fact) -> Ground:
    """What the fact falls on. Raises ``OutreachError`` for what does not exist, or is none of the sender's business."""
    place = f"contact {fact.contact_id}" if fact.contact_id is not None else f"case {fact.case_id}"
    row = session.execute(text(GROUND), {"contact": fact.contact_id, "case": fact.case_id}).mappings().first()
    if row is None:
        raise OutreachError(_("ce contact n'existe pas"), place=place, mend=_("Rechargez la journée."))
    found = Ground(**row)
    if found.mediator_id != who.mediator_id and found.site_id not in who.sites:
        raise OutreachError(_("ce contact n'est pas le vôtre"), place=place, mend=_("Demandez à votre responsable."))
    return found


def happened(fact: Fact, ground: Ground | None) -> tuple[datetime, ClockMark | None]:
    """When it happened, and why that is not what the phone's clock says: clocks are wrong, and facts are never later than now."""
    now, at = clock.now(), fact.at_device
    began = moment(fact.payload, "started_at")
    if began is not None and began <= at <= began + LONGEST_TALK:
        at = began
    if at > now:
        return _likely(ground, now), ClockMark.FUTURE
    if ground is None:
        return at, None
    first = max(ground.opened_at, ground.shift_starts - BEFORE_SHIFT) if ground.shift_starts else ground.opened_at
    return (_likely(ground, min(first, now)), ClockMark.OLD) if at < first else (at, None)


def _likely(ground: Ground | None, bound: datetime) -> datetime:
    """The bound, unless nobody calls or visits at that hour: then the moment for which it was planned, if that has been."""
    if ground is None or ground.due_at is None or ground.due_at > clock.now() or ground.channel is None:
        return bound
    return bound if is_open(Channel(ground.channel), bound, ground.insee) and bound >= ground.due_at else ground.due_at
