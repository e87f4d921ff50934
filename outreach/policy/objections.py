"""Objections: one mark, hashed with a secret, that stops every channel and survives erasure."""

from __future__ import annotations

import hmac
from hashlib import sha256


def mark(identity: str, pepper: str) -> str:
    """The mark of an identity (a phone in E.164, or a reference): an HMAC, useless without the secret."""
    return hmac.new(pepper.encode(), identity.strip().lower().encode(), sha256).hexdigest()
