"""What a phone is given, as plain data: days, shifts, buildings, contacts.

Moments are texts in ISO form, codes have their words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Card:
    """One contact with all that is said and seen of it.

    ``version``: how many events its case has; it grows. ``promised``: when it was promised, by whom, with the note that was left.
    ``amount_due``: shown only when it is asked for, as is ``segment``, which may be named by an amount. ``language``: code, name,
    whether they read French, whether this mediator speaks it. ``household``: adults, children and those of unknown age, as far as
    the register knows. ``past``: what was done before, newest first; ``notes``: what colleagues of the association wrote down.
    ``why``: one sentence, filled by who knows. ``scripts``: in the person's language and in French, by language code.
    """

    contact_id: int
    case_id: int
    version: int
    state: str
    channel: str
    step: str
    attempt: int
    campaign_id: int
    campaign: str
    partner: str
    segment: str
    name: str
    language: dict[str, Any]
    household: dict[str, int]
    phone: str | None
    phone_written: str | None
    door: dict[str, Any]
    letter_code: str
    amount_due: str | None
    due_at: str
    useful_until: str
    promised: dict[str, Any] | None
    past: list[dict[str, Any]]
    notes: list[dict[str, Any]]
    opening_words: str
    scripts: dict[str, dict[str, Any]]
    why: str = ""


@dataclass
class Stop:
    """One building of a round, in the order of the walk, with its doors by floor in that order.

    No position: nobody knows where.
    """

    building_id: int | None
    address: str
    city: str
    access: list[str]
    lon: float | None
    lat: float | None
    floors: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Work:
    """One shift: ``calls`` in their order, or the ``stops`` of a round. ``done`` of ``total`` contacts have their result."""

    shift_id: int
    kind: str
    starts_at: str
    ends_at: str
    site: dict[str, Any]
    done: int
    total: int
    calls: list[Card] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)


@dataclass
class Left:
    """Contacts of the day that may not be made by now, and why: they are on no phone."""

    reason: str
    label: str
    count: int


@dataclass
class Day:
    """A mediator's day over all campaigns. ``vocabulary``: every code that the phone offers, in words (``vocabulary_of``).

    ``zone``: the name of the time zone in which hours are read and written down there, whatever the phone itself is set to.
    """

    day: str
    zone: str
    mediator: str
    name: str
    languages: list[str]
    read_at: str
    shifts: list[Work]
    left_out: list[Left]
    vocabulary: dict[str, Any]

    def cards(self) -> list[Card]:
        """Every contact of the day."""
        doors = [card for work in self.shifts for stop in work.stops for floor in stop.floors for card in floor["doors"]]
        return [card for work in self.shifts for card in work.calls] + doors
