"""A peer on loopback that speaks Twilio's API, so that the real SDK can be used, and hurt, without Twilio.

Stateful: what it took is what was really sent. It calls back as Twilio does, signed, and goes wrong on demand
(``Faults``). In a process of its own: ``python -m outreach.simulation.twilio``.
"""

from outreach.simulation.twilio.answers import ACCOUNT, SENDER, TOKEN, Answer, CallAnswer
from outreach.simulation.twilio.faults import Faults
from outreach.simulation.twilio.peer import LoopbackProvider

__all__ = ["ACCOUNT", "SENDER", "TOKEN", "Answer", "CallAnswer", "Faults", "LoopbackProvider"]
