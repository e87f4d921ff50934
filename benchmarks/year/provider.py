"""A provider of SMS inside this process: it takes messages on, delivers them later, and brings the answers of invented people."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

from outreach.core import clock
from outreach.core.provider import Delivery, ProviderMessage

KEPT = timedelta(days=4)
"""Longer than the engine ever looks back."""
UNDERWAY = Delivery.UNDERWAY
ARRIVES, ANSWERS = timedelta(minutes=1), timedelta(minutes=25)


class InProcess:
    """``answer``: what becomes of a text to a phone, as (whether it fails, the reply or ``None``).

    It goes by the name of the provider whose senders are recorded.
    """

    name = "twilio"
    is_loopback = True

    def __init__(self, answer: Callable[[str, str], tuple[bool, str | None]]) -> None:
        self._answer = answer
        self._messages: deque[tuple[ProviderMessage, bool]] = deque()
        self._numbers = count(1)
        self._lock = threading.Lock()
        self.sent = 0

    def send(self, recipient: str, body: str, *, sender: str, attempt: int) -> ProviderMessage:  # noqa: ARG002
        """Take a message on."""
        now = clock.now()
        failed, reply = self._answer(recipient, body)
        with self._lock:
            self.sent += 1
            number = next(self._numbers)
            message = ProviderMessage(
                f"SM{number:012d}", sender, recipient, body, Delivery.UNDERWAY, inbound=False, at=now, status="queued", segments=1
            )
            self._messages.append((message, failed))
            if reply is not None:
                heard = ProviderMessage(
                    f"IN{number:012d}",
                    recipient,
                    sender,
                    reply,
                    Delivery.DELIVERED,
                    inbound=True,
                    at=now + ANSWERS,
                    status="received",
                )
                self._messages.append((heard, False))
        return message

    def sent_to(self, recipient: str, since: datetime) -> Iterable[ProviderMessage]:
        """What was taken on for one person."""
        return [message for message in self.messages_since(since) if message.recipient == recipient and not message.inbound]

    def messages_since(self, since: datetime) -> Iterable[ProviderMessage]:
        """All that was taken on, and all that was said meanwhile."""
        now = clock.now()
        with self._lock:
            while self._messages and self._messages[0][0].at < now - KEPT:
                self._messages.popleft()
            # What has arrived stays as it is: it is made once, not at each look.
            arrived = now - ARRIVES
            self._messages = deque([
                (_arrived(message, failed), failed) if message.delivery is UNDERWAY and message.at <= arrived else (message, failed)
                for message, failed in self._messages
            ])  # fmt: skip
            return [message for message, _failed in self._messages if since <= message.at <= now]


def _arrived(message: ProviderMessage, failed: bool) -> ProviderMessage:
    if failed:
        return replace(message, delivery=Delivery.FAILED, status="undelivered", error="30003")
    return replace(message, delivery=Delivery.DELIVERED, status="delivered")
