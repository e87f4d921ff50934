"""The status of a case as one pure function of its events; stored statuses must equal it at any time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from outreach.core.words import CaseStatus, Channel, EventKind
from outreach.policy.dispositions import DISPOSITIONS
from outreach.policy.objections import BY_SMS

BY_PHONE = (Channel.CALL.value, Channel.SMS.value)
WRONG_DATA = "wrong_data"
"""The code of an ``exhausted`` event when every channel turned out to lead nowhere."""


@dataclass(frozen=True)
class Fact:
    """What the status depends on: an event's kind, code, time and source (arrival order does not matter)."""

    kind: EventKind
    code: str | None
    occurred_at: datetime
    source: str = ""


@dataclass(frozen=True)
class Standing:
    """Where a case stands. ``closed_at`` and ``reason`` are set for closed cases."""

    status: CaseStatus
    reason: str | None = None
    closed_at: datetime | None = None
    solicited: bool = False


def derive_status(facts: Iterable[Fact]) -> Standing:
    """The standing that follows from ``facts``, whatever their order.

    An objection closes above everything; one made by SMS is as if never made, once an SMS takes it back. What closes a case otherwise is its earliest closing fact: help given
    stays given when the partner later takes the customer off the list, and a refusal is not undone by silence. A case
    that had joined another is as if it never had, once it parts from it.
    """
    ordered = _standing_facts(sorted(facts, key=lambda fact: (fact.occurred_at, fact.kind, fact.code or "")))
    solicited = any(fact.kind in {EventKind.SENT, EventKind.ATTEMPTED} for fact in ordered)
    for fact in ordered:
        if fact.kind is EventKind.OBJECTED:
            return Standing(CaseStatus.OBJECTED, fact.code or str(fact.kind), fact.occurred_at, solicited)
    for fact in ordered:
        closed = _closing_status(fact)
        if closed is not None:
            return Standing(closed, fact.code or str(fact.kind), fact.occurred_at, solicited)
    if any(_is_human_contact(fact) for fact in ordered):
        return Standing(CaseStatus.REACHED, solicited=solicited)
    return Standing(CaseStatus.SOLICITED if solicited else CaseStatus.WAITING, solicited=solicited)


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
    if fact.kind is EventKind.ATTEMPTED and fact.code in DISPOSITIONS and DISPOSITIONS[fact.code].final:
        return CaseStatus.REFUSED
    return None


def _is_human_contact(fact: Fact) -> bool:
    if fact.kind is EventKind.REPLIED:
        return True
    row = DISPOSITIONS.get(fact.code or "")
    return fact.kind is EventKind.ATTEMPTED and row is not None and row.human and row.right_person
