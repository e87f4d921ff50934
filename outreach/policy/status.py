"""The status of a case as one pure function of its events; stored statuses must equal it at any time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from outreach.core.words import CaseStatus, Channel, EventKind
from outreach.policy.dispositions import CLOSING, DISPOSITIONS, MET
from outreach.policy.objections import BY_SMS

BY_PHONE = (Channel.CALL.value, Channel.SMS.value)
WRONG_DATA = "wrong_data"
"""The code of an ``exhausted`` event when every channel turned out to lead nowhere."""


@dataclass(frozen=True)
class Fact:
    """What the status depends on: an event's kind, code, time and source (arrival order does not matter).

    ``about``: for a correction, the ``id`` of the event that it corrects. It takes the place of what was said there: its
    ``code`` is the code that should have been; none takes the whole event back.
    """

    kind: EventKind
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
    ordered = _standing_facts(sorted(corrected(facts), key=_order))
    solicited = any(fact.kind in SOLICITING for fact in ordered)
    for fact in ordered:
        if fact.kind is EventKind.OBJECTED:
            return Standing(CaseStatus.OBJECTED, fact.code or str(fact.kind), fact.occurred_at, solicited)
    closings = [(status, fact) for fact in ordered if (status := _closing_status(fact)) is not None]
    if closings:
        helped = [(status, fact) for status, fact in closings if status is CaseStatus.MEDIATED]
        first = closings[0] if closings[0][0] is CaseStatus.JOINED or not helped else helped[0]
        return Standing(first[0], first[1].code or str(first[1].kind), first[1].occurred_at, solicited)
    if any(_is_human_contact(fact) for fact in ordered):
        return Standing(CaseStatus.REACHED, solicited=solicited)
    return Standing(CaseStatus.SOLICITED if solicited else CaseStatus.WAITING, solicited=solicited)


def corrected(facts: Iterable[Fact]) -> list[Fact]:
    """The facts as they should have been told: of several corrections of one event the last one holds."""
    known = {(fact.id or index): fact for index, fact in enumerate(facts)}
    last: dict[str, Fact] = {}
    for fact in sorted((fact for fact in known.values() if fact.kind is EventKind.CORRECTED), key=_order):
        last[fact.about] = fact
    result = []
    for fact in known.values():
        correction = last.get(fact.id) if fact.id else None
        if fact.kind is EventKind.CORRECTED or (correction is not None and correction.code is None):
            continue
        result.append(replace(fact, code=correction.code) if correction is not None else fact)
    return result


SOLICITING = frozenset({EventKind.SENT, EventKind.ATTEMPTED})
"""What soliciting somebody consists of."""


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
    parted = max((index for index, fact in enumerate(ordered) if fact.kind is EventKind.PARTED), default=-1)
    resumed = max((fact.occurred_at for fact in ordered if fact.kind is EventKind.RESUMED), default=None)
    return [
        fact
        for index, fact in enumerate(ordered)
        if (fact.kind is not EventKind.JOINED or index > parted)
        and not (resumed and fact.kind is EventKind.OBJECTED and fact.source == BY_SMS and fact.occurred_at <= resumed)
    ]


def _closing_status(fact: Fact) -> CaseStatus | None:
    if fact.kind is EventKind.MEDIATED:
        return CaseStatus.MEDIATED
    if fact.kind is EventKind.WITHDRAWN:
        return CaseStatus.WITHDRAWN
    if fact.kind is EventKind.JOINED:
        return CaseStatus.JOINED
    if fact.kind is EventKind.EXHAUSTED:
        return CaseStatus.WRONG_DATA if fact.code == WRONG_DATA else CaseStatus.UNREACHABLE
    return CLOSING.get(fact.code or "") if fact.kind is EventKind.ATTEMPTED else None


def _is_human_contact(fact: Fact) -> bool:
    if fact.kind is EventKind.REPLIED:
        return True
    return fact.kind is EventKind.ATTEMPTED and fact.code in MET
