"""What became of messages: sendings and receipts turned into events. Told in any order and number, the end is the same.

Of an attempt the highest word ever told stays (underway < delivered < failed): a part that failed is never made good by
a later success. Each word told is one event of the case, however often it was told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.core.holding import hold
from outreach.core.marks import mark_all
from outreach.core.prepared import array
from outreach.core.provider import Delivery
from outreach.core.seen import Stamp
from outreach.core.words import EventKind
from outreach.tracking.events import NewEvent, append_events

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.database import Database

LOOK_BACK = timedelta(days=3)
"""Receipts of messages sent longer ago do not come any more, and what was sent was told by then."""
TOLD_SENDINGS = Stamp.of("sendings", "''")
NOTED_EVERY = timedelta(days=1)
"""How often it is written down that it was looked: not at each look, of which there are hundreds a day."""
ACTOR = "track"
KINDS = {Delivery.DELIVERED: EventKind.DELIVERED, Delivery.FAILED: EventKind.UNDELIVERED}

# Since a campaign's sendings were told last, if nobody did so for longer than usual: the engine was off, or a copy restored.
# Contact by contact through the index, whatever statistics say of a table that grows all day.
SENDINGS = """
SELECT k.id, k.case_id, k.channel, k.state, k.done_at
FROM campaign m LEFT JOIN seen s ON s.campaign_id = m.id AND s.what = :what
     JOIN LATERAL (
       SELECT * FROM contact WHERE campaign_id = m.id AND state IN ('sent', 'failed')
         AND done_at > CASE WHEN s.seen_at IS NULL THEN '-infinity'
                       ELSE least(s.seen_at, CAST(:now AS timestamptz)) - CAST(:look_back AS interval) END OFFSET 0) k ON true
     LEFT JOIN LATERAL (
       SELECT true AS yes FROM event e
       WHERE e.contact_id = k.id AND (e.kind = 'sent' OR (e.kind = 'undelivered' AND k.state = 'failed')) LIMIT 1) told ON true
WHERE (CAST(:campaign AS bigint) IS NULL OR m.id = :campaign) AND told.yes IS NULL
"""
TO_NOTE = """
SELECT m.id FROM campaign m LEFT JOIN seen s ON s.campaign_id = m.id AND s.what = :what
WHERE (CAST(:campaign AS bigint) IS NULL OR m.id = :campaign) AND (s.seen_at IS NULL OR s.seen_at < :long_ago) ORDER BY 1
"""
# The attempt that a receipt is about: by the provider's reference, or by our own number while we do not know that one yet.
TOLD = """
SELECT n.place, a.id AS attempt_id, k.id AS contact_id, k.case_id
FROM unnest(CAST(:places AS int[]), CAST(:refs AS text[]), CAST(:attempts AS bigint[]), CAST(:recipients AS text[]))
  AS n (place, ref, attempt, recipient)
JOIN LATERAL (
  SELECT id, contact_id FROM attempt WHERE provider = :provider AND provider_ref = n.ref
  UNION ALL
  SELECT id, contact_id FROM attempt WHERE id = n.attempt AND provider = :provider AND provider_ref IS NULL
    AND (n.recipient IS NULL OR address_mark = n.recipient) LIMIT 1) a ON true
JOIN contact k ON k.id = a.contact_id
"""
RANK = "CASE {word} WHEN 'failed' THEN 2 WHEN 'delivered' THEN 1 WHEN 'underway' THEN 0 ELSE -1 END"
STORE = f"""
UPDATE attempt a SET provider_ref = coalesce(a.provider_ref, n.ref),
  delivery = CASE WHEN {RANK.format(word="n.delivery")} > {RANK.format(word="a.delivery")} THEN n.delivery ELSE a.delivery END,
  status = CASE WHEN {RANK.format(word="n.delivery")} > {RANK.format(word="a.delivery")} THEN n.status ELSE a.status END,
  error = coalesce(a.error, n.error), segments = coalesce(n.segments, a.segments),
  price = coalesce(n.price, a.price), price_unit = coalesce(n.unit, a.price_unit),
  finished_at = CASE WHEN a.result = 'unknown' THEN coalesce(a.finished_at, :now) ELSE a.finished_at END,
  result = CASE WHEN a.result = 'unknown' THEN 'sent' ELSE a.result END
FROM unnest(CAST(:attempts AS bigint[]), CAST(:refs AS text[]), CAST(:deliveries AS text[]), CAST(:statuses AS text[]),
            CAST(:errors AS text[]), CAST(:segments AS int[]), CAST(:prices AS numeric[]), CAST(:units AS text[]))
  AS n (id, ref, delivery, status, error, segments, price, unit)
WHERE a.id = n.id
"""
FAILED = """
UPDATE contact SET disposition = 'undelivered' WHERE id = ANY(:contacts) AND (disposition IS NULL OR disposition = 'sent')
"""
# The provider speaks of a message whose sending we were not sure of: it was sent.
FOUND = """
UPDATE contact k SET state = 'sent', lease_until = NULL, claimed_by = NULL, done_at = coalesce(k.done_at, a.started_at),
  disposition = coalesce(k.disposition, 'sent')
FROM attempt a WHERE a.id = ANY(:attempts) AND k.id = a.contact_id AND k.state = 'unknown'
  AND a.number = (SELECT max(number) FROM attempt WHERE contact_id = k.id)
RETURNING k.id, k.case_id, k.channel, k.state, k.done_at
"""


@dataclass(frozen=True)
class Receipt:
    """One word of a provider about one message.

    ``attempt``: our number, when the provider gives it back; it counts for its own ``recipient`` alone, since a copy of this
    database may have sent under the same number.
    """

    ref: str
    delivery: Delivery
    status: str
    at: datetime
    attempt: int | None = None
    error: str | None = None
    segments: int | None = None
    price: Decimal | None = None
    price_unit: str | None = None
    recipient: str | None = None


def record_sendings(database: Database, campaign: int | None = None) -> int:
    """Turn finished letters, SMS and recorded messages into events: of one campaign, or of all."""
    now = clock.now()
    values = {"what": TOLD_SENDINGS.what, "campaign": campaign, "now": now, "look_back": LOOK_BACK, "long_ago": now - NOTED_EVERY}
    with database.session() as session:
        rows = session.execute(text(SENDINGS), values).all()
        added = append_events(session, [sending(row) for row in rows])
        if to_note := session.execute(text(TO_NOTE), values).scalars().all():
            TOLD_SENDINGS.note(session, to_note)
        return added


def sending(contact: Any) -> NewEvent:
    """The event of a contact that was sent, or failed (its id, case_id, channel, state and done_at)."""
    kind = EventKind.SENT if contact.state == "sent" else EventKind.UNDELIVERED
    return NewEvent(
        contact.case_id, kind, f"contact:{contact.id}", contact.done_at, ACTOR, contact.channel, contact.channel, contact.id
    )


def take_receipts(session: Session, provider: str, receipts: Sequence[Receipt]) -> tuple[int, set[str]]:
    """Store what was told of messages. Returns how many events were new, and the references of which nothing is known here."""
    values = {
        "provider": provider, "places": array(range(len(receipts))), "refs": array(receipt.ref for receipt in receipts),
        "attempts": array(receipt.attempt for receipt in receipts), "recipients": array(mark_all(receipt.recipient for receipt in receipts)),
    }  # fmt: skip
    rows = {row.place: row for row in session.execute(text(TOLD), values)}
    known = [(receipts[place], row) for place, row in sorted(rows.items())]
    strangers = {receipt.ref for place, receipt in enumerate(receipts) if place not in rows}
    if not known:
        return 0, strangers
    # One row an attempt, its highest word: a statement updates a row once.
    highest = {row.attempt_id: receipt for receipt, row in sorted(known, key=lambda pair: pair[0].delivery.rank)}
    told = list(highest.values())
    hold(session, "attempt", highest)
    hold(session, "contact", [row.contact_id for _receipt, row in known])
    session.execute(
        text(STORE),
        {
            "attempts": array(highest), "refs": array(receipt.ref for receipt in told), "errors": array(receipt.error for receipt in told),
            "deliveries": array(receipt.delivery for receipt in told), "statuses": array(receipt.status for receipt in told),
            "segments": array(receipt.segments for receipt in told), "prices": array(receipt.price for receipt in told),
            "units": array(receipt.price_unit for receipt in told), "now": clock.now(),
        },
    )  # fmt: skip
    found = [sending(row) for row in session.execute(text(FOUND), {"attempts": array(highest)})]
    failed = [row.contact_id for receipt, row in known if receipt.delivery is Delivery.FAILED]
    if failed:
        session.execute(text(FAILED), {"contacts": failed})
    events = [
        NewEvent(
            row.case_id,
            KINDS[receipt.delivery],
            f"receipt:{row.contact_id}",
            receipt.at,
            ACTOR,
            "sms",
            receipt.error,
            row.contact_id,
        )
        for receipt, row in known
        if receipt.delivery in KINDS
    ]
    append_events(session, found)
    return append_events(session, events), strangers
