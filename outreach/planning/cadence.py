"""What comes next for a case: one pure function of the cadence, the case and what was tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from outreach.core.words import Channel
from outreach.definitions.campaign import Step
from outreach.policy.dispositions import DISPOSITIONS
from outreach.policy.language import SPOKEN, may_rest_on_writing
from outreach.policy.status import WRONG_DATA, blocked_channels

GRACE_DAYS = 14
"""After the last step people still call back or come by: a case is given up only then."""
CALL_BACKS_BEYOND = 1
"""A promised call back may exceed a step's attempts by this many."""


@dataclass(frozen=True)
class Tried:
    """One finished contact. ``code``: its disposition."""

    step: str
    attempt: int
    channel: str
    code: str | None
    day: date


@dataclass(frozen=True)
class Means:
    """By what a case can be reached, and how urgent it is."""

    priority: int
    has_mobile: bool
    has_phone: bool
    has_address: bool
    is_located: bool
    reads_french: bool | None
    has_speaker: bool
    """Whether some mediator of the campaign speaks with this person."""


@dataclass(frozen=True)
class Next:
    """The next contact, no earlier than ``earliest``."""

    step: Step
    attempt: int
    earliest: date


@dataclass(frozen=True)
class Exhausted:
    """Nothing is left to try; given up on ``on`` unless the person comes forward."""

    reason: str
    on: date


def next_contact(cadence: Sequence[Step], means: Means, tried: Sequence[Tried], start: date) -> Next | Exhausted:
    """The next step of a case whose last contact is finished. ``start``: the first day of its wave."""
    history = sorted(tried, key=lambda contact: (contact.day, contact.attempt))
    blocked = blocked_channels({"channel": contact.channel, "code": contact.code} for contact in history)
    position = 0
    base = start
    if history:
        last = history[-1]
        base = last.day
        position = next((index for index, step in enumerate(cadence) if step.code == last.step), len(cadence) - 1)
        again = _same_step_again(cadence[position], last, blocked)
        # What was possible may be so no more: a changed list took the phone away, or the address that could be found.
        if again is not None and is_possible(again.step, means):
            return again
        position += 1
    for step in cadence[position:]:
        if step.channel not in blocked and is_possible(step, means):
            first = 1 + max((contact.attempt for contact in history if contact.step == step.code), default=0)
            return Next(step, first, base + timedelta(days=step.days_after_previous) if history else base)
    return Exhausted(_why_exhausted(history, blocked, means), base + timedelta(days=GRACE_DAYS))


def is_possible(step: Step, means: Means) -> bool:
    """Whether a case has what a step needs; who does not read French is visited whatever the priority."""
    if step.channel in SPOKEN and not means.has_speaker:
        return False
    if step.channel is Channel.VISIT:
        wanted = means.priority <= step.priorities_up_to or not may_rest_on_writing(means.reads_french)
        return means.is_located and wanted
    if means.priority > step.priorities_up_to:
        return False
    return {
        Channel.LETTER: means.has_address,
        Channel.SMS: means.has_mobile,
        Channel.CALL: means.has_phone,
    }[step.channel]


def _same_step_again(step: Step, last: Tried, blocked: frozenset[str]) -> Next | None:
    row = DISPOSITIONS.get(last.code or "")
    asked_back = row is not None and row.human and row.retry_days is not None
    allowed = step.attempts + (CALL_BACKS_BEYOND if asked_back else 0)
    if last.attempt >= allowed or step.channel in blocked:
        return None
    wait = row.retry_days if row is not None and row.retry_days is not None else step.days_between_attempts
    return Next(step, last.attempt + 1, last.day + timedelta(days=wait))


def _why_exhausted(history: Sequence[Tried], blocked: frozenset[str], means: Means) -> str:
    used = {contact.channel for contact in history}
    if not means.has_speaker:
        return "no_speaker"
    return WRONG_DATA if not used or used <= blocked else "no_answer"
