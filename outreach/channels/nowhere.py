"""A provider that sends nothing to anybody: what a rehearsal on a screen goes through, where nothing may leave this machine."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import count

from outreach.core import clock
from outreach.core.provider import Delivery, ProviderCall, ProviderMessage


class Nowhere:
    """Takes every message and call on, says that it arrived, and forgets it with itself.

    It goes by the ``name`` of the provider in whose place it stands, so that the senders recorded for that one are asked for.
    """

    is_loopback = True

    def __init__(self, name: str = "twilio", languages: frozenset[str] = frozenset()) -> None:
        self.name = name
        self.languages = languages
        self._taken: list[ProviderMessage] = []
        self._numbers = count(1)

    def send(self, recipient: str, body: str, *, sender: str, attempt: int) -> ProviderMessage:  # noqa: ARG002
        """Take a message on."""
        message = ProviderMessage(
            f"nowhere-{next(self._numbers)}",
            sender,
            recipient,
            body,
            Delivery.DELIVERED,
            inbound=False,
            at=clock.now(),
            status="delivered",
        )
        self._taken.append(message)
        return message

    def sent_to(self, recipient: str, since: datetime) -> Iterable[ProviderMessage]:
        """What was taken on for one person."""
        return [message for message in self.messages_since(since) if message.recipient == recipient]

    def messages_since(self, since: datetime) -> Iterable[ProviderMessage]:
        """All that was taken on."""
        return [message for message in self._taken if message.at >= since]

    def connect(self, mediator: str, person: str, *, caller: str, attempt: int) -> ProviderCall:  # noqa: ARG002
        """Ring nobody."""
        return ProviderCall(f"nowhere-{next(self._numbers)}", "queued")

    def play(self, person: str, words: str, *, language: str, caller: str, attempt: int) -> ProviderCall:  # noqa: ARG002
        """Play nothing."""
        return ProviderCall(f"nowhere-{next(self._numbers)}", "queued")
