"""SMS through Twilio; only its address changes between the real service and a peer on loopback."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from outreach.channels.twilio.client import NAME, Account, error_of, understood
from outreach.core import clock
from outreach.core.provider import Delivery, ProviderMessage
from outreach.policy.senders import is_pool

DELIVERIES = {
    "accepted": Delivery.UNDERWAY, "scheduled": Delivery.UNDERWAY, "queued": Delivery.UNDERWAY, "sending": Delivery.UNDERWAY,
    "sent": Delivery.UNDERWAY, "receiving": Delivery.UNDERWAY,
    "received": Delivery.DELIVERED, "delivered": Delivery.DELIVERED, "read": Delivery.DELIVERED,
    "partially_delivered": Delivery.FAILED, "failed": Delivery.FAILED, "undelivered": Delivery.FAILED, "canceled": Delivery.FAILED,
}  # fmt: skip
"""Twilio's message statuses (its OpenAPI file, 2010-04-01). Accepted is not delivered; half a text is no text."""
PAGE = 1000
STATUS_PATH = "hooks/twilio/status"


class TwilioSms:
    """SMS through Twilio (or a peer that speaks its API at ``OUTREACH_TWILIO_API_URL``)."""

    name = NAME

    def __init__(self, account: Account) -> None:
        self.account = account
        self.is_loopback = account.is_loopback
        self._client = account.client()

    def send(self, recipient: str, body: str, *, sender: str, attempt: int) -> ProviderMessage:
        """Send one message; a lost answer or a server fault leaves its fate unknown."""
        options: dict[str, Any] = {"messaging_service_sid": sender} if is_pool(sender) else {"from_": sender}
        if callback := self.account.callback(f"{STATUS_PATH}?attempt={attempt}"):
            options["status_callback"] = callback
        with understood():
            return as_message(self._client.messages.create(to=recipient, body=body, **options))

    def sent_to(self, recipient: str, since: datetime) -> Iterable[ProviderMessage]:
        """By recipient alone: asked by the day it was sent, a message that still waits would be missing."""
        for message in self._client.messages.stream(to=recipient, page_size=PAGE):
            found = as_message(message)
            if not found.inbound and found.at >= since:
                yield found

    def messages_since(self, since: datetime) -> Iterable[ProviderMessage]:
        """Every message sent or received since an instant."""
        for message in self._client.messages.stream(date_sent_after=since.astimezone(UTC), page_size=PAGE):
            yield as_message(message)


def as_message(message: Any) -> ProviderMessage:
    """A message of the SDK in our words."""
    count, price = message.num_segments, message.price
    return ProviderMessage(
        ref=str(message.sid),
        sender=str(message.from_ or message.messaging_service_sid or ""),
        recipient=str(message.to),
        body=str(message.body or ""),
        delivery=DELIVERIES.get(str(message.status), Delivery.UNDERWAY),
        inbound=str(message.direction) == "inbound",
        at=message.date_sent or message.date_created or clock.now(),
        error=error_of(message.error_code),
        segments=int(count) if count else None,
        status=str(message.status),
        price=abs(Decimal(str(price))) if price is not None else None,
        price_unit=str(message.price_unit) if message.price_unit else None,
    )
