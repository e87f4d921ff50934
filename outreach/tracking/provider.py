"""Asks the provider what became of messages, reconciles unknown sends, and reads what people replied."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock
from outreach.core.provider import Delivery, ProviderMessage, SmsProvider
from outreach.core.words import EventKind
from outreach.policy.replies import Meaning, meaning
from outreach.tracking.events import NewEvent, append_events
from outreach.tracking.promises import call_back_soon
from outreach.tracking.record import record_objection

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.database import Database

LOOK_BACK = timedelta(days=3)
"""Receipts of messages sent longer ago do not come any more."""
GIVE_UP = timedelta(minutes=15)
"""An unknown send that the provider does not list after this long was not sent."""
ACTOR = "track"

SENDINGS = """
SELECT k.id, k.case_id, k.channel, k.state, k.done_at FROM contact k
WHERE k.state IN ('sent', 'failed') AND k.channel IN ('letter', 'sms') AND k.done_at > :since
  AND NOT EXISTS (SELECT FROM event e WHERE e.contact_id = k.id AND e.kind IN ('sent', 'undelivered'))
"""
AWAITED = """
SELECT a.provider_ref, k.id, k.case_id FROM attempt a JOIN contact k ON k.id = a.contact_id
WHERE a.provider_ref IS NOT NULL AND a.started_at > :since AND k.state = 'sent'
  AND NOT EXISTS (SELECT FROM event e WHERE e.contact_id = k.id AND e.kind IN ('delivered', 'undelivered'))
"""
UNKNOWN = """
SELECT k.id, a.id AS attempt_id, a.address, a.body_hash, a.started_at, a.number FROM contact k
     JOIN attempt a ON a.contact_id = k.id
WHERE k.state = 'unknown' AND a.number = (SELECT max(number) FROM attempt WHERE contact_id = k.id)
"""


@dataclass
class TrackResult:
    """What was learnt: sendings recorded, receipts, unknown sends resolved, replies by meaning."""

    recorded: int = 0
    receipts: int = 0
    reconciled: int = 0
    replies: Counter[str] = field(default_factory=Counter)


def record_sendings(database: Database) -> int:
    """Turn finished letters and SMS into events."""
    with database.session() as session:
        rows = session.execute(text(SENDINGS), {"since": clock.now() - LOOK_BACK}).all()
        events = [
            NewEvent(
                row.case_id, EventKind.SENT if row.state == "sent" else EventKind.UNDELIVERED, f"contact:{row.id}", row.done_at,
                ACTOR, row.channel, row.channel, row.id,
            )
            for row in rows
        ]  # fmt: skip
        return append_events(session, events)


def track_provider(database: Database, provider: SmsProvider, *, pepper: str) -> TrackResult:
    """One pass over the provider's own list of messages; safe to repeat at any time."""
    result = TrackResult(recorded=record_sendings(database))
    with database.session() as session:
        waiting = session.execute(text("SELECT EXISTS (SELECT FROM contact WHERE channel = 'sms' AND state <> 'planned')"))
        if not waiting.scalar_one():
            return result
    since = clock.now() - LOOK_BACK
    messages = list(provider.messages_since(since))
    with database.session() as session:
        result.reconciled = _reconcile(session, [message for message in messages if not message.inbound])
    with database.session() as session:
        result.receipts = _receipts(session, messages)
    with database.session() as session:
        handled = set(session.execute(text("SELECT provider_ref FROM inbound_message")).scalars())
    for message in messages:
        if message.inbound and message.ref not in handled:
            with database.session() as session:
                found = _receive(session, message, pepper)
            if found is not None:
                result.replies[str(found)] += 1
    return result


def _reconcile(session: Session, outbound: list[ProviderMessage]) -> int:
    """Find unknown sends in the provider's list; what is truly absent may be tried once more."""
    listed = {(message.recipient, sha256(message.body.encode()).hexdigest()): message for message in outbound}
    known = set(session.execute(text("SELECT provider_ref FROM attempt WHERE provider_ref IS NOT NULL")).scalars())
    resolved = 0
    for row in session.execute(text(UNKNOWN)).all():
        message = listed.get((row.address, row.body_hash))
        if message is not None and message.ref not in known:
            session.execute(
                text("UPDATE attempt SET provider_ref = :ref, result = 'sent' WHERE id = :id"),
                {"ref": message.ref, "id": row.attempt_id},
            )
            _settle(session, row.id, "sent", "sent")
            resolved += 1
        elif clock.now() - row.started_at > GIVE_UP:
            _settle(session, row.id, *(("planned", None) if row.number == 1 else ("failed", "undelivered")))
            resolved += 1
    return resolved


def _settle(session: Session, contact: int, state: str, disposition: str | None) -> None:
    session.execute(
        text(
            "UPDATE contact SET state = :state, disposition = :disposition, lease_until = NULL,"
            " done_at = CASE WHEN :state = 'planned' THEN NULL ELSE CAST(:now AS timestamptz) END WHERE id = :id"
        ),
        {"state": state, "disposition": disposition, "now": clock.now(), "id": contact},
    )


def _receipts(session: Session, messages: list[ProviderMessage]) -> int:
    awaited = {
        row.provider_ref: row for row in session.execute(text(AWAITED), {"since": clock.now() - LOOK_BACK - LOOK_BACK}).all()
    }
    events, failed = [], []
    for message in messages:
        row = awaited.get(message.ref)
        if row is None or message.delivery is Delivery.UNDERWAY:
            continue
        delivered = message.delivery is Delivery.DELIVERED
        kind = EventKind.DELIVERED if delivered else EventKind.UNDELIVERED
        events.append(NewEvent(row.case_id, kind, f"receipt:{row.id}", message.at, ACTOR, "sms", message.error, row.id))
        if not delivered:
            failed.append(row.id)
    if failed:
        session.execute(text("UPDATE contact SET disposition = 'undelivered' WHERE id = ANY(:ids)"), {"ids": failed})
    return append_events(session, events)


def _receive(session: Session, message: ProviderMessage, pepper: str) -> Meaning | None:
    """Store one reply and act on it; ``None`` when it was handled before."""
    found = meaning(message.body)
    stored = session.execute(
        text(
            "INSERT INTO inbound_message (provider_ref, sender, body, received_at, handled_at, meaning, case_id)"
            ' VALUES (:ref, :sender, :body, :at, CAST(:handled AS timestamptz), :meaning, (SELECT c.id FROM "case" c JOIN person p'
            " ON p.id = c.person_id JOIN contact k ON k.case_id = c.id AND k.channel = 'sms' AND k.state = 'sent'"
            " WHERE p.mobile = :sender ORDER BY k.done_at DESC LIMIT 1)) ON CONFLICT (provider_ref) DO NOTHING RETURNING case_id"
        ),
        {
            "ref": message.ref, "sender": message.sender, "body": message.body, "at": message.at, "meaning": str(found),
            "handled": None if found is Meaning.UNCLEAR else clock.now(),
        },
    ).first()  # fmt: skip
    if stored is None:
        return None
    if found is Meaning.STOP:
        # Whoever shares the phone is meant too: the message says « this phone », not who holds it.
        people = session.execute(
            text("SELECT id FROM person WHERE mobile = :sender OR fixed = :sender"), {"sender": message.sender}
        )
        for person in people.scalars().all():
            record_objection(session, person, source="sms", pepper=pepper, actor=ACTOR, occurred_at=message.at)
    elif stored.case_id is not None:
        event = NewEvent(stored.case_id, EventKind.REPLIED, f"reply:{message.ref}", message.at, ACTOR, "sms", str(found))
        append_events(session, [event])
        if found is Meaning.CALL_BACK:
            call_back_soon(session, stored.case_id, actor=ACTOR)
    return found
