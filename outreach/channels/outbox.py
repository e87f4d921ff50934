"""The outbox: due contacts are claimed under a lease, with the rules of the public checked again in the claim.

A claim is one transaction. It holds the contacts (``FOR UPDATE SKIP LOCKED``), their homes (two campaigns never claim for
one household at the same time, so that its caps are counted exactly), and what it takes of the agreement's quota.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.channels.limits import give_back_quota, take_quota
from outreach.core import clock
from outreach.core.errors import OutreachError, ProviderError
from outreach.core.holding import hold
from outreach.core.i18n import _
from outreach.core.live import NOTHING_LEAVES
from outreach.core.prepared import kept
from outreach.core.words import Channel
from outreach.definitions.registry import Agreed, agreed
from outreach.definitions.texts import salutation
from outreach.models.base import WAYS
from outreach.policy.ruling import Forbidden
from outreach.policy.ruling_sql import Calendar, around, rulings
from outreach.policy.standing import UNREAD
from outreach.policy.territories import territory_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

LEASE = timedelta(minutes=5)
"""A claim that is not finished after this long is taken over."""
SURE = LEASE - timedelta(seconds=30)
"""How long after its claim a contact may still be handed to a provider: whoever was held up longer gives it back."""
CALL_LEASE = timedelta(hours=1)
"""How long a call is its mediator's before its result is missed."""
AGAIN = timedelta(minutes=15)
"""When a contact found outside its hours is looked at again."""
SOON = timedelta(minutes=1)
"""When one is looked at again whose home, or whose unread message, is in somebody's hands."""

# Everything that may have changed since the plan is looked at again: campaign and agreement here, case, means and rules after.
# As a CTE, so that the rows to lock are chosen once; whether anything may leave at all is asked once, not for every row.
CLAIM = f"""
WITH due AS (
  SELECT k.id FROM contact k
  WHERE k.campaign_id = :campaign AND k.channel = :channel AND k.state = 'planned' AND k.due_at <= :now AND k.useful_until > :now
    AND (SELECT m.state = 'launched' AND :today BETWEEN a.valid_from AND a.valid_to AND coalesce(q.used, 0) < :quota
         FROM campaign m JOIN agreement a ON a.id = m.agreement_id
              LEFT JOIN quota_use q ON q.agreement_id = a.id AND q.channel = :channel AND q.day = :today WHERE m.id = :campaign)
    AND NOT {NOTHING_LEAVES} AND (NOT :unattended OR k.shift_id IS NULL)
  ORDER BY k.due_at, k.id LIMIT :size FOR UPDATE OF k SKIP LOCKED)
UPDATE contact k SET state = 'claimed', claimed_by = :worker, lease_until = :lease FROM due WHERE k.id = due.id RETURNING k.id
"""
IS_DUE = """
SELECT EXISTS (SELECT FROM contact WHERE campaign_id = :campaign AND channel = :channel AND state = 'planned' AND due_at <= :now)
"""
# One contact, in the hands of who makes it; once it was, or may have been, handed to a provider, what is missing is its result.
TAKE = f"""
UPDATE contact k SET state = 'claimed', claimed_by = :worker, lease_until = :lease
WHERE k.id = :id AND k.campaign_id = :campaign AND (k.state = 'planned' OR (k.state = 'claimed' AND k.claimed_by = :worker))
  AND NOT EXISTS (SELECT FROM attempt a WHERE a.contact_id = k.id
                  AND (a.result IS NULL OR a.result IN ('sent', 'unknown')))
RETURNING k.channel, (SELECT o.state FROM contact o WHERE o.id = k.id) = 'claimed' AS counted, {NOTHING_LEAVES}
                     OR NOT EXISTS (SELECT FROM campaign m WHERE m.id = k.campaign_id AND m.state = 'launched') AS held
"""
GIVE_UP = """
UPDATE contact k SET state = 'planned', claimed_by = NULL, lease_until = NULL FROM campaign m
WHERE k.id = :id AND m.id = k.campaign_id AND k.state = 'claimed' AND k.claimed_by = :worker
  AND NOT EXISTS (SELECT FROM attempt a WHERE a.contact_id = k.id AND (a.result IS NULL OR a.result IN ('sent', 'unknown')))
RETURNING m.agreement_id, k.channel
"""
# Whether the case is closed, another claim holds the same home right now, or somebody of it is unread; then what a message
# needs, in the order of ``Due``. A merged person is who they are now.
CLAIMED = f"""
SELECT CASE WHEN c.closed_at IS NOT NULL THEN c.status END AS closed,
       NOT pg_try_advisory_xact_lock(:homes, CAST(coalesce(l.household_id, -l.id) % 2147483647 AS int)) AS busy,
       {UNREAD} AS unread,
       k.id, k.case_id, k.step, k.attempt, k.language, l.title, l.given_name, l.family_name, l.mobile, l.fixed,
       l.simulated, c.letter_code, h.staircase, h.floor, h.door, h.building_name, h.residence, h.po_box, h.care_of,
       b.house_number, b.repetition, b.street, b.place,
       b.postal_code, b.city, b.cedex, b.country,
       coalesce(b.insee, s.insee) AS insee, s.name AS site_name, s.address AS site_address, s.phone AS site_phone
FROM unnest(CAST(:ids AS bigint[])) AS n (id) JOIN contact k ON k.id = n.id JOIN "case" c ON c.id = k.case_id
     JOIN person p ON p.id = k.person_id JOIN person l ON l.id = coalesce(p.merged_into, p.id) JOIN site s ON s.id = c.site_id
     LEFT JOIN household h ON h.id = l.household_id LEFT JOIN building b ON b.id = h.building_id
"""
NEEDS = {Channel.SMS: (("mobile",), "no_mobile"), Channel.CALL: (("mobile", "fixed"), "no_phone")}
"""What a channel needs one of, and the reason under which a contact without any is cancelled."""
ASKED = 3
"""So many columns of a claimed row come before what its message needs."""
HOMES = 0x484F4D45
"""The name of these locks among PostgreSQL's advisory ones."""
# What the rules are asked about the contacts just claimed.
ASKS = """
SELECT k.id, k.person_id, c.unit, c.campaign_id AS terms_id, CAST(:partner AS bigint) AS partner_id, k.channel,
       CAST(:now AS timestamptz) AS at, k.appointment_id IS NOT NULL AS promised, s.insee AS site_insee
FROM unnest(CAST(:ids AS bigint[])) AS n (id) JOIN contact k ON k.id = n.id JOIN "case" c ON c.id = k.case_id
     JOIN site s ON s.id = c.site_id
"""
# What the rules forbid is not made, nor is an SMS to who has no mobile any more: the planner finds the next step.
CANCEL = """
UPDATE contact k SET state = 'cancelled', claimed_by = NULL, lease_until = NULL, done_at = :now, reason = n.reason
FROM unnest(CAST(:contacts AS bigint[]), CAST(:reasons AS text[])) AS n (id, reason) WHERE k.id = n.id
"""
# A letter or a list entry is ours: a lost claim is simply planned again. An SMS may have left, and a call whose result nobody
# recorded may have been made: they become unknown. What the provider did not take on was not made.
EXPIRED = """
UPDATE contact k SET lease_until = NULL, claimed_by = NULL,
  state = CASE WHEN EXISTS (SELECT FROM attempt a
                            WHERE a.contact_id = k.id AND (a.result IS NULL OR a.result IN ('sent', 'unknown')))
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
    fixed: str | None
    simulated: bool
    letter_code: str
    staircase: str | None
    floor: str | None
    door: str | None
    building_name: str | None
    residence: str | None
    po_box: str | None
    care_of: str | None
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
    def phone(self) -> str:
        """The phone to reach them on: the mobile one if there is one."""
        return self.mobile or self.fixed or ""

    @property
    def salutation(self) -> str:
        """How they are addressed."""
        return salutation(self.title, self.family_name)


def is_due(session: Session, campaign: int, channel: Channel) -> bool:
    """Whether anything of a channel is due in a campaign.

    Most times that it is asked, nothing is; ``claim`` looks at all that it takes.
    """
    return bool(session.execute(text(IS_DUE), {"campaign": campaign, "channel": channel.value, "now": clock.now()}).scalar_one())


def claim(session: Session, loaded: Loaded, channel: Channel, *, size: int, worker: str, unattended: bool = False) -> list[Due]:
    """Take up to ``size`` due contacts under a lease; none is left when the list is empty, or nothing may leave now.

    The rules of the public are asked again, on what is known now: a contact that they forbid is cancelled under the
    rule's name, and so is an SMS to who has no mobile any more. One outside its hours is put back, as is one whose home
    is being claimed for elsewhere or who wrote something that is still unread. ``unattended``: only those of no mediator's shift.
    """
    now, agreement = clock.now(), agreed(session, loaded.campaign)
    values = {
        "campaign": loaded.campaign.id, "channel": channel.value, "now": now, "today": now.date(), "size": size, "worker": worker,
        "lease": now + LEASE, "quota": agreement.definition.quota(channel), "unattended": unattended,
    }  # fmt: skip
    while ids := list(session.execute(text(CLAIM), values).scalars()):
        if allowed := _allowed(session, loaded, agreement, channel, ids):
            return _within_quota(session, agreement, channel, allowed)
    return []


def take(session: Session, loaded: Loaded, contact: int, *, worker: str, is_held: bool = False) -> Due | None:
    """Claim one contact that its own worker is about to make, whenever it was due today; ``None`` when it may not be made now.

    The same rules are asked as of ``claim``. What its worker has already is theirs again, and counts once against the quota.
    ``is_held``: the caller has locked its row. Raises ``OutreachError`` when it is not planned any more, or was
    made already and waits for its result.
    """
    now, agreement = clock.now(), agreed(session, loaded.campaign)
    values = {"id": contact, "campaign": loaded.campaign.id, "worker": worker, "lease": now + CALL_LEASE}
    # By a statement of its own, so that the next one sees what a second click of the same hand has just written.
    if not is_held:
        hold(session, "contact", [contact])
    row = session.execute(text(TAKE), values).first()
    if row is None:
        raise OutreachError(
            _("ce contact n'est plus à faire"), place=f"contact {contact}", mend=_("S'il a été fait, notez son résultat.")
        )
    allowed = _allowed(session, loaded, agreement, Channel(row.channel), [contact]) if not row.held else []
    if row.held:
        release(session, [contact])
    if not row.counted:
        return next(iter(_within_quota(session, agreement, Channel(row.channel), allowed)), None)
    give_back_quota(session, agreement.id, Channel(row.channel), 1 - len(allowed))
    return next(iter(allowed), None)


def give_up(session: Session, contact: int, *, worker: str) -> None:
    """Give back what one took and did not make.

    Raises ``OutreachError`` when it is not theirs, or was made and waits for its result.
    """
    row = session.execute(text(GIVE_UP), {"id": contact, "worker": worker}).first()
    if row is None:
        mend = _("S'il a été fait, notez son résultat.")
        raise OutreachError(_("ce contact n'est pas entre vos mains"), place=f"contact {contact}", mend=mend)
    give_back_quota(session, row.agreement_id, Channel(row.channel), 1)


def _allowed(session: Session, loaded: Loaded, agreement: Agreed, channel: Channel, ids: list[int]) -> list[Due]:
    """Those of the claimed contacts that may be made now; the others are cancelled or put back."""
    now = clock.now()
    rows = kept(session, CLAIMED, {"ids": ids, "homes": HOMES}, when=len(ids) == 1, types=WAYS).all()
    found = {row.id: Due(*row[ASKED:]) for row in rows}
    waiting = [row.id for row in rows if row.busy or row.unread]
    release(session, waiting, later=now + SOON)
    reasons = {row.id: row.closed for row in rows if row.closed}
    means, without = NEEDS.get(channel, ((), ""))
    if means:
        reasons = {id_: without for id_, due in found.items() if not any(getattr(due, name) for name in means)} | reasons
    held = {id_: due for id_, due in found.items() if id_ not in {*waiting, *reasons}}
    forbidden = _forbidden(session, loaded, agreement, channel, held) if held else {}
    release(session, [contact for contact, rule in forbidden.items() if rule is Forbidden.CLOSED], later=now + AGAIN)
    reasons |= {contact: rule.value for contact, rule in forbidden.items() if rule is not Forbidden.CLOSED}
    _cancel(session, {contact: reason for contact, reason in reasons.items() if contact not in waiting})
    return [held[id_] for id_ in ids if id_ in held and id_ not in forbidden]


def _within_quota(session: Session, agreement: Agreed, channel: Channel, allowed: list[Due]) -> list[Due]:
    """As many as the agreement's quota of the day has left; the others are put back for another day."""
    if not allowed:
        return []
    granted = take_quota(session, agreement.id, channel, len(allowed), agreement.definition.quota(channel))
    release(session, [due.id for due in allowed[granted:]])
    return allowed[:granted]


def _forbidden(
    session: Session, loaded: Loaded, agreement: Agreed, channel: Channel, held: Mapping[int, Due]
) -> dict[int, Forbidden]:
    """Those of the claimed contacts that a rule forbids now; what the calendar does not cover is closed."""
    values = {"ids": list(held), "partner": agreement.partner_id, "now": clock.now()}
    terms = {loaded.campaign.id: agreement.definition.terms}
    territories = {territory_of(due.insee) for due in held.values()}
    calendar = Calendar.of(terms, [channel], territories, around(clock.today()))
    found = rulings(session, ASKS, calendar, values=values, few=True, keep=len(held) == 1)
    answers = {contact: found.get(contact, Forbidden.CLOSED) for contact in held}
    return {contact: rule for contact, rule in answers.items() if rule is not None}


def _cancel(session: Session, reasons: dict[int, str]) -> None:
    if reasons:
        session.execute(text(CANCEL), {"contacts": list(reasons), "reasons": list(reasons.values()), "now": clock.now()})


def release(session: Session, ids: Iterable[int], *, later: datetime | None = None) -> None:
    """Give claimed contacts back; those outside their hours not before ``later``, so that they do not hold up the others."""
    if chosen := sorted(ids):
        session.execute(
            text(
                "UPDATE contact SET state = 'planned', claimed_by = NULL, lease_until = NULL,"
                " due_at = coalesce(CAST(:later AS timestamptz), due_at) WHERE id = ANY(:ids) AND state = 'claimed'"
            ),
            {"ids": chosen, "later": later},
        )


def tidy(session: Session, campaign_id: int) -> tuple[int, int]:
    """Take over expired leases and drop what is past its useful time; returns both counts."""
    values = {"campaign": campaign_id, "now": clock.now()}
    expired = int(session.execute(text(EXPIRED), values).rowcount)  # type: ignore[attr-defined]
    stale = int(session.execute(text(STALE), values).rowcount)  # type: ignore[attr-defined]
    return expired, stale


def refuse_invented_people(claimed: Iterable[Due], *, is_loopback: bool) -> None:
    """Raises ``ProviderError`` before anything about simulated people reaches a provider that is not on this machine."""
    if not is_loopback and any(due.simulated for due in claimed):
        raise ProviderError(
            _("ces personnes sont inventées : rien ne part vers un vrai opérateur"),
            mend=_("Employez un opérateur simulé, sur cette machine."),
        )


def words_for(due: Due, *, partner: str, association: str, mediator: str = "") -> dict[str, str]:
    """The values of the placeholders that messages may use."""
    return {
        "salutation": due.salutation, "name": due.name, "partner": partner, "association": association, "site": due.site_name,
        "site_address": due.site_address, "site_phone": due.site_phone, "letter_code": due.letter_code, "mediator": mediator,
    }  # fmt: skip
