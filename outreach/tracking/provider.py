"""Asks the provider itself: what became of messages, what people replied. The way for who cannot be called back by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock
from outreach.core.abreast import beside
from outreach.core.provider import RANKS, ProviderMessage, SmsProvider
from outreach.core.seen import Stamp
from outreach.tracking.calls import settle_silent_calls
from outreach.tracking.notices import read_notices
from outreach.tracking.objections import heed_opt_outs
from outreach.tracking.receipts import LOOK_BACK, NOTED_EVERY, Receipt, record_sendings, take_receipts
from outreach.tracking.reconcile import reconcile
from outreach.tracking.replies import Reply, receive

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.database import Database

LISTED = Stamp.of("provider_list", "''")
LAST_LISTED = "SELECT min(seen_at) FROM seen WHERE what = :what"
OVERLAP = timedelta(hours=1)
"""How far the provider's clock may be behind ours."""
ONE_LOOKS = "SELECT pg_try_advisory_xact_lock(hashtext('provider list'))"
"""Of several hosts one looks through the list; what the provider told us, they share."""
EVER_SENT = "SELECT EXISTS (SELECT FROM attempt WHERE provider = :provider)"
KNOWN = "SELECT provider_ref FROM inbound_message WHERE provider_ref = ANY(:refs)"
AWAITED = """
SELECT a.provider_ref, coalesce(a.delivery, 'underway') AS delivery FROM attempt a
WHERE a.provider = :provider AND a.provider_ref IS NOT NULL AND a.started_at > :since AND a.delivery IS DISTINCT FROM 'failed'
"""


@dataclass
class TrackResult:
    """What was learnt: sendings recorded, receipts, unknown sends settled, replies by meaning; notices that still wait."""

    recorded: int = 0
    receipts: int = 0
    reconciled: int = 0
    replies: Counter[str] = field(default_factory=Counter)
    waiting: int = 0


def track_provider(database: Database, provider: SmsProvider) -> TrackResult:
    """Read what the provider told us, settle unknown sends, and look through its list; safe to repeat at any time.

    Whoever comes while another looks through the list leaves it to them.
    """
    result = TrackResult()
    read = read_notices(database)
    result.receipts, result.replies, result.waiting = read.receipts, read.replies, read.waiting
    result.reconciled = reconcile(database, provider) + settle_silent_calls(database)
    result.recorded = record_sendings(database)
    began = clock.now()
    with database.session() as session:
        since = _since(session, began)
        heed_opt_outs(session, since)
    with database.session() as session:
        if not session.execute(text(EVER_SENT), {"provider": provider.name}).scalar_one():
            return result
    with database.session() as turn:
        if turn.execute(text(ONE_LOOKS)).scalar_one():
            _look_through(database, provider, since, result)
            _note_listed(turn, began)
    return result


def _look_through(database: Database, provider: SmsProvider, since: datetime, result: TrackResult) -> None:
    """Take from the provider's list what it did not tell."""
    messages = list(provider.messages_since(since))
    # What became of messages does not depend on what people wrote, nor the other way round.
    with beside(_take_listed, database, provider, messages, since) as taken:
        result.replies.update(_receive_listed(database, provider, messages))
    result.receipts += taken.result()


def _since(session: Session, now: datetime) -> datetime:
    """From when on the provider's list is looked through: from the last look on, if nobody looked for longer than usual.

    Who wrote STOP while the engine was off for a week is heard when it is back.
    """
    last = session.execute(text(LAST_LISTED), {"what": LISTED.what}).scalar()
    return now - LOOK_BACK if last is None else min(now - LOOK_BACK, last - OVERLAP)


def _note_listed(session: Session, at: datetime) -> None:
    """The list was looked through; written down once a day, and of all campaigns, whose messages are in it together."""
    last = session.execute(text(LAST_LISTED), {"what": LISTED.what}).scalar()
    if last is None or last < at - NOTED_EVERY:
        LISTED.note(session, session.execute(text("SELECT id FROM campaign ORDER BY id")).scalars().all())


def _take_listed(database: Database, provider: SmsProvider, messages: Sequence[ProviderMessage], since: datetime) -> int:
    with database.session() as session:
        values = {"provider": provider.name, "since": since - LOOK_BACK}
        known: dict[str, int] = {ref: RANKS[delivery] for ref, delivery in session.execute(text(AWAITED), values)}
        receipts = [
            Receipt(
                message.ref, message.delivery, message.status, message.at, None, message.error, message.segments, message.price,
                message.price_unit,
            )
            for message in messages
            if (rank := known.get(message.ref)) is not None and message.delivery.rank > rank
        ]  # fmt: skip
        return take_receipts(session, provider.name, receipts)[0] if receipts else 0


def _receive_listed(database: Database, provider: SmsProvider, messages: Sequence[ProviderMessage]) -> Counter[str]:
    """Act on the replies that are new; how many of each meaning."""
    inbound = [message for message in messages if message.inbound]
    with database.session() as session:
        known = set(session.execute(text(KNOWN), {"refs": [message.ref for message in inbound]}).scalars())
    replies: Counter[str] = Counter()
    # In the order of their sending: a STOP and a START of one person mean what was said last.
    for message in sorted((one for one in inbound if one.ref not in known), key=lambda message: message.at):
        reply = Reply(provider.name, message.ref, message.sender, message.body, message.at, message.recipient, message.opt_out)
        with database.session() as session:
            found = receive(session, reply)
        if found is not None:
            replies[str(found)] += 1
    return replies
