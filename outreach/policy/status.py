"""The status of a case as one pure function of its events; stored statuses must equal it at any time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from outreach.core.words import CaseStatus, Channel, EventKind
from outreach.policy.dispositions import CLOSING, DISPOSITIONS, MET
from outreach.policy.objections import BY_SMS

BY_PHONE = (Channel.CALL.value, Channel.SMS.value)
WRONG_DATA = "wrong_data"
"""The code of an ``exhausted`` event when every channel turned out to lead nowhere."""


class Fact(NamedTuple):
    """What the status depends on: an event's kind (as it is stored), code, time and source (arrival order does not matter).

    ``about``: for a correction, the ``id`` of the event that it corrects. It takes the place of what was said there: its
    ``code`` is the code that should have been; none takes the whole event back.
    """

    kind: str
    code: str | None
    occurred_at: datetime
    source: str = ""
    id: str = ""
    about: str = ""


@dataclass(frozen=True)
class Standing:
    """Where a case stands. ``closed_at`` and ``reason`` are set for closed cases."""

    status: CaseStatus
    reason: str | None = None
    closed_at: datetime | None = None
    solicited: bool = False


def derive_status(facts: Iterable[Fact]) -> Standing:
    """The standing that follows from ``facts``, whatever their order and however often each was told.

    An objection closes above everything; one made by SMS is as if never made, once an SMS takes it back. A mediation comes
    next: help given stays given, whether the partner takes the customer off the list or they had been given up before. What
    closes a case otherwise is its earliest closing fact: a refusal is not undone by silence. A case that had joined another
    is as if it never had, once it parts from it; what comes after it joined is counted there.
    """
    standing = list(facts)
    said = _said(standing)
    if said & TURNS:
        standing = _standing_facts(sorted(corrected(standing), key=_order))
        said = _said(standing)
    if not said & ENDS:
        return OPEN[said & (SOLICITS | MEETS)]
    solicited = bool(said & SOLICITS)
    if said & OBJECTS:
        return _closed(CaseStatus.OBJECTED, (fact for fact in standing if fact.kind == EventKind.OBJECTED), solicited=solicited)
    closings = [(status, fact) for fact in standing if (status := _closing_status(fact.kind, fact.code)) is not None]
    first, _fact = min(closings, key=lambda pair: _order(pair[1]))
    helped = first is not CaseStatus.JOINED and any(status is CaseStatus.MEDIATED for status, _fact in closings)
    ended = CaseStatus.MEDIATED if helped else first
    return _closed(ended, (fact for status, fact in closings if status is ended), solicited=solicited)


def _said(facts: Iterable[Fact]) -> int:
    """What some facts say together, in bits."""
    said = 0
    for fact in facts:
        said |= says(fact.kind, fact.code)
    return said


@lru_cache(maxsize=1024)
def says(kind: str, code: str | None) -> int:
    """What a fact says, in bits: the same few kinds and codes are told millions of times."""
    closes = _closing_status(kind, code) is not None
    said = (kind in SOLICITING, _is_human_contact(kind, code), kind in TURNING, kind == EventKind.OBJECTED, closes)
    return sum(bit for bit, holds in zip(BITS, said, strict=True) if holds)


def _closed(status: CaseStatus, facts: Iterable[Fact], *, solicited: bool) -> Standing:
    """Closed by the earliest of some facts."""
    first = min(facts, key=_order)
    return Standing(status, first.code or str(first.kind), first.occurred_at, solicited)


def corrected(facts: Iterable[Fact]) -> list[Fact]:
    """The facts as they should have been told: of several corrections of one event the last one holds."""
    known = {(fact.id or index): fact for index, fact in enumerate(facts)}
    last: dict[str, Fact] = {}
    for fact in sorted((fact for fact in known.values() if fact.kind == EventKind.CORRECTED), key=_order):
        last[fact.about] = fact
    result = []
    for fact in known.values():
        correction = last.get(fact.id) if fact.id else None
        if fact.kind == EventKind.CORRECTED or (correction is not None and correction.code is None):
            continue
        result.append(fact._replace(code=correction.code) if correction is not None else fact)
    return result


SOLICITING: frozenset[str] = frozenset({EventKind.SENT, EventKind.ATTEMPTED})
"""What soliciting somebody consists of."""
TURNING: frozenset[str] = frozenset({EventKind.CORRECTED, EventKind.PARTED, EventKind.RESUMED})
"""What takes back something said before. Without, facts stand as they are told, and need not be put in order."""
BITS = SOLICITS, MEETS, TURNS, OBJECTS, CLOSES = (1, 2, 4, 8, 16)
"""What a fact can say, in bits."""
OPEN = {
    0: Standing(CaseStatus.WAITING), SOLICITS: Standing(CaseStatus.SOLICITED, solicited=True), MEETS: Standing(CaseStatus.REACHED),
    SOLICITS | MEETS: Standing(CaseStatus.REACHED, solicited=True),
}  # fmt: skip
"""Where open cases stand, by what was said."""
ENDS = OBJECTS | CLOSES
"""What a case is open without."""


def _order(fact: Fact) -> tuple[datetime, str, str, str]:
    return fact.occurred_at, fact.kind, fact.code or "", fact.id


def blocked_channels(facts: Iterable[Mapping[str, object]]) -> frozenset[str]:
    """The channels that results have shown to be of no use: mappings with ``channel`` and ``code``."""
    blocked: set[str] = set()
    for fact in facts:
        row = DISPOSITIONS.get(str(fact["code"]))
        if row is not None and row.blocks_channel:
            blocked |= {str(fact["channel"]), *(BY_PHONE if row.blocks_phone else ())}
    return frozenset(blocked)


def _standing_facts(ordered: list[Fact]) -> list[Fact]:
    """The facts without those that later ones took back: joinings by a parting, a STOP by a START."""
    parted = max((index for index, fact in enumerate(ordered) if fact.kind == EventKind.PARTED), default=-1)
    resumed = max((fact.occurred_at for fact in ordered if fact.kind == EventKind.RESUMED), default=None)
    return [
        fact
        for index, fact in enumerate(ordered)
        if (fact.kind != EventKind.JOINED or index > parted)
        and not (resumed and fact.kind == EventKind.OBJECTED and fact.source == BY_SMS and fact.occurred_at <= resumed)
    ]


def _closing_status(kind: str, code: str | None) -> CaseStatus | None:
    if kind == EventKind.ATTEMPTED:
        return CLOSING.get(code or "")
    if kind == EventKind.EXHAUSTED:
        return CaseStatus.WRONG_DATA if code == WRONG_DATA else CaseStatus.UNREACHABLE
    return _CLOSED_AS.get(kind)


def _is_human_contact(kind: str, code: str | None) -> bool:
    return kind == EventKind.REPLIED or (kind == EventKind.ATTEMPTED and code in MET)


_CLOSED_AS: dict[str, CaseStatus] = {
    EventKind.MEDIATED: CaseStatus.MEDIATED, EventKind.WITHDRAWN: CaseStatus.WITHDRAWN, EventKind.JOINED: CaseStatus.JOINED,
}  # fmt: skip
