"""The contract between the engine and a provider of SMS: what a channel sends with, what tracking asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Delivery(StrEnum):
    """What a provider's status means to us."""

    UNDERWAY = "underway"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True)
class ProviderMessage:
    """One message as the provider knows it; ``inbound``: from a person to us."""

    ref: str
    sender: str
    recipient: str
    body: str
    delivery: Delivery
    inbound: bool
    at: datetime
    error: str | None = None
    segments: int | None = None


class RefusedSendError(Exception):
    """The provider said no, for good: the message was not sent."""


class TryLaterError(Exception):
    """The provider said not now: the message was certainly not sent."""


class AmbiguousSendError(Exception):
    """No answer that can be trusted: the message may or may not have been sent."""


class SmsProvider(Protocol):
    """What every provider of SMS can do."""

    name: str
    is_loopback: bool
    """Whether it is on this very machine: the only kind that simulated people may be sent to."""

    def send(self, recipient: str, body: str) -> ProviderMessage:
        """Send one message. Raises ``RefusedSendError``, ``TryLaterError`` or ``AmbiguousSendError``."""

    def messages_since(self, since: datetime) -> Iterable[ProviderMessage]:
        """Every message, sent or received, since an instant."""
