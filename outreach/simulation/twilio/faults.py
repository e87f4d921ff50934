"""What goes wrong on the way: drawn for each request from a hash of it, so that a run can be repeated on many threads."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from typing import Any


class Fate(StrEnum):
    """What happens to one request to create a message or a call."""

    WELL = "well"
    LOST_BEFORE = "lost_before"
    """The connection is cut before anything was taken."""
    LOST_AFTER = "lost_after"
    """Taken, then the connection is cut: the caller cannot know."""
    TOO_MANY = "too_many"
    BROKEN_BEFORE = "broken_before"
    BROKEN_AFTER = "broken_after"

    @property
    def is_taken(self) -> bool:
        """Whether the message leaves all the same."""
        return self in {Fate.WELL, Fate.LOST_AFTER, Fate.BROKEN_AFTER}


@dataclass(frozen=True)
class Faults:
    """Rates in [0, 1]; of the same request at the same try always comes the same. Replace it to change the weather.

    ``undelivered``: by Twilio's error code, the share of messages that end so. ``repeated``: share of callbacks posted
    twice. ``shuffled``: share of messages whose callbacks come in any order. ``delay``: seconds until the last status
    (from, to); ``latency``: seconds until a request is answered. ``dead``: numbers that are none (21211).
    """

    seed: int = 0
    lost_before: float = 0.0
    lost_after: float = 0.0
    too_many: float = 0.0
    broken_before: float = 0.0
    broken_after: float = 0.0
    undelivered: Mapping[int, float] = field(default_factory=dict)
    repeated: float = 0.0
    shuffled: float = 0.0
    delay: tuple[float, float] = (0.0, 0.0)
    latency: tuple[float, float] = (0.0, 0.0)
    dead: frozenset[str] = frozenset()

    @staticmethod
    def read(text: str) -> Faults:
        """From JSON by the names of the fields."""
        told: dict[str, Any] = json.loads(text)
        made: dict[str, Callable[[Any], Any]] = {
            "undelivered": lambda rates: {int(code): float(rate) for code, rate in rates.items()},
            "delay": tuple,
            "latency": tuple,
            "dead": frozenset,
        }
        return Faults(**{name: made.get(name, lambda value: value)(value) for name, value in told.items()})

    def chance(self, *occasion: object) -> float:
        """A number in [0, 1) that belongs to this occasion alone."""
        text = "\x1f".join(map(str, (self.seed, *occasion)))
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") / 2**64

    def fate(self, *occasion: object) -> Fate:
        """What happens to one request."""
        left = self.chance("fate", *occasion)
        for fate in Fate:
            if fate is not Fate.WELL:
                left -= getattr(self, fate.value)
                if left < 0:
                    return fate
        return Fate.WELL

    def failure(self, sid: str) -> int | None:
        """The error code with which a message ends; ``None``: as its reader decides."""
        left = self.chance("failure", sid) if self.undelivered else 1.0
        for code, rate in self.undelivered.items():
            left -= rate
            if left < 0:
                return code
        return None

    def seconds(self, span: tuple[float, float], *occasion: object) -> float:
        """A time within a span."""
        low, high = span
        return low if high <= low else low + (high - low) * self.chance("seconds", *occasion)
