"""Whether a request to our hooks was signed with our account's token: nobody but Twilio, and we, can sign."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from twilio.request_validator import RequestValidator

HEADER = "x-twilio-signature"


def is_signed(token: str, url: str, form: Mapping[str, str], signature: str) -> bool:
    """Whether ``signature`` is that of ``form`` posted to ``url``, the public address with its query as Twilio was given it.

    Compared in constant time by the SDK, with and without the port, as Twilio's own signing varies there.
    """
    return bool(signature) and bool(_validator(token).validate(url, form, signature))


@lru_cache(maxsize=4)
def _validator(token: str) -> RequestValidator:
    return RequestValidator(token)
