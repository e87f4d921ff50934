"""The messages that the peer took: what was really sent, to whom, and how each goes on."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from outreach.channels.sms.text import segments
from outreach.simulation.twilio.answers import ACCOUNT

VERSION = "2010-04-01"
PRICE = 0.0798
"""Dollars a segment to a French mobile, as Twilio lists it."""
STOPS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "ARRET"})
STARTS = frozenset({"START", "YES", "UNSTOP"})
HELPS = frozenset({"HELP", "INFO"})
WAITING = frozenset({"accepted", "queued"})


@dataclass
class Kept:
    """One message: as it is answered (``shown``), its place in the order of arrival, the day it was sent (UTC, ISO)."""

    place: int
    shown: dict[str, Any]
    day: str | None = None


@dataclass
class Messages:
    """All messages, found by SID and by person; and who asked which sender to stop."""

    kept: list[Kept] = field(default_factory=list)
    by_sid: dict[str, Kept] = field(default_factory=dict)
    by_recipient: dict[str, list[Kept]] = field(default_factory=lambda: defaultdict(list))
    opted_out: set[tuple[str, str]] = field(default_factory=set)
    sent: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often a body went to a number, whatever was deleted since."""
    taken: int = 0

    def add(self, sender: str, to: str, body: str, moment: datetime, *, inbound: bool = False) -> Kept:
        """Keep one more, accepted but not sent yet."""
        place = self.taken
        self.taken += 1
        if not inbound:
            self.sent[to, body] += 1
        sid = "SM" + uuid.uuid5(uuid.NAMESPACE_OID, f"{place}:{sender}:{to}").hex
        is_pool = sender.startswith("MG")
        created = stamp(moment)
        kept = Kept(
            place,
            {
                "sid": sid, "account_sid": ACCOUNT, "api_version": VERSION, "from": None if is_pool else sender, "to": to, "body": body,
                "direction": "inbound" if inbound else "outbound-api", "status": "accepted" if is_pool else "queued", "error_code": None,
                "error_message": None, "num_segments": str(segments(body)), "num_media": "0", "price": None, "price_unit": "USD",
                "messaging_service_sid": sender if is_pool else None, "date_created": created, "date_sent": None, "date_updated": created,
                "uri": f"/{VERSION}/Accounts/{ACCOUNT}/Messages/{sid}.json",
                "subresource_uris": {"media": f"/{VERSION}/Accounts/{ACCOUNT}/Messages/{sid}/Media.json"},
            },
        )  # fmt: skip
        self.kept.append(kept)
        self.by_sid[sid] = kept
        self.by_recipient[to].append(kept)
        return kept

    def move(self, kept: Kept, status: str, error: int | None, moment: datetime) -> None:
        """Let a message go on to a status."""
        shown = kept.shown
        shown["status"], shown["date_updated"] = status, stamp(moment)
        if shown["date_sent"] is None and status not in WAITING:
            shown["date_sent"], kept.day = shown["date_updated"], moment.date().isoformat()
        if error is not None:
            shown["error_code"], shown["error_message"] = error, f"error {error}"
        if status == "delivered":
            shown["price"] = f"-{PRICE * int(shown['num_segments']):.5f}"

    def heard(self, person: str, sender: str, body: str) -> str | None:
        """What the peer understands a reply as (``STOP``, ``START``, ``HELP``), with its consequence: it blocks or frees."""
        word = body.strip().upper()
        if word in STOPS:
            self.opted_out.add((sender, person))
            return "STOP"
        if word in STARTS:
            self.opted_out.discard((sender, person))
            return "START"
        return "HELP" if word in HELPS else None

    def listed(self, asked: dict[str, str]) -> Iterator[Kept]:
        """Newest first, as Twilio's list filters them; ``PageToken`` goes on below a message already given."""
        below = int(asked["PageToken"].removeprefix("PA")) if "PageToken" in asked else self.taken
        pool = self.by_recipient.get(asked["To"], []) if "To" in asked else self.kept
        after, before, on = (asked.get(f"DateSent{sign}", "")[:10] for sign in (">", "<", ""))
        for kept in reversed(pool):
            if kept.place >= below or ("From" in asked and kept.shown["from"] != asked["From"]):
                continue
            day = kept.day or ""
            if (after and day < after) or (before and (not day or day > before)) or (on and day != on):
                continue
            yield kept

    def delete(self, kept: Kept) -> None:
        """Forget one, for good; that it was sent stays known."""
        del self.by_sid[kept.shown["sid"]]
        self.by_recipient[kept.shown["to"]].remove(kept)
        self.kept.remove(kept)


@lru_cache(maxsize=64)
def stamp(moment: datetime) -> str:
    """An instant as Twilio writes it (RFC 2822)."""
    return format_datetime(moment.replace(microsecond=0))
