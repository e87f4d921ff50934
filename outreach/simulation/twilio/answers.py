"""What people make of messages and calls, and the peer's own names."""

from __future__ import annotations

from dataclasses import dataclass

ACCOUNT = "AC" + "0" * 32
TOKEN = "simulated"  # noqa: S105  (the peer's, known to everybody)
SENDER = "+33937000001"
"""A number of the range for platforms (ARCEP, 09 37)."""


@dataclass(frozen=True)
class Answer:
    """What becomes of a message: its final status, Twilio's error code, and the person's reply."""

    status: str = "delivered"
    error: int | None = None
    reply: str | None = None


@dataclass(frozen=True)
class CallAnswer:
    """What becomes of one leg of a call: its final status, how many seconds it lasted, who answered (``human``…)."""

    status: str = "completed"
    seconds: int = 40
    answered_by: str = "human"
