"""Sendings of which nobody knows whether they left: looked up in the provider's own list before anything is tried again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.core.provider import ProviderMessage, SmsProvider
from outreach.models.base import PHONE
from outreach.policy.senders import is_pool
from outreach.tracking.events import append_events
from outreach.tracking.receipts import sending

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.database import Database

GIVE_UP = timedelta(minutes=15)
"""An unknown send that the provider does not list after this long was not sent."""
EARLY = timedelta(hours=1)
"""How far the provider's clock may be behind ours: a message that has its attempt already is never taken for another's."""
BATCH = 200

UNKNOWN = """
SELECT k.id FROM contact k WHERE k.state = 'unknown' AND k.channel = 'sms' ORDER BY k.id
"""
# Another process may be looking too: each contact is one's alone.
HOLD = """
SELECT k.id, a.id AS attempt_id, a.address, a.sender, a.body_hash, a.started_at,
       EXISTS (SELECT FROM attempt b WHERE b.contact_id = k.id AND b.result = 'absent') AS tried_again
FROM contact k JOIN attempt a ON a.contact_id = k.id AND a.number = (SELECT max(number) FROM attempt WHERE contact_id = k.id)
WHERE k.id = ANY(:ids) AND k.state = 'unknown' AND a.provider = :provider FOR UPDATE OF k SKIP LOCKED
"""
LINK = """
UPDATE attempt SET provider_ref = :ref, result = 'sent', segments = coalesce(:segments, segments), finished_at = :now
WHERE id = :id
"""
SENT = """
UPDATE contact SET state = 'sent', disposition = coalesce(disposition, 'sent'), done_at = :at,
  lease_until = NULL, claimed_by = NULL
WHERE id = :id RETURNING id, case_id, channel, state, done_at
"""
ABSENT = "UPDATE attempt SET result = 'absent', finished_at = :now WHERE id = :id"
# Once more if there is still somebody to write to; after that the cadence goes on without it.
AGAIN = """
UPDATE contact k SET lease_until = NULL, claimed_by = NULL,
  state = CASE WHEN :over THEN 'failed'
               WHEN c.closed_at IS NOT NULL OR k.useful_until <= :now THEN 'cancelled' ELSE 'planned' END,
  reason = CASE WHEN :over THEN k.reason WHEN c.closed_at IS NOT NULL THEN c.status
                WHEN k.useful_until <= :now THEN 'stale' ELSE k.reason END,
  disposition = CASE WHEN :over THEN 'undelivered' ELSE k.disposition END,
  done_at = CASE WHEN :over OR c.closed_at IS NOT NULL OR k.useful_until <= :now THEN CAST(:now AS timestamptz) END
FROM "case" c WHERE c.id = k.case_id AND k.id = :id
"""
KNOWN = "SELECT provider_ref FROM attempt WHERE provider = :provider AND provider_ref = ANY(:refs)"


def reconcile(database: Database, provider: SmsProvider) -> int:
    """Settle unknown sends; returns how many were.

    One is linked to the provider's message to the same person, from the same sender, of the same time and words, that no
    other attempt has. Absent from the provider's list for ``GIVE_UP`` after it was tried, it is tried once more, and never
    a third time.
    """
    with database.session() as session:
        waiting = list(session.execute(text(UNKNOWN)).scalars())
    settled = 0
    for start in range(0, len(waiting), BATCH):
        with database.session() as session:
            rows = session.execute(
                text(HOLD).columns(address=PHONE), {"ids": waiting[start : start + BATCH], "provider": provider.name}
            ).all()
            settled += _settle(session, provider, rows)
    return settled


def _settle(session: Session, provider: SmsProvider, rows: Sequence[Any]) -> int:
    by_address: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_address[row.address].append(row)
    settled = 0
    for address, waiting in by_address.items():
        since = min(row.started_at for row in waiting) - EARLY
        listed = sorted(provider.sent_to(address, since), key=lambda message: message.at)
        free = _without_attempt(session, provider.name, listed)
        for row in sorted(waiting, key=lambda row: row.started_at):
            found = next((message for message in free if _is_of(message, row)), None)
            if found is not None:
                free.remove(found)
                _link(session, row, found)
            elif clock.now() - row.started_at > GIVE_UP:
                _try_again(session, row)
            else:
                continue
            settled += 1
    return settled


def _without_attempt(session: Session, provider: str, listed: Sequence[ProviderMessage]) -> list[ProviderMessage]:
    refs = [message.ref for message in listed]
    known = set(session.execute(text(KNOWN), {"provider": provider, "refs": refs}).scalars())
    return [message for message in listed if message.ref not in known]


def _is_of(message: ProviderMessage, row: Any) -> bool:
    """Whether a message is the one of an attempt.

    Its words may have been erased at the provider, or be unknown to us; its pool chosen a number.
    """
    same_words = not row.body_hash or not message.body or sha256(message.body.encode()).hexdigest() == row.body_hash
    same_sender = row.sender is None or is_pool(row.sender) or message.sender == row.sender
    return same_words and same_sender and bool(message.at >= row.started_at - EARLY)


def _link(session: Session, row: Any, message: ProviderMessage) -> None:
    """What became of it is a receipt's to say, like that of any other message."""
    values = {"id": row.attempt_id, "ref": message.ref, "segments": message.segments, "now": clock.now()}
    session.execute(text(LINK), values)
    # Told here: it may have left longer ago than sendings are looked for.
    append_events(session, [sending(session.execute(text(SENT), {"id": row.id, "at": row.started_at}).one())])


def _try_again(session: Session, row: Any) -> None:
    session.execute(text(ABSENT), {"id": row.attempt_id, "now": clock.now()})
    session.execute(text(AGAIN), {"id": row.id, "over": row.tried_again, "now": clock.now()})
