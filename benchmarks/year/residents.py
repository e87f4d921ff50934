"""How invented people answer, many at once: the rates of ``outreach.simulation.residents``, drawn by whole columns.

A draw belongs to a seed, an occasion and a number, so that a person behaves the same whatever the order of asking.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from zlib import crc32

import numpy as np

from outreach.simulation import residents as rates
from outreach.simulation.meetings import Party, meeting
from outreach.simulation.residents import Residents
from outreach.tracking import MediationRecord

RETURNED = 0.02
"""Of letters: brought back by the post (an assumption)."""
POOL = 300
"""Different meetings of a kind in a month; what is said repeats itself."""
MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB), np.uint64(0x9E3779B97F4A7C15))


def chances(seed: int, occasion: str, numbers: np.ndarray) -> np.ndarray:
    """A number in [0, 1) for each of ``numbers`` on this occasion (splitmix64)."""
    with np.errstate(over="ignore"):
        mixed = numbers.astype(np.uint64) * MIX[2] + np.uint64(crc32(f"{seed}:{occasion}".encode())) * MIX[1]
        mixed = (mixed ^ (mixed >> np.uint64(30))) * MIX[0]
        mixed = (mixed ^ (mixed >> np.uint64(27))) * MIX[1]
        mixed ^= mixed >> np.uint64(31)
    return np.asarray(mixed / 2.0**64)


@dataclass
class Crowd:
    """Everybody on the lists."""

    seed: int
    meetings: dict[tuple[object, ...], list[MediationRecord]] = field(default_factory=dict)

    def results(self, contacts: np.ndarray, people: np.ndarray, channel: np.ndarray) -> np.ndarray:
        """The disposition of each call or visit."""
        calls = channel == "call"
        return np.where(calls, self._calls(contacts, people), self._visits(contacts, people))

    def _calls(self, contacts: np.ndarray, people: np.ndarray) -> np.ndarray:
        number, draw = chances(self.seed, "number", people), chances(self.seed, "call", contacts)
        silent = np.where(chances(self.seed, "voicemail", contacts) < rates.VOICEMAIL, "voicemail", "no_answer")
        found = np.where(
            draw >= rates.CALL_ANSWERED, silent, self._talk(contacts, people, rates.REFUSED_ON_PHONE, rates.CALL_BACK)
        )
        found = np.where(number < rates.DEAD_NUMBER + rates.WRONG_NUMBER, "wrong_number", found)
        return np.where(number < rates.DEAD_NUMBER, "dead_number", found)

    def _visits(self, contacts: np.ndarray, people: np.ndarray) -> np.ndarray:
        home, draw = chances(self.seed, "moved", people), chances(self.seed, "door", contacts)
        found = np.where(
            draw >= rates.NO_ACCESS + rates.DOOR_OPENED, "not_home", self._talk(contacts, people, rates.REFUSED_AT_DOOR, 0.0)
        )
        found = np.where(draw < rates.NO_ACCESS, "no_access", found)
        found = np.where(home < rates.MOVED + rates.NO_SUCH_DOOR, "no_such_door", found)
        return np.where(home < rates.MOVED, "moved", found)

    def _talk(self, contacts: np.ndarray, people: np.ndarray, refused: float, call_back: float) -> np.ndarray:
        mood = chances(self.seed, "mood", contacts)
        bounds = np.cumsum([rates.THIRD_PARTY, refused, rates.NO_NEED, call_back])
        found = np.array(["third_party", "refused", "no_need", "call_back", "mediated"])[
            np.searchsorted(bounds, mood, side="right")
        ]
        return np.where(chances(self.seed, "deceased", people) < rates.DECEASED, "deceased", found)

    def come_after(self, contacts: np.ndarray, channel: np.ndarray) -> np.ndarray:
        """After how many days a letter or SMS brings the person; -1: it does not."""
        rate = np.where(channel == "letter", rates.LETTER_BRINGS, rates.SMS_BRINGS)
        days = 2 + (chances(self.seed, "delay", contacts) * 6).astype(int)
        return np.where(chances(self.seed, "comes", contacts) < rate, days, -1)

    def comes_back(self, contacts: np.ndarray) -> np.ndarray:
        """Which letters the post brings back."""
        return chances(self.seed, "returned", contacts) < RETURNED

    def on_sms(self, to: str, body: str) -> tuple[bool, str | None]:
        """Whether an SMS fails, and the reply."""
        answer = Residents(self.seed).on_sms(to, body)
        return answer.status != "delivered", answer.reply

    def met(self, contact: int, medium: str, day: date, themes: tuple[str, ...], language: str) -> MediationRecord:
        """What a mediator writes of a meeting."""
        key = (medium, day.replace(day=1), themes, language)
        if key not in self.meetings:
            self.meetings = {known: pool for known, pool in self.meetings.items() if known[1] == key[1]}
            self.meetings[key] = [self._invented(number, medium, day, themes, language) for number in range(POOL)]
        return self.meetings[key][contact % POOL]

    def _invented(self, number: int, medium: str, day: date, themes: tuple[str, ...], language: str) -> MediationRecord:
        party = Party(number + 10_000 * day.month, number, language, None, None, None, ())
        return meeting(Residents(self.seed), party, medium, day, themes)
