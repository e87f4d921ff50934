"""What comes next for a case: one pure function of the cadence, the case's means and what was tried.

Dates are counted from the last contact, so that cases in the same situation have the same answer (see ``situations``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from outreach.core.words import Channel
from outreach.policy.dispositions import DISPOSITIONS
from outreach.policy.language import SPOKEN, may_rest_on_writing
from outreach.policy.status import WRONG_DATA, blocked_channels

if TYPE_CHECKING:
    from outreach.definitions.campaign import Campaign, Step

GRACE_DAYS = 14
"""After the last step people still call back or come by: a case is given up only then."""
CALL_BACKS_BEYOND = 1
"""A promised call back may exceed a step's attempts by this many."""
NO_SPEAKER = "no_speaker"
"""Nobody speaks with this person: the case waits for somebody who does."""
NO_SPOKEN_WAY = "no_spoken_way"
"""This person does not read French, and there is neither a number to call nor a door to find."""


@dataclass(frozen=True)
class Cadence:
    """The steps of a campaign, its own re-contact intervals (days by result), and the rest after a conversation (days)."""

    steps: tuple[Step, ...]
    recontact: Mapping[str, int] = field(default_factory=dict)
    pause: int = 0

    @staticmethod
    def of(campaign: Campaign) -> Cadence:
        """The cadence of a definition."""
        return Cadence(tuple(campaign.cadence), campaign.recontact, campaign.pause_after_conversation)

    def interval(self, step: Step, code: str | None) -> int:
        """Days before the next attempt of a step after a result."""
        row = DISPOSITIONS.get(code or "")
        usual = row.retry_days if row is not None and row.retry_days is not None else step.days_between_attempts
        return self.recontact.get(code or "", usual)


@dataclass(frozen=True)
class Tried:
    """One finished contact. ``code``: its disposition."""

    step: str
    attempt: int
    channel: str
    code: str | None


@dataclass(frozen=True)
class Means:
    """By what a case can be reached, and how urgent it is."""

    priority: int
    has_mobile: bool
    has_phone: bool
    has_address: bool
    is_located: bool
    reads_french: bool | None
    has_caller: bool
    """Whether somebody who makes calls speaks with this person."""
    has_visitor: bool
    """Whether somebody who goes from door to door does."""


@dataclass(frozen=True)
class Next:
    """The next contact, ``after`` days from the last one (from the start of the wave when there was none)."""

    step: Step
    attempt: int
    after: int


@dataclass(frozen=True)
class Exhausted:
    """Nothing is left to try; given up ``after`` so many days unless the person comes forward (never for ``no_speaker``)."""

    reason: str
    after: int = GRACE_DAYS


def next_contact(cadence: Cadence, means: Means, history: Sequence[Tried]) -> Next | Exhausted:
    """The next step of a case whose contacts (``history``, oldest first) are all finished."""
    blocked = blocked_channels({"channel": contact.channel, "code": contact.code} for contact in history)
    if not may_rest_on_writing(means.reads_french) and not _can_be_spoken_to(cadence, means, blocked):
        # Letters and SMS alone would be a plan that this person cannot read.
        mute = not means.has_caller and not means.has_visitor
        return Exhausted(NO_SPEAKER if mute else NO_SPOKEN_WAY)
    position = 0
    rest = _rest_after(cadence, history[-1]) if history else 0
    if history:
        last = history[-1]
        position = next((index for index, step in enumerate(cadence.steps) if step.code == last.step), len(cadence.steps) - 1)
        again = _same_step_again(cadence, cadence.steps[position], last, blocked)
        # What was possible may be so no more: a changed list took the phone away, or the address that could be found.
        if again is not None and is_possible(again.step, means):
            return Next(again.step, again.attempt, max(again.after, rest))
        position += 1
    for step in cadence.steps[position:]:
        if step.channel not in blocked and is_possible(step, means) and _is_wanted(cadence, step, means, history, blocked):
            first = 1 + max((contact.attempt for contact in history if contact.step == step.code), default=0)
            return Next(step, first, max(step.days_after_previous, rest) if history else 0)
    return Exhausted(_why_exhausted(history, blocked, means))


def is_possible(step: Step, means: Means) -> bool:
    """Whether a case has what a step needs; who does not read French is visited whatever the priority."""
    if step.channel is Channel.VISIT:
        wanted = means.priority <= step.priorities_up_to or not may_rest_on_writing(means.reads_french)
        return means.is_located and means.has_visitor and wanted
    if means.priority > step.priorities_up_to:
        return False
    return {
        Channel.LETTER: means.has_address,
        Channel.SMS: means.has_mobile,
        Channel.CALL: means.has_phone and (means.has_caller or step.recorded),
    }[step.channel]


def _is_wanted(cadence: Cadence, step: Step, means: Means, history: Sequence[Tried], blocked: frozenset[str]) -> bool:
    """Whether the conditions of a step hold: on the results so far, and on the step that it stands in for."""
    results = {contact.code for contact in history}
    if step.only_after and not results & set(step.only_after):
        return False
    if results & set(step.not_after):
        return False
    if step.instead_of is None:
        return True
    replaced = next(other for other in cadence.steps if other.code == step.instead_of)
    return replaced.channel in blocked or not is_possible(replaced, means)


def _can_be_spoken_to(cadence: Cadence, means: Means, blocked: frozenset[str]) -> bool:
    """Whether somebody can speak with them: a recorded message cannot."""
    return any(
        step.channel in SPOKEN and not step.recorded and step.channel not in blocked and is_possible(step, means)
        for step in cadence.steps
    )


def _rest_after(cadence: Cadence, last: Tried) -> int:
    """The rest after a conversation from which nothing was agreed; a promised call back is not made to wait."""
    row = DISPOSITIONS.get(last.code or "")
    return cadence.pause if row is not None and row.conversation else 0


def _same_step_again(cadence: Cadence, step: Step, last: Tried, blocked: frozenset[str]) -> Next | None:
    row = DISPOSITIONS.get(last.code or "")
    asked_back = row is not None and row.human and row.retry_days is not None
    allowed = step.attempts + (CALL_BACKS_BEYOND if asked_back else 0)
    if last.attempt >= allowed or step.channel in blocked:
        return None
    return Next(step, last.attempt + 1, cadence.interval(step, last.code))


def _why_exhausted(history: Sequence[Tried], blocked: frozenset[str], means: Means) -> str:
    used = {contact.channel for contact in history}
    if not means.has_caller and not means.has_visitor:
        return NO_SPEAKER
    return WRONG_DATA if not used or used <= blocked else "no_answer"


def tried_of(history: str | None) -> list[Tried]:
    """Finished contacts from their text, oldest first: ``step|attempt|channel|code`` between semicolons."""
    parts = [part.split("|") for part in (history or "").split(";") if part]
    return [Tried(step, int(attempt), channel, code or None) for step, attempt, channel, code in parts]
