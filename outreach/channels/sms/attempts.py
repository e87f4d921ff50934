"""Attempts at a provider in the database: written before the call, completed after it, both for a whole batch at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.channels.outbox import Due
from outreach.channels.sms.text import segments
from outreach.core import clock
from outreach.core.provider import ProviderMessage

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

BEGIN = """
INSERT INTO attempt (contact_id, number, provider, sender, address, body_hash, segments, started_at)
SELECT n.contact, coalesce((SELECT max(a.number) FROM attempt a WHERE a.contact_id = n.contact), 0) + 1, :provider, :sender, n.address,
       n.hash, n.segments, :now
FROM unnest(CAST(:contacts AS bigint[]), CAST(:addresses AS text[]), CAST(:hashes AS text[]), CAST(:segments AS int[]))
  AS n (contact, address, hash, segments)
RETURNING contact_id, id
"""
# In the order of their numbers, as receipts take them too: a batch and the receipts of its first messages meet here.
HOLD_ATTEMPTS = "SELECT FROM attempt WHERE id = ANY(:attempts) ORDER BY id FOR UPDATE"
HOLD_CONTACTS = "SELECT FROM contact WHERE id = ANY(:contacts) ORDER BY id FOR UPDATE"
# A receipt may have come before our own answer: what it said stays.
FINISH = """
UPDATE attempt a SET provider_ref = coalesce(n.ref, a.provider_ref), result = n.result, error = coalesce(n.error, a.error),
  finished_at = :now, segments = coalesce(n.segments, a.segments), price = coalesce(a.price, n.price),
  price_unit = coalesce(a.price_unit, n.unit), status = coalesce(a.status, n.status), delivery = coalesce(a.delivery, n.delivery)
FROM unnest(CAST(:attempts AS bigint[]), CAST(:refs AS text[]), CAST(:results AS text[]), CAST(:errors AS text[]),
            CAST(:segments AS int[]), CAST(:prices AS numeric[]), CAST(:units AS text[]), CAST(:statuses AS text[]), CAST(:deliveries AS text[]))
  AS n (id, ref, result, error, segments, price, unit, status, delivery)
WHERE a.id = n.id
"""
# A sure answer also settles a contact whose lease ran out meanwhile. A receipt of failure that came first keeps its word.
SETTLE = """
UPDATE contact k SET state = n.state, claimed_by = NULL, lease_until = NULL,
  disposition = CASE WHEN k.disposition = 'undelivered' THEN k.disposition ELSE n.disposition END,
  done_at = CASE WHEN n.disposition IS NULL THEN NULL ELSE CAST(:now AS timestamptz) END
FROM unnest(CAST(:contacts AS bigint[]), CAST(:states AS text[]), CAST(:dispositions AS text[])) AS n (id, state, disposition)
WHERE k.id = n.id AND (k.state = 'claimed' OR (k.state = 'unknown' AND n.state IN ('sent', 'failed')))
"""
# What was kept back was no attempt.
UNDO = "DELETE FROM attempt WHERE id = ANY(:attempts)"
DISPOSITIONS = {"sent": "sent", "failed": "undelivered"}


@dataclass(frozen=True)
class Attempt:
    """One claimed contact, its text, and the number of its attempt."""

    id: int
    due: Due
    body: str


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt.

    ``state``: ``sent``, ``failed``, ``unknown``; or ``later`` and ``withheld``: certainly not sent, by the provider's wish or
    by ours.
    """

    attempt: Attempt
    state: str
    message: ProviderMessage | None = None
    error: str | None = None

    @property
    def is_fault(self) -> bool:
        """Whether the provider failed, not the message."""
        return self.state in {"unknown", "later"}


def begin(session: Session, claimed: Sequence[Due], bodies: Sequence[str], *, provider: str, sender: str) -> list[Attempt]:
    """Write an attempt for each claimed contact, before anything is sent."""
    values = {
        "provider": provider, "sender": sender, "now": clock.now(), "contacts": [due.id for due in claimed],
        "addresses": [due.mobile for due in claimed], "hashes": [body_hash(body) for body in bodies],
        "segments": [segments(body) for body in bodies],
    }  # fmt: skip
    numbers = {row.contact_id: row.id for row in session.execute(text(BEGIN), values)}
    return [Attempt(numbers[due.id], due, body) for due, body in zip(claimed, bodies, strict=True)]


def finish(session: Session, outcomes: Sequence[Outcome]) -> None:
    """Complete the attempts and settle their contacts; those that were certainly not sent are the caller's to put back."""
    messages = [outcome.message for outcome in outcomes]
    prices: list[Decimal | None] = [message.price if message else None for message in messages]
    values = {
        "attempts": [outcome.attempt.id for outcome in outcomes], "results": [outcome.state for outcome in outcomes],
        "errors": [outcome.error for outcome in outcomes], "now": clock.now(), "prices": prices,
        "refs": [message.ref if message else None for message in messages],
        "segments": [message.segments if message else None for message in messages],
        "units": [message.price_unit if message else None for message in messages],
        "statuses": [message.status if message else None for message in messages],
        "deliveries": [message.delivery.value if message else None for message in messages],
    }  # fmt: skip
    session.execute(text(HOLD_ATTEMPTS), values)
    session.execute(text(HOLD_CONTACTS), {"contacts": [outcome.attempt.due.id for outcome in outcomes]})
    session.execute(text(FINISH), values)
    session.execute(text(UNDO), {"attempts": [outcome.attempt.id for outcome in outcomes if outcome.state == "withheld"]})
    sure = [outcome for outcome in outcomes if outcome.state in {"sent", "failed", "unknown"}]
    settled = {
        "contacts": [outcome.attempt.due.id for outcome in sure], "states": [outcome.state for outcome in sure],
        "dispositions": [DISPOSITIONS.get(outcome.state) for outcome in sure], "now": clock.now(),
    }  # fmt: skip
    session.execute(text(SETTLE), settled)


def body_hash(body: str) -> str:
    """What an attempt keeps of its text: enough to find it in the provider's list, not to read it."""
    return sha256(body.encode()).hexdigest()
