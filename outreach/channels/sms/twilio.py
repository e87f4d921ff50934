"""Twilio by its official SDK; only its address changes between the real service and a peer on loopback."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from requests.exceptions import RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from outreach.core import clock
from outreach.core.errors import ProviderError
from outreach.core.i18n import _
from outreach.core.provider import AmbiguousSendError, Delivery, ProviderMessage, RefusedSendError, TryLaterError
from outreach.core.settings import Settings, settings

DELIVERIES = {
    "accepted": Delivery.UNDERWAY, "scheduled": Delivery.UNDERWAY, "queued": Delivery.UNDERWAY, "sending": Delivery.UNDERWAY,
    "sent": Delivery.UNDERWAY, "receiving": Delivery.UNDERWAY, "partially_delivered": Delivery.UNDERWAY,
    "received": Delivery.DELIVERED, "delivered": Delivery.DELIVERED, "read": Delivery.DELIVERED,
    "failed": Delivery.FAILED, "undelivered": Delivery.FAILED, "canceled": Delivery.FAILED,
}  # fmt: skip
"""Twilio's message statuses (its OpenAPI file, 2010-04-01). Accepted is not delivered."""
TIMEOUT = 10
TOO_MANY = 429
SERVER_FAULT = 500
PAGE = 1000


class TwilioSms:
    """SMS through Twilio (or a peer that speaks its API at ``OUTREACH_TWILIO_API_URL``)."""

    name = "twilio"

    def __init__(self, account: str, token: str, sender: str, api_url: str | None = None) -> None:
        # No retries below us: a retried POST could send twice.
        self._client = Client(account, token, http_client=TwilioHttpClient(timeout=TIMEOUT, max_retries=None))
        if api_url:
            self._client.api.base_url = api_url
        self.sender = sender
        self.is_loopback = api_url is not None and _is_loopback(api_url)

    @staticmethod
    def from_settings(configuration: Settings | None = None) -> TwilioSms:
        """The provider that the environment names; raises ``ProviderError`` when something is missing."""
        chosen = configuration or settings()
        if not (chosen.twilio_account_sid and chosen.twilio_auth_token and chosen.sms_sender):
            raise ProviderError(
                _("l'envoi de SMS n'est pas configuré"),
                mend=_("Donnez OUTREACH_TWILIO_ACCOUNT_SID, OUTREACH_TWILIO_AUTH_TOKEN et OUTREACH_SMS_SENDER."),
            )
        token = chosen.twilio_auth_token.get_secret_value()
        return TwilioSms(chosen.twilio_account_sid, token, chosen.sms_sender, chosen.twilio_api_url)

    def send(self, recipient: str, body: str) -> ProviderMessage:
        """Send one message; a lost answer or a server fault leaves its fate unknown."""
        try:
            message = self._client.messages.create(to=recipient, from_=self.sender, body=body)
        except TwilioRestException as error:
            if error.status == TOO_MANY:
                raise TryLaterError(str(error.code)) from error
            if error.status >= SERVER_FAULT:
                raise AmbiguousSendError(str(error.code)) from error
            raise RefusedSendError(str(error.code)) from error
        except (RequestException, TwilioException) as error:
            raise AmbiguousSendError(type(error).__name__) from error
        return _read(message)

    def messages_since(self, since: datetime) -> Iterable[ProviderMessage]:
        """Every message sent or received since an instant."""
        for message in self._client.messages.stream(date_sent_after=since.astimezone(UTC), page_size=PAGE):
            yield _read(message)


def _read(message: object) -> ProviderMessage:
    at = getattr(message, "date_sent", None) or getattr(message, "date_created", None) or clock.now()
    code = getattr(message, "error_code", None)
    count = getattr(message, "num_segments", None)
    return ProviderMessage(
        ref=str(getattr(message, "sid", "")),
        sender=str(getattr(message, "from_", "")),
        recipient=str(getattr(message, "to", "")),
        body=str(getattr(message, "body", "")),
        delivery=DELIVERIES[str(getattr(message, "status", "queued"))],
        inbound=str(getattr(message, "direction", "")) == "inbound",
        at=at,
        error=str(code) if code else None,
        segments=int(count) if count else None,
    )


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
