"""What people write back: kept, understood, acted on. What is not understood waits in the mediators' inbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import audit, clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.marks import mark
from outreach.core.prepared import kept
from outreach.core.sealing import seal
from outreach.core.words import EventKind
from outreach.models.base import PHONE, SealedText
from outreach.policy.replies import Meaning, meaning
from outreach.tracking.events import NewEvent, append_events
from outreach.tracking.objections import object_by_phone, resume_by_phone
from outreach.tracking.promises import call_back_soon

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

ACTOR = "track"
# The case of a reply: of the last text that went to this phone. Phone by phone through the indexes, whatever statistics say of
# tables that grow all day.
KEEP = """
INSERT INTO inbound_message
  (provider, provider_ref, sender, sender_mark, recipient, body, received_at, handled_at, meaning, case_id)
VALUES (:provider, :ref, :sender, :mark, :recipient, :body, :at, CAST(:handled AS timestamptz), :meaning, (
  SELECT k.case_id
  FROM (SELECT id, contact_id, started_at FROM attempt WHERE address_mark = :mark AND started_at <= :at OFFSET 0) a
    JOIN LATERAL (SELECT case_id FROM contact WHERE id = a.contact_id AND state = 'sent' OFFSET 0) k ON true
  ORDER BY a.started_at DESC, a.id DESC LIMIT 1))
ON CONFLICT (provider_ref) DO NOTHING RETURNING case_id
"""
INBOX = """
SELECT m.id, m.received_at, m.body, m.sender, m.case_id, c.letter_code, s.name AS site, a.name AS campaign,
       concat_ws(' ', l.title, l.given_name, l.family_name) AS name, l.language
FROM inbound_message m LEFT JOIN "case" c ON c.id = m.case_id LEFT JOIN site s ON s.id = c.site_id
     LEFT JOIN campaign a ON a.id = c.campaign_id LEFT JOIN person p ON p.id = c.person_id
     LEFT JOIN person l ON l.id = CASE WHEN p.merged_into IS NULL THEN p.id ELSE p.merged_into END
WHERE m.handled_at IS NULL AND (CAST(:site AS text) IS NULL OR s.code = :site OR c.id IS NULL) ORDER BY m.received_at, m.id
"""
WRONG_NUMBER = """
UPDATE contact SET disposition = 'wrong_number' WHERE id = (
  SELECT k.id FROM contact k WHERE k.case_id = :case AND k.channel = 'sms' AND k.state = 'sent' ORDER BY k.done_at DESC LIMIT 1)
RETURNING id
"""
SETTLE = """
UPDATE inbound_message SET handled_at = :now, meaning = :meaning, decided_by = :actor WHERE id = :id AND handled_at IS NULL
RETURNING provider_ref, sender, case_id, received_at
"""


@dataclass(frozen=True)
class Reply:
    """One message from a person, as it came."""

    provider: str
    ref: str
    sender: str
    body: str
    at: datetime
    recipient: str | None = None
    opt_out: str | None = None


def receive(session: Session, reply: Reply) -> Meaning | None:
    """Keep one reply and act on what it means; ``None`` when it was received before.

    What comes from nobody that the provider names is read by a person: no phone is there to be stopped, or freed.
    """
    found = meaning(reply.body, reply.opt_out) if reply.sender else Meaning.UNCLEAR
    values = {
        "provider": reply.provider, "ref": reply.ref, "sender": seal(reply.sender, PHONE.place),
        "mark": mark(reply.sender) if reply.sender else None, "recipient": reply.recipient, "body": seal(reply.body, "inbound_message.body"),
        "at": reply.at, "meaning": str(found), "handled": None if found is Meaning.UNCLEAR else clock.now(),
    }  # fmt: skip
    held = kept(session, KEEP, values).first()
    if held is None:
        return None
    _act(session, found, reply.ref, reply.sender, held.case_id, reply.at, actor=ACTOR)
    return found


def replies_to_read(session: Session, site: str | None = None) -> list[dict[str, Any]]:
    """The mediators' inbox, oldest first: id, received_at, body, sender, case, name, language, site, campaign.

    Of one ``site`` (code), with those that belong to no case.
    """
    return [
        dict(row)
        for row in session.execute(
            text(INBOX).columns(sender=PHONE, body=SealedText("inbound_message.body")), {"site": site}
        ).mappings()
    ]


def settle_reply(session: Session, number: int, found: Meaning, *, actor: str) -> None:
    """A mediator read a message and says what it means; the engine acts on it as if it had understood.

    ``UNCLEAR``: read, and nothing is to be done. Raises ``OutreachError`` for a message that is unknown or was read already, and
    when a phone is to be stopped of which the message does not say the number.
    """
    told = {"id": number, "now": clock.now(), "meaning": str(found), "actor": actor}
    row = session.execute(text(SETTLE).columns(sender=PHONE), told).first()
    if row is None:
        raise OutreachError(_("ce message n'attend pas de réponse"), place=str(number))
    if not row.sender and found in {Meaning.STOP, Meaning.START}:
        message, mend = (
            _("ce message ne dit pas de quel téléphone il vient"),
            _("Notez l'opposition au nom de la personne, puis classez-le."),
        )
        raise OutreachError(message, place=str(number), mend=mend)
    audit.record(session, actor, "reply.settle", f"inbound_message/{number}", {"meaning": str(found)})
    _act(session, found, row.provider_ref, row.sender, row.case_id, row.received_at, actor=actor)


def _act(session: Session, found: Meaning, ref: str, sender: str, case: int | None, at: datetime, *, actor: str) -> None:
    if found is Meaning.STOP:
        object_by_phone(session, sender, actor=actor, occurred_at=at)
    elif found is Meaning.START:
        resume_by_phone(session, sender, actor=actor, occurred_at=at)
    elif case is not None:
        # A wrong number is no word of the person: it says that neither texts nor calls to this phone reach them.
        contact = kept(session, WRONG_NUMBER, {"case": case}).scalar() if found is Meaning.WRONG_NUMBER else None
        kind = EventKind.REPLIED if contact is None else EventKind.UNDELIVERED
        append_events(session, [NewEvent(case, kind, f"reply:{ref}:{found}", at, actor, "sms", str(found), contact)])
        if found is Meaning.CALL_BACK:
            call_back_soon(session, case, actor=actor)
