"""Attempts at calls in the database: written before the provider rings anybody, completed after it answered."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock
from outreach.core.provider import AmbiguousSendError, ProviderCall, RefusedSendError, TryLaterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

BEGIN = """
INSERT INTO attempt (contact_id, number, provider, sender, address, body_hash, started_at)
SELECT :contact, coalesce(max(number), 0) + 1, :provider, :sender, :address, :hash, :now FROM attempt WHERE contact_id = :contact
RETURNING id
"""
# The course of the call may have been told before our own answer: what it said stays.
FINISH = """
UPDATE attempt SET provider_ref = :ref, result = :result, error = coalesce(:error, error), status = coalesce(status, :status),
  finished_at = :now WHERE id = :id
"""


def begin(session: Session, contact: int, address: str, words: str, *, provider: str, sender: str) -> int:
    """Write an attempt for a claimed contact; returns its number."""
    values = {
        "contact": contact, "provider": provider, "sender": sender, "address": address, "hash": sha256(words.encode()).hexdigest(),
        "now": clock.now(),
    }  # fmt: skip
    return int(session.execute(text(BEGIN), values).scalar_one())


def ring(call: Callable[[], ProviderCall]) -> tuple[str, ProviderCall | None, str | None]:
    """Ask the provider: ``sent``, ``failed``, ``later`` or ``unknown``, with the call or the error."""
    try:
        return "sent", call(), None
    except RefusedSendError as error:
        return "failed", None, str(error)
    except TryLaterError as error:
        return "later", None, str(error)
    except AmbiguousSendError as error:
        return "unknown", None, str(error)


def finish(session: Session, attempt: int, result: str, call: ProviderCall | None, error: str | None) -> None:
    """Complete an attempt."""
    values = {
        "id": attempt, "result": result, "ref": call.ref if call else None, "status": call.status if call else None, "error": error,
        "now": clock.now(),
    }  # fmt: skip
    session.execute(text(FINISH), values)
