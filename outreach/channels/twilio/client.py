"""The SDK's client as we use it, and what its failures mean: refused, not now, or nobody knows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from requests.exceptions import RequestException
from requests.utils import get_environ_proxies
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from outreach.core.errors import ProviderError
from outreach.core.i18n import _
from outreach.core.loopback import is_loopback
from outreach.core.provider import OPTED_OUT, AmbiguousSendError, RefusedSendError, TryLaterError
from outreach.core.settings import Settings, settings

NAME = "twilio"
API = "https://api.twilio.com"
TIMEOUT = 10
AGAIN = "#rc=5&rp=all"
"""Asks Twilio to repeat a callback that we could not take, five times; this part of an address is neither sent nor signed."""
SERVER_FAULT = 500
OPTED_OUT_CODE = "21610"
OF_THE_PERSON = {
    "13223",
    "13224",
    "21202",
    "21211",
    "21214",
    "21217",
    "21265",
    "21266",
    "21612",
    "21614",
    "21635",
    OPTED_OUT_CODE,
}
"""Twilio's codes that are about the number called or written to. Any other refusal is about us (the account, the sender, the
text), and would be everybody's: it must not close anybody's channel."""


@dataclass(frozen=True)
class Account:
    """One Twilio account. ``api_url``: another place that speaks its API; ``public_url``: ours, where callbacks arrive."""

    sid: str
    token: str
    api_url: str | None = None
    public_url: str | None = None

    @staticmethod
    def from_settings(configuration: Settings | None = None) -> Account:
        """The account that the environment names; raises ``ProviderError`` when it names none."""
        chosen = configuration or settings()
        if not (chosen.twilio_account_sid and chosen.twilio_auth_token):
            raise ProviderError(
                _("aucun opérateur de téléphonie n'est configuré"),
                mend=_("Donnez OUTREACH_TWILIO_ACCOUNT_SID et OUTREACH_TWILIO_AUTH_TOKEN."),
            )
        token = chosen.twilio_auth_token.get_secret_value()
        return Account(chosen.twilio_account_sid, token, chosen.twilio_api_url, chosen.public_url)

    @property
    def is_loopback(self) -> bool:
        """Whether the API is on this very machine."""
        return self.api_url is not None and is_loopback(urlsplit(self.api_url).hostname or "")

    def client(self) -> Client:
        """A client of the SDK. No retries below us: a retried POST could send twice."""
        client = Client(self.sid, self.token, http_client=_http_client(self.api_url or API))
        if self.api_url:
            client.api.base_url = self.api_url
        return client

    def callback(self, path: str) -> str | None:
        """The address at which Twilio shall tell us more; ``None`` when nothing of ours can be reached from outside."""
        return f"{self.public_url.rstrip('/')}/{path}{AGAIN}" if self.public_url else None


def _http_client(api: str) -> TwilioHttpClient:
    """What the environment says of proxies and certificates is read once: the SDK would do so twice for every message."""
    client = TwilioHttpClient(timeout=TIMEOUT, max_retries=None, proxy=get_environ_proxies(api))
    client.session.trust_env = False
    client.session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
    return client


@contextmanager
def understood() -> Iterator[None]:
    """What a failing call means. A lost answer or a server's fault leaves its fate unknown."""
    try:
        yield
    except TwilioRestException as error:
        code = error_of(error.code) or str(error.status)
        if error.status >= SERVER_FAULT:
            raise AmbiguousSendError(code) from error
        if str(error.code) in OF_THE_PERSON:
            raise RefusedSendError(code) from error
        raise TryLaterError(code) from error
    except (RequestException, TwilioException) as error:
        raise AmbiguousSendError(type(error).__name__) from error


def error_of(code: object) -> str | None:
    """Twilio's error code as we keep it; ``None`` for none."""
    written = str(code) if code else ""
    if written in {"", "0"}:
        return None
    return OPTED_OUT if written == OPTED_OUT_CODE else written
