"""The outbox: due contacts are claimed under a lease, with the rules of the public checked again in the claim."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import Channel
from outreach.definitions.registry import terms_of
from outreach.policy.ruling import Forbidden
from outreach.policy.ruling_sql import Calendar, around, rulings, territories_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

LEASE = timedelta(minutes=5)
"""A claim that is neither finished nor renewed after this long is taken over."""
AGAIN = timedelta(minutes=15)
"""When a contact found outside its hours is looked at again."""

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
# What the rules are asked about the contacts just claimed.
ASKS = """
SELECT k.id, k.person_id, c.unit, c.campaign_id AS terms_id, CAST(:partner AS bigint) AS partner_id, k.channel,
       CAST(:now AS timestamptz) AS at, k.appointment_id IS NOT NULL AS promised
FROM contact k JOIN "case" c ON c.id = k.case_id WHERE k.id = ANY(:ids)
"""
# What the rules forbid is not made, nor is an SMS to who has no mobile any more: the planner finds the next step.
CANCEL = """
UPDATE contact k SET state = 'cancelled', claimed_by = NULL, lease_until = NULL, done_at = :now, reason = n.reason
FROM unnest(CAST(:contacts AS bigint[]), CAST(:reasons AS text[])) AS n (id, reason) WHERE k.id = n.id
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


def claim(session: Session, loaded: Loaded, channel: Channel, *, size: int, worker: str, pepper: str) -> list[Due]:
    """Take up to ``size`` due contacts under a lease; none is left when the list is empty.

    The rules of the public are asked again, on what is known now: a contact that they forbid is cancelled under the
    rule's name, and so is an SMS to who has no mobile any more. One outside its hours is put back.
    """
    now = clock.now()
    values = {
        "campaign": loaded.campaign.id, "channel": channel.value, "now": now, "today": now.date(), "size": size, "worker": worker,
        "lease": now + LEASE,
    }  # fmt: skip
    while ids := list(session.execute(text(CLAIM), values).scalars()):
        forbidden = _forbidden(session, loaded, channel, ids, pepper)
        shut = sorted(contact for contact, rule in forbidden.items() if rule is Forbidden.CLOSED)
        release(session, shut, later=now + AGAIN)
        _cancel(session, {contact: rule.value for contact, rule in forbidden.items() if rule is not Forbidden.CLOSED})
        claimed = [
            Due(**row) for row in session.execute(text(CLAIMED), {"ids": [id_ for id_ in ids if id_ not in forbidden]}).mappings()
        ]
        mute = {due.id for due in claimed if channel is Channel.SMS and due.mobile is None}
        _cancel(session, dict.fromkeys(mute, "no_mobile"))
        if len(shut) == len(ids) or len(claimed) > len(mute):
            return [due for due in claimed if due.id not in mute]
    return []


def _forbidden(session: Session, loaded: Loaded, channel: Channel, ids: list[int], pepper: str) -> dict[int, Forbidden]:
    """Those of the claimed contacts that a rule forbids now; what the calendar does not cover is closed."""
    partner, terms = terms_of(session, loaded.campaign)
    values = {"ids": ids, "partner": partner, "now": clock.now()}
    calendar = Calendar.of({loaded.campaign.id: terms}, [channel], territories_of(session, ASKS, values), around(clock.now()))
    found = rulings(session, ASKS, calendar, pepper=pepper, values=values)
    answers = {contact: found.get(contact, Forbidden.CLOSED) for contact in ids}
    return {contact: rule for contact, rule in answers.items() if rule is not None}


def _cancel(session: Session, reasons: dict[int, str]) -> None:
    if reasons:
        session.execute(text(CANCEL), {"contacts": list(reasons), "reasons": list(reasons.values()), "now": clock.now()})


def release(session: Session, ids: list[int], *, later: datetime | None = None) -> None:
    """Give claimed contacts back; those outside their hours not before ``later``, so that they do not hold up the others."""
    if ids:
        session.execute(
            text(
                "UPDATE contact SET state = 'planned', claimed_by = NULL, lease_until = NULL,"
                " due_at = coalesce(CAST(:later AS timestamptz), due_at) WHERE id = ANY(:ids)"
            ),
            {"ids": ids, "later": later},
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
