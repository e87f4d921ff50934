"""Whether a request to our hooks was signed with our account's token: nobody but Twilio, and we, can sign."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from functools import lru_cache

from twilio.request_validator import RequestValidator

HEADER = "x-twilio-signature"


def is_signed(token: str, url: str, form: Mapping[str, str], signature: str) -> bool:
    """Whether ``signature`` is that of ``form`` posted to ``url``, the public address with its query as Twilio was given it.

    Compared in constant time. Twilio signs now with the port and now without it: the SDK knows both, and is only asked where
    the address as it stands does not fit, since a signature costs more than all else of a callback.
    """
    validator = _validator(token)
    expected = validator.compute_signature(url, form).encode()
    if hmac.compare_digest(expected, signature.encode()):
        return True
    return bool(signature) and bool(validator.validate(url, form, signature))


@lru_cache(maxsize=4)
def _validator(token: str) -> RequestValidator:
    return RequestValidator(token)
