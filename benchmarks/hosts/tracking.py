"""What the provider told of every text at once, and how fast hosts read it: two receipts and a reply of each person."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event, Thread

from sqlalchemy import text

from outreach.core.database import Database
from outreach.core.provider import Delivery, Notice
from outreach.core.words import NoticeKind
from outreach.simulation.twilio import SENDER
from outreach.tracking.notices import append_notices

REPLIES = ("STOP", "Rappelez-moi", "Merci")
EVERY = 0.05
UNREAD = "SELECT count(*) FROM provider_notice WHERE handled_at IS NULL"
HEARD = """
SELECT (SELECT count(*) FROM inbound_message) AS replies,
       (SELECT count(*) FROM event WHERE kind = 'delivered') AS delivered,
       (SELECT count(*) FROM (SELECT FROM event WHERE kind = 'delivered' GROUP BY contact_id HAVING count(*) > 1) t) AS twice
"""


def tell(database: Database, messages: Sequence[Mapping[str, str]]) -> None:
    """Leave unread what a provider's callbacks would have told of these messages (``sid``, ``to``)."""
    told = [
        Notice("twilio", NoticeKind.STATUS, message["sid"], data={"delivery": delivery.value, "status": delivery.value})
        for message in messages
        for delivery in (Delivery.UNDERWAY, Delivery.DELIVERED)
    ] + [
        Notice("twilio", NoticeKind.MESSAGE, f"reply-{number}", message["to"], {"body": REPLIES[number % len(REPLIES)], "recipient": SENDER})
        for number, message in enumerate(messages)
    ]  # fmt: skip
    with database.session() as session:
        append_notices(session, told)


class Reading:
    """How many notices a second were read, from the first that were to the last."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, int]] = []

    @property
    def rate(self) -> float:
        """Notices a second; 0 when none was seen to be read."""
        fell = [one for before, one in zip(self.seen, self.seen[1:], strict=False) if one[1] < before[1]]
        if len(fell) < 2:
            return 0.0
        (begun, first), (ended, last) = fell[0], fell[-1]
        return (first - last) / (ended - begun)


@contextmanager
def watched(database: Database) -> Iterator[Reading]:
    """Count what is unread, again and again, for as long as the block lasts."""
    reading, over = Reading(), Event()

    def watch() -> None:
        while not over.wait(EVERY):
            with database.session() as session:
                reading.seen.append((time.monotonic(), session.execute(text(UNREAD)).scalar_one()))

    thread = Thread(target=watch)
    thread.start()
    try:
        yield reading
    finally:
        over.set()
        thread.join()


def heard(database: Database) -> str:
    """Replies that were kept, people of whom a delivery is known, those of whom it was written down twice."""
    with database.session() as session:
        row = session.execute(text(HEARD)).one()
    return f"{row.replies:>7} {row.delivered:>9} {row.twice:>6}"
