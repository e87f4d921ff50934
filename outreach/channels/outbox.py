"""The outbox: due contacts are claimed under a lease, with the rules of the public checked again in the claim."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock
from outreach.policy.objections import SQL_STOPPED
from outreach.policy.windows import is_open

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.words import Channel

LEASE = timedelta(minutes=5)
"""A claim that is neither finished nor renewed after this long is taken over."""

# Everything that may have changed since the plan is looked at again: campaign, agreement, case; then objection and means.
CLAIM = """
UPDATE contact SET state = 'claimed', claimed_by = :worker, lease_until = :lease WHERE id IN (
  SELECT k.id FROM contact k JOIN campaign m ON m.id = k.campaign_id JOIN agreement a ON a.id = m.agreement_id
       JOIN "case" c ON c.id = k.case_id
  WHERE k.campaign_id = :campaign AND k.channel = :channel AND k.state = 'planned' AND k.due_at <= :now AND k.useful_until > :now
    AND m.state = 'launched' AND :today BETWEEN a.valid_from AND a.valid_to AND c.closed_at IS NULL
  ORDER BY k.due_at, k.id LIMIT :size FOR UPDATE OF k SKIP LOCKED)
RETURNING id
"""
CLAIMED = """
SELECT k.id, k.case_id, k.step, k.attempt, k.language, p.title, p.given_name, p.family_name, p.mobile, p.simulated, c.letter_code,
       h.staircase, h.floor, h.door, h.building_name, h.residence, h.po_box, b.house_number, b.repetition, b.street, b.place,
       b.postal_code, b.city, b.cedex, b.country,
       coalesce(b.insee, '') AS insee, s.name AS site_name, s.address AS site_address, s.phone AS site_phone
FROM contact k JOIN "case" c ON c.id = k.case_id JOIN person p ON p.id = k.person_id JOIN site s ON s.id = c.site_id
     LEFT JOIN household h ON h.id = p.household_id LEFT JOIN building b ON b.id = h.building_id
WHERE k.id = ANY(:ids) ORDER BY k.due_at, k.id
"""
# Whom an objection stops, and who has no mobile any more: the contact is not made, the planner finds the next step.
FORBIDDEN = f"""
UPDATE contact k SET state = 'cancelled', claimed_by = NULL, lease_until = NULL, done_at = :now,
       reason = CASE WHEN s.person_id IS NULL THEN 'no_mobile' ELSE 'objected' END
FROM person p LEFT JOIN (SELECT DISTINCT person_id FROM ({SQL_STOPPED}) o WHERE o.person_id = ANY(ARRAY(SELECT person_id FROM contact WHERE id = ANY(:ids)))) s ON s.person_id = p.id
WHERE p.id = k.person_id AND k.id = ANY(:ids) AND (s.person_id IS NOT NULL OR (k.channel = 'sms' AND p.mobile IS NULL))
RETURNING k.id
"""
# A letter or a list entry is ours: a lost claim is simply planned again. An SMS may have left: it becomes unknown.
EXPIRED = """
UPDATE contact k SET lease_until = NULL, claimed_by = NULL,
  state = CASE WHEN EXISTS (SELECT FROM attempt a WHERE a.contact_id = k.id AND a.finished_at IS NULL)
               THEN 'unknown' ELSE 'planned' END
WHERE k.state = 'claimed' AND k.lease_until < :now AND k.campaign_id = :campaign
"""
STALE = """
UPDATE contact SET state = 'cancelled', reason = 'stale', done_at = :now
WHERE state = 'planned' AND useful_until <= :now AND campaign_id = :campaign
"""


@dataclass(frozen=True)
class Due:
    """A claimed contact with what its message needs."""

    id: int
    case_id: int
    step: str
    attempt: int
    language: str
    title: str | None
    given_name: str | None
    family_name: str | None
    mobile: str | None
    simulated: bool
    letter_code: str
    staircase: str | None
    floor: str | None
    door: str | None
    building_name: str | None
    residence: str | None
    po_box: str | None
    house_number: str | None
    repetition: str | None
    street: str | None
    place: str | None
    postal_code: str | None
    city: str | None
    cedex: str | None
    country: str | None
    insee: str
    site_name: str
    site_address: str
    site_phone: str

    @property
    def name(self) -> str:
        """The full name."""
        return " ".join(filter(None, (self.given_name, self.family_name)))

    @property
    def salutation(self) -> str:
        """``Madame Diallo``, or ``Madame, Monsieur`` when nobody said which."""
        polite = {"M.": "Monsieur", "Mme": "Madame"}.get(self.title or "")
        return f"{polite} {self.family_name}" if polite and self.family_name else "Madame, Monsieur"


def claim(session: Session, campaign_id: int, channel: Channel, *, size: int, worker: str, pepper: str) -> list[Due]:
    """Take up to ``size`` due contacts under a lease; none is left when the list is empty.

    A contact that an objection forbids is cancelled here, and so is an SMS to who has no mobile any more. Contacts
    outside their window are put back.
    """
    now = clock.now()
    values = {
        "campaign": campaign_id, "channel": channel.value, "now": now, "today": now.date(), "size": size, "worker": worker,
        "lease": now + LEASE,
    }  # fmt: skip
    while ids := list(session.execute(text(CLAIM), values).scalars()):
        allowed = _without_forbidden(session, ids, pepper)
        claimed = [Due(**row) for row in session.execute(text(CLAIMED), {"ids": allowed}).mappings()]
        shut = {due.id for due in claimed if not is_open(channel, now, due.insee)}
        release(session, sorted(shut))
        if claimed:
            return [due for due in claimed if due.id not in shut]
    return []


def _without_forbidden(session: Session, ids: list[int], pepper: str) -> list[int]:
    values = {"ids": ids, "pepper": pepper, "now": clock.now()}
    forbidden = set(session.execute(text(FORBIDDEN), values).scalars())
    return [contact for contact in ids if contact not in forbidden]


def release(session: Session, ids: list[int]) -> None:
    """Give claimed contacts back, untouched."""
    if ids:
        session.execute(
            text("UPDATE contact SET state = 'planned', claimed_by = NULL, lease_until = NULL WHERE id = ANY(:ids)"), {"ids": ids}
        )


def tidy(session: Session, campaign_id: int) -> tuple[int, int]:
    """Take over expired leases and drop what is past its useful time; returns both counts."""
    values = {"campaign": campaign_id, "now": clock.now()}
    expired = int(session.execute(text(EXPIRED), values).rowcount)  # type: ignore[attr-defined]
    stale = int(session.execute(text(STALE), values).rowcount)  # type: ignore[attr-defined]
    return expired, stale


def words_for(due: Due, *, partner: str, association: str, mediator: str = "") -> dict[str, str]:
    """The values of the placeholders that messages may use."""
    return {
        "salutation": due.salutation, "name": due.name, "partner": partner, "association": association, "site": due.site_name,
        "site_address": due.site_address, "site_phone": due.site_phone, "letter_code": due.letter_code, "mediator": mediator,
    }  # fmt: skip
