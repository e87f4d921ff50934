"""Recorded messages: a short text read aloud on the phone to people who do not read, where the agreement allows it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.channels import outbox
from outreach.channels.limits import Brake, breaker_allows, tell_breaker
from outreach.channels.outbox import Due
from outreach.channels.senders import Sender, sender_for
from outreach.channels.voice.attempts import begin, finish, ring
from outreach.core import clock, progress
from outreach.core.i18n import N_
from outreach.core.provider import ProviderCall
from outreach.core.secrets import objection_pepper
from outreach.core.words import Channel
from outreach.definitions.registry import agreed

if TYPE_CHECKING:
    from outreach.core.database import Database
    from outreach.core.provider import VoiceProvider
    from outreach.definitions.registry import Loaded

BATCH = 20
"""Calls started one after the other: enough for a minute of a small telephone line."""
# The result is told by the course of the call; until then the contact is what a sent message is.
SETTLE = """
UPDATE contact SET state = :state, disposition = :disposition, done_at = CAST(:done AS timestamptz), claimed_by = NULL, lease_until = NULL
WHERE id = :id AND state = 'claimed'
"""
SETTLED = {"sent": ("sent", "played"), "failed": ("failed", "dead_number"), "unknown": ("unknown", None)}


@dataclass
class RecordedResult:
    """Recorded messages by what came of them: ``sent``, ``failed``, ``unknown``, ``later``."""

    states: Counter[str] = field(default_factory=Counter)


def dispatch_recorded(database: Database, loaded: Loaded, provider: VoiceProvider, *, worker: str) -> RecordedResult:
    """Play every recorded message that is due. Nothing is played under an agreement that does not allow automated calls."""
    result = RecordedResult()
    pepper, brake = objection_pepper(database), Brake(database, loaded.campaign.id)
    with progress.step(N_("Messages parlés")) as advance:
        while True:
            with database.session() as session:
                if not agreed(session, loaded.campaign).definition.automated_calls:
                    return result
                sender = sender_for(session, loaded.folder, Channel.CALL, provider.name)
                size = breaker_allows(session, provider.name, sender.most_in(30, BATCH))
                found = outbox.claim(session, loaded, Channel.CALL, size=size, worker=worker, pepper=pepper, unattended=True)
                outbox.refuse_invented_people(found, is_loopback=provider.is_loopback)
                attempts = [
                    begin(session, due.id, due.mobile or due.fixed or "", words_of(due, loaded), provider=provider.name,
                          sender=sender.value)
                    for due in found
                ]  # fmt: skip
            if not found:
                return result
            states = [_play(database, loaded, provider, sender, due, at, brake) for due, at in zip(found, attempts, strict=True)]
            result.states.update(states)
            advance(len(states))
            with database.session() as session:
                tell_breaker(
                    session, provider.name, well="sent" in states, faults=sum(state in {"later", "unknown"} for state in states)
                )
            if set(states) <= {"later", "withheld"}:
                return result


def words_of(due: Due, loaded: Loaded) -> str:
    """What is read to one person, in the contact's language."""
    folder = loaded.folder
    template = folder.messages.voice.get(due.language) or folder.messages.voice["fr"]
    words = outbox.words_for(due, partner=folder.agreement.partner.name, association=folder.agreement.association.name)
    # Read letter by letter, and slowly.
    words["letter_code"] = ", ".join(words["letter_code"])
    return template.format(**words)


def _play(
    database: Database, loaded: Loaded, provider: VoiceProvider, sender: Sender, due: Due, attempt: int, brake: Brake
) -> str:
    if brake.is_on():
        state, call, error = "withheld", None, None
    else:
        state, call, error = ring(lambda: _ask(provider, loaded, sender, due, attempt))
    with database.session() as session:
        if state == "withheld":
            session.execute(text("DELETE FROM attempt WHERE id = :id"), {"id": attempt})
        else:
            finish(session, attempt, state, call, error)
        if state in SETTLED:
            to, disposition = SETTLED[state]
            done = clock.now() if disposition else None
            session.execute(text(SETTLE), {"id": due.id, "state": to, "disposition": disposition, "done": done})
        else:
            outbox.put_back(session, loaded, Channel.CALL, [due.id], later=clock.now() + outbox.SOON)
    return state


def _ask(provider: VoiceProvider, loaded: Loaded, sender: Sender, due: Due, attempt: int) -> ProviderCall:
    language = due.language.partition("-")[0]
    return provider.play(
        due.mobile or due.fixed or "", words_of(due, loaded), language=language, caller=sender.value, attempt=attempt
    )
