"""Recorded messages: a short text read aloud on the phone to people who do not read, where the agreement allows it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from outreach.channels import outbox
from outreach.channels.attempts import NOT_SENT, Attempt, Outcome, Settled, ask, begin, finish, tell
from outreach.channels.limits import Brake, breaker_allows
from outreach.channels.outbox import Due
from outreach.channels.senders import Sender, sender_for
from outreach.core import clock, progress
from outreach.core.i18n import N_
from outreach.core.words import Channel
from outreach.definitions.registry import agreed
from outreach.policy.language import FRENCH

if TYPE_CHECKING:
    from outreach.core.database import Database
    from outreach.core.provider import VoiceProvider
    from outreach.definitions.registry import Loaded

BATCH = 20
"""Calls started one after the other: enough for a minute of a small telephone line."""
SETTLED: Settled = {"sent": ("sent", "played"), "failed": ("failed", "dead_number"), "unknown": ("unknown", None)}
"""The result of what was played is told by the course of the call; until then it is what a sent message is."""


@dataclass
class RecordedResult:
    """Recorded messages by what came of them (``Outcome.state``), and the errors that the provider named."""

    states: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)


def dispatch_recorded(database: Database, loaded: Loaded, provider: VoiceProvider, *, worker: str) -> RecordedResult:
    """Play every recorded message that is due. Nothing is played under an agreement that does not allow automated calls."""
    result = RecordedResult()
    brake = Brake(database, loaded.campaign.id)
    with progress.step(N_("Messages parlés")) as advance:
        while True:
            attempts, sender = _begin_batch(database, loaded, provider, worker)
            if sender is None or not attempts:
                return result
            until = clock.now() + outbox.SURE
            outcomes = [
                _play(loaded, provider, sender, attempt, held=brake.is_on() or clock.now() > until) for attempt in attempts
            ]
            with database.session() as session:
                finish(session, loaded, Channel.CALL, outcomes, SETTLED, later=clock.now() + outbox.SOON)
                tell(session, provider.name, outcomes)
            result.states.update(outcome.state for outcome in outcomes)
            result.errors.update(outcome.error for outcome in outcomes if outcome.error)
            advance(len(outcomes))
            if all(outcome.state in NOT_SENT for outcome in outcomes):
                return result


def _begin_batch(database: Database, loaded: Loaded, provider: VoiceProvider, worker: str) -> tuple[list[Attempt], Sender | None]:
    with database.session() as session:
        if not agreed(session, loaded.campaign).definition.automated_calls:
            return [], None
        sender = sender_for(session, loaded.folder, Channel.CALL, provider.name)
        size = breaker_allows(session, provider.name, sender.most_in(30, BATCH))
        if not size:
            return [], sender
        claimed = outbox.claim(session, loaded, Channel.CALL, size=size, worker=worker, unattended=True)
        outbox.refuse_invented_people(claimed, is_loopback=provider.is_loopback)
        words = [words_of(due, loaded, language_of(due, loaded, provider)) for due in claimed]
        return begin(session, claimed, words, provider=provider.name, sender=sender.value), sender


def language_of(due: Due, loaded: Loaded, provider: VoiceProvider) -> str:
    """The key of the words that are read: the contact's language, where there are words that the provider can read aloud."""
    spoken = due.language.partition("-")[0]
    return due.language if due.language in loaded.folder.messages.voice and spoken in provider.languages else FRENCH


def words_of(due: Due, loaded: Loaded, language: str) -> str:
    """What is read to one person."""
    folder = loaded.folder
    words = outbox.words_for(due, partner=folder.agreement.partner.name, association=folder.agreement.association.name)
    # Read letter by letter, and slowly.
    words["letter_code"] = ", ".join(words["letter_code"])
    return folder.messages.voice[language].format(**words)


def _play(loaded: Loaded, provider: VoiceProvider, sender: Sender, attempt: Attempt, *, held: bool) -> Outcome:
    if held:
        return Outcome(attempt, "withheld")
    spoken = language_of(attempt.due, loaded, provider).partition("-")[0]
    return ask(
        attempt,
        lambda: provider.play(attempt.due.phone, attempt.words, language=spoken, caller=sender.value, attempt=attempt.id),
    )
