"""How the synthetic residents behave: whether they pick up, open, refuse, reply, or come to the desk.

Rates are assumptions, calibrated on published field figures, cited beside each. Behaviour is drawn from a hash of the
seed and the occasion, so that the same town behaves the same whatever the order in which it is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias, TypeVar

from outreach.core.words import MediationKind
from outreach.simulation.twilio import Answer

Thing = TypeVar("Thing")
Shares: TypeAlias = Sequence[tuple[float, Thing]]
"""Things with the share of each; shares add up to one."""
CALL_ANSWERED = 0.30
"""Manual phoning: 25-35 dials an hour give 7-10 contacts (Wellstone planning ratios)."""
DOOR_OPENED = 0.48
"""Door-to-door in Sarcelles: 52 % absent."""
REFUSED_AT_DOOR = 0.19
"""Same survey: refusals, of the doors tried; applied to those who open."""
REFUSED_ON_PHONE = 0.10
NO_NEED = 0.06
"""EDF lists in the Aube: 700 reached, about half with a solution; most of the rest needed none. Both together 16 %."""
CALL_BACK = 0.12
THIRD_PARTY = 0.05
"""Of calls and doors answered: somebody who is neither the person nor speaks for them (an assumption)."""
DECEASED = 0.003
"""Insee counts between 9 and 10 deaths a year for 1,000 inhabitants; a list is some months old. Heard when somebody answers."""
NO_SUCH_DOOR = 0.008
"""Of homes: the address of the list leads to no door (an assumption)."""
UNSAFE = 0.001
"""Of visits: broken off (an assumption)."""
WRONG_NUMBER = 0.03
DEAD_NUMBER = 0.03
VOICEMAIL = 0.35
"""Of calls not answered."""
NO_ACCESS = 0.08
MOVED = 0.03
LETTER_BRINGS = 0.09
"""Letter invitations brought 21 % in the DREES/CAF trial, by appointment; a third to a half of that without one."""
SMS_BRINGS = 0.04
SMS_STOP = 0.012
SMS_REPLY = 0.03
SMS_UNDELIVERED = 0.02
KINDS: Shares[MediationKind] = (
    (0.25, MediationKind.EXCHANGE), (0.35, MediationKind.INFORMATION), (0.40, MediationKind.ACTION),
)  # fmt: skip
"""Shares of the three kinds of mediation (an assumption; the network publishes only their sum)."""
REPLIES = (
    "Bonjour rappelez moi svp apres 17h", "c'est deja payé", "Merci", "Je veux bien de l'aide, appelez moi", "vous etes qui ?",
    "faux numero",
)  # fmt: skip
STOPS = ("STOP", "stop svp", "Arrêtez les messages", "STOP merci")


@dataclass(frozen=True)
class Residents:
    """The people of a simulated town. ``seed`` decides who does what."""

    seed: int

    def chance(self, *occasion: object) -> float:
        """A number in [0, 1) that belongs to this occasion alone."""
        text = ":".join(str(part) for part in (self.seed, *occasion))
        return int.from_bytes(sha256(text.encode()).digest()[:8], "big") / 2**64

    def pick(self, shares: Shares[Thing], *occasion: object) -> Thing:
        """One of the things, as often as its share says."""
        draw = self.chance(*occasion)
        for share, thing in shares:
            if draw < share:
                return thing
            draw -= share
        return shares[-1][1]

    def on_sms(self, to: str, body: str) -> Answer:
        """What becomes of an SMS, and what is replied."""
        if self.chance("undelivered", to) < SMS_UNDELIVERED:
            return Answer("undelivered", 30003)
        draw = self.chance("sms", to, body)
        if draw < SMS_STOP:
            return Answer(reply=STOPS[int(draw / SMS_STOP * len(STOPS))])
        if draw < SMS_STOP + SMS_REPLY:
            return Answer(reply=REPLIES[int((draw - SMS_STOP) / SMS_REPLY * len(REPLIES))])
        return Answer()

    def on_call(self, contact: int, person: int) -> str:
        """The disposition of a call."""
        number = self.chance("number", person)
        if number < DEAD_NUMBER:
            return "dead_number"
        if number < DEAD_NUMBER + WRONG_NUMBER:
            return "wrong_number"
        draw = self.chance("call", contact)
        if draw >= CALL_ANSWERED:
            return "voicemail" if self.chance("voicemail", contact) < VOICEMAIL else "no_answer"
        return self._answer(contact, person, refused=REFUSED_ON_PHONE, call_back=CALL_BACK)

    def on_visit(self, contact: int, person: int) -> str:
        """The disposition of a visit."""
        home = self.chance("moved", person)
        if home < MOVED + NO_SUCH_DOOR:
            return "moved" if home < MOVED else "no_such_door"
        if self.chance("unsafe", contact) < UNSAFE:
            return "unsafe"
        draw = self.chance("door", contact)
        if draw < NO_ACCESS:
            return "no_access"
        if draw >= NO_ACCESS + DOOR_OPENED:
            return "not_home"
        return self._answer(contact, person, refused=REFUSED_AT_DOOR, call_back=0.0)

    def _answer(self, contact: int, person: int, *, refused: float, call_back: float) -> str:
        """What comes of an answered call or an opened door."""
        if self.chance("deceased", person) < DECEASED:
            return "deceased"
        shares = (
            (THIRD_PARTY, "third_party"), (refused, "refused"), (NO_NEED, "no_need"), (call_back, "call_back"),
            (1 - THIRD_PARTY - refused - NO_NEED - call_back, "mediated"),
        )  # fmt: skip
        return self.pick(shares, "mood", contact)

    def comes_forward(self, contact: int, channel: str) -> int | None:
        """After how many days a letter or SMS brings the person to the desk or phone; ``None``: it does not."""
        rate = {"letter": LETTER_BRINGS, "sms": SMS_BRINGS}.get(channel, 0.0)
        if self.chance("comes", contact) >= rate:
            return None
        return 2 + int(self.chance("delay", contact) * 6)

    def kind(self, contact: int) -> MediationKind:
        """The kind of mediation that a meeting becomes."""
        return self.pick(KINDS, "kind", contact)
