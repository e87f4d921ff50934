"""The former name of the peer's room."""

from outreach.simulation.twilio import ACCOUNT, SENDER, TOKEN, Answer, LoopbackProvider

__all__ = ["ACCOUNT", "SENDER", "TOKEN", "Answer", "LoopbackProvider"]
