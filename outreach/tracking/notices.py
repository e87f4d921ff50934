"""What providers tell us of their own accord: appended as it comes, read afterwards, the same in any order and number."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.core.marks import mark_all
from outreach.core.provider import Delivery, Notice
from outreach.core.sealing import seal_all, seal_data
from outreach.core.words import NoticeKind
from outreach.models.base import PHONE, SealedData
from outreach.tracking.calls import hear_of_calls
from outreach.tracking.receipts import Receipt, take_receipts
from outreach.tracking.replies import Reply, receive

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.database import Database

BATCH = 500
KEEP = timedelta(hours=1)
"""How long a receipt waits for its message to be known here: it may come before our own answer is written down."""

APPEND = """
INSERT INTO provider_notice (provider, kind, provider_ref, sender, sender_mark, data, received_at)
SELECT n.provider, n.kind, n.ref, n.sender, n.mark, CAST(n.data AS jsonb), :now
FROM unnest(CAST(:providers AS text[]), CAST(:kinds AS text[]), CAST(:refs AS text[]), CAST(:senders AS text[]),
            CAST(:marks AS text[]), CAST(:data AS text[])) AS n (provider, kind, ref, sender, mark, data)
"""
# Each reader takes its own part; what it cannot finish stays unread.
UNREAD = """
SELECT id, provider, kind, provider_ref, sender, data, received_at FROM provider_notice
WHERE handled_at IS NULL AND id > :after ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED
"""
READ = "UPDATE provider_notice SET handled_at = :now, fault = NULL WHERE id = ANY(:ids)"
FAULTY = "UPDATE provider_notice SET fault = :fault WHERE id = ANY(:ids)"


@dataclass
class NoticeResult:
    """What was read: receipts that said something new, replies by meaning, calls; ``waiting``: what could not be read yet."""

    receipts: int = 0
    replies: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    waiting: int = 0


def append_notices(session: Session, notices: Sequence[Notice]) -> None:
    """Keep what a provider said. Nothing is acted on here, but nothing leaves for the sender of an unread message either."""
    senders = [notice.sender or None for notice in notices]
    values = {
        "providers": [notice.provider for notice in notices], "kinds": [notice.kind.value for notice in notices],
        "refs": [notice.ref for notice in notices], "senders": seal_all(senders, PHONE.place), "marks": mark_all(senders),
        "data": [json.dumps(seal_data(notice.data, "provider_notice.data")) for notice in notices], "now": clock.now(),
    }  # fmt: skip
    session.execute(text(APPEND), values)


def read_notices(database: Database) -> NoticeResult:
    """Read all that is unread, oldest first, and act on it.

    What cannot be understood keeps its place, with its fault beside it, and holds up nothing else but messages to its sender.
    """
    result = NoticeResult()
    after = 0
    while True:
        with database.session() as session:
            rows = session.execute(
                text(UNREAD).columns(sender=PHONE, data=SealedData("provider_notice.data")), {"after": after, "most": BATCH}
            ).all()
            for kind, group in groupby(rows, key=lambda row: NoticeKind(row.kind)):
                _READERS[kind](session, list(group), result)
        if len(rows) < BATCH:
            return result
        after = rows[-1].id


def _read_receipts(session: Session, rows: Sequence[Any], result: NoticeResult) -> None:
    for provider, group in groupby(sorted(rows, key=lambda row: str(row.provider)), key=lambda row: str(row.provider)):
        told = list(group)
        with _apart(session, told, result):
            new, strangers = take_receipts(session, provider, [_receipt(row) for row in told])
            # A message of which nothing is known here after an hour was not ours.
            patient = {row.id for row in told if row.provider_ref in strangers and clock.now() - row.received_at < KEEP}
            _mark_read(session, [row.id for row in told if row.id not in patient])
            result.receipts += new
            result.waiting += len(patient)


def _read_messages(session: Session, rows: Sequence[Any], result: NoticeResult) -> None:
    for row in rows:
        with _apart(session, [row], result):
            data = row.data
            reply = Reply(
                row.provider, row.provider_ref, row.sender or "", data.get("body", ""), row.received_at, data.get("recipient"),
                data.get("opt_out"),
            )  # fmt: skip
            found = receive(session, reply)
            _mark_read(session, [row.id])
            if found is not None:
                result.replies[str(found)] += 1


def _read_calls(session: Session, rows: Sequence[Any], result: NoticeResult) -> None:
    with _apart(session, rows, result):
        heard = hear_of_calls(session, rows)
        _mark_read(session, [row.id for row in rows])
        result.calls += heard


@contextmanager
def _apart(session: Session, rows: Sequence[Any], result: NoticeResult) -> Iterator[None]:
    """Whatever is wrong with these, the others are read: they are undone and keep their place, with their fault."""
    try:
        with session.begin_nested():
            yield
    except Exception as error:  # noqa: BLE001  (a fault of one must not hold back what another wrote)
        session.execute(text(FAULTY), {"ids": [row.id for row in rows], "fault": type(error).__name__})
        result.waiting += len(rows)


def _mark_read(session: Session, ids: Sequence[int]) -> None:
    session.execute(text(READ), {"ids": list(ids), "now": clock.now()})


def _receipt(row: Any) -> Receipt:
    data = row.data
    price = data.get("price")
    return Receipt(
        row.provider_ref, Delivery(data.get("delivery", Delivery.UNDERWAY)), data.get("status", ""), row.received_at, data.get("attempt"),
        data.get("error"), data.get("segments"), Decimal(str(price)) if price is not None else None, data.get("price_unit"),
        data.get("recipient"),
    )  # fmt: skip


_READERS = {NoticeKind.STATUS: _read_receipts, NoticeKind.MESSAGE: _read_messages, NoticeKind.CALL: _read_calls}
