"""The contract between the engine and providers of SMS and calls: what a channel sends with, what tracking is told.

Nothing here knows any provider's words: each adapter puts them into these.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from outreach.core.words import NoticeKind


class Delivery(StrEnum):
    """What a provider's status means to us, in rising order: what was told of a message is the highest ever told.

    A part of a message that failed is a failed message, whatever is said of its other parts.
    """

    UNDERWAY = "underway"
    DELIVERED = "delivered"
    FAILED = "failed"

    @property
    def rank(self) -> int:
        """Its place in that order."""
        return RANKS[self]


RANKS: dict[str, int] = {delivery.value: place for place, delivery in enumerate(Delivery)}
"""The places of words in their order: looked up for each message that a provider lists."""


@dataclass(frozen=True)
class ProviderMessage:
    """One message as the provider knows it; ``inbound``: from a person to us.

    ``ref`` is the provider's own; ``status`` its own word; ``opt_out``: what it understood a reply as (``STOP``, ``START``).
    """

    ref: str
    sender: str
    recipient: str
    body: str
    delivery: Delivery
    inbound: bool
    at: datetime
    error: str | None = None
    segments: int | None = None
    status: str = ""
    price: Decimal | None = None
    price_unit: str | None = None
    opt_out: str | None = None


@dataclass(frozen=True)
class ProviderCall:
    """One call as the provider took it on."""

    ref: str
    status: str


@dataclass(frozen=True)
class Notice:
    """What a provider tells us of its own accord, in our words.

    ``data`` of a ``message``: body, recipient, opt_out. Of a ``status``: attempt (our number, if it gives it back), recipient,
    status, delivery, error, segments, price, price_unit. Of a ``call``: attempt, leg (``mediator`` or ``person``), recipient,
    status, seconds, answered_by, error. What is not known is left out.
    """

    provider: str
    kind: NoticeKind
    ref: str
    sender: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


OPTED_OUT = "opted_out"
"""The error of a message to somebody who told the provider to stop: it is their objection, wherever it reached us."""


class RefusedSendError(Exception):
    """The provider said no to this person, for good: the message was not sent. Its text is the code, or ``OPTED_OUT``."""


class TryLaterError(Exception):
    """The provider said not now, or what is wrong is ours (the account, the sender): the message was certainly not sent."""


class AmbiguousSendError(Exception):
    """No answer that can be trusted: the message may or may not have been sent."""


class SmsProvider(Protocol):
    """What every provider of SMS can do."""

    name: str
    is_loopback: bool
    """Whether it is on this very machine: the only kind that simulated people may be sent to."""

    def send(self, recipient: str, body: str, *, sender: str, attempt: int) -> ProviderMessage:
        """Send one message from a number, a name or a pool; receipts give ``attempt`` back.

        Raises ``RefusedSendError``, ``TryLaterError`` or ``AmbiguousSendError``.
        """

    def sent_to(self, recipient: str, since: datetime) -> Iterable[ProviderMessage]:
        """The messages from us to one person since an instant, those that wait to be sent included."""

    def messages_since(self, since: datetime) -> Iterable[ProviderMessage]:
        """Every message, sent or received, since an instant."""


class VoiceProvider(Protocol):
    """What every provider of calls can do."""

    name: str
    is_loopback: bool
    languages: frozenset[str]
    """Those in which it can read a text aloud (ISO 639-1)."""

    def connect(self, mediator: str, person: str, *, caller: str, attempt: int) -> ProviderCall:
        """Ring a mediator, then the person, who sees ``caller``. Raises as ``SmsProvider.send`` does."""

    def play(self, person: str, words: str, *, language: str, caller: str, attempt: int) -> ProviderCall:
        """Ring a person and read a short message to them. Raises as ``SmsProvider.send`` does."""
