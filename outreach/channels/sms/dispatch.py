"""Sends due SMS: claimed, attempt written, provider called once, result written. Nothing is ever re-sent blindly."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from outreach.channels import outbox
from outreach.channels.attempts import NOT_SENT, Attempt, Outcome, Settled, ask, begin, finish, tell
from outreach.channels.limits import FAULTS_IN_A_ROW, LOOK_EVERY, Brake, breaker_allows
from outreach.channels.outbox import Due
from outreach.channels.senders import Sender, reserve, sender_for
from outreach.channels.sms.text import isolate, normalise, segments
from outreach.core import clock, progress
from outreach.core.i18n import N_
from outreach.core.provider import SmsProvider
from outreach.core.words import Channel

if TYPE_CHECKING:
    from outreach.core.database import Database
    from outreach.definitions.registry import Loaded

BATCH = 200
LANES = 2
THREADS = 6
"""Calls of the provider under way at once in a lane: it answers in a tenth of a second, most of it waiting."""
LONGEST_BATCH = 30.0
"""Seconds that a batch may take at its sender's rate: well within its lease."""
SETTLED: Settled = {"sent": ("sent", "sent"), "failed": ("failed", "undelivered"), "unknown": ("unknown", None)}
PATIENCE = timedelta(minutes=1)
"""When a message is tried again of which the provider said « not now »."""


@dataclass
class SmsResult:
    """Contacts by what came of them (``Outcome.state``), and the errors that the provider named."""

    states: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    def count(self, outcomes: list[Outcome]) -> None:
        """Add a batch."""
        self.states.update(outcome.state for outcome in outcomes)
        self.errors.update(outcome.error for outcome in outcomes if outcome.error)


@dataclass(frozen=True)
class Post:
    """Everything that sending for one campaign needs."""

    database: Database
    loaded: Loaded
    provider: SmsProvider
    worker: str
    brake: Brake


def dispatch_sms(database: Database, loaded: Loaded, provider: SmsProvider, *, worker: str) -> SmsResult:
    """Send every due SMS of a campaign. Raises ``ProviderError`` before sending invented people to a real provider.

    Two lanes work side by side: while one claims and writes down, the other sends. Each ends when nothing is due, or nothing
    may leave for now: quota, stop button, pause, a provider that is down or asks for patience.
    """
    post = Post(database, loaded, provider, worker, Brake(database, loaded.campaign.id))
    result = SmsResult()
    with database.session() as session:
        if not outbox.is_due(session, loaded.campaign.id, Channel.SMS):
            return result
    with progress.step(N_("SMS")) as advance, ThreadPoolExecutor(LANES) as lanes:
        for lane in lanes.map(lambda _lane: _work(post, advance), range(LANES)):
            result.states.update(lane.states)
            result.errors.update(lane.errors)
    return result


def _work(post: Post, advance: Callable[[int], None]) -> SmsResult:
    """One lane: batch after batch until nothing more leaves."""
    result = SmsResult()
    with ThreadPoolExecutor(THREADS) as calls:
        while outcomes := _send_batch(post, calls):
            result.count(outcomes)
            advance(len(outcomes))
            if all(outcome.state in NOT_SENT for outcome in outcomes):
                break
    return result


def _send_batch(post: Post, calls: ThreadPoolExecutor) -> list[Outcome]:
    """Three transactions: claimed with the attempt written, sent outside any, results written."""
    attempts, sender, begins = _begin_batch(post)
    if not attempts:
        return []
    circuit, pace = Circuit(clock.now() + outbox.SURE), Pace(begins, sender.spacing, clock.now())

    def send(place: int) -> Outcome:
        pace.wait_for(place, post.brake)
        return _send(post, circuit, sender, attempts[place])

    outcomes = list(calls.map(send, range(len(attempts))))
    with post.database.session() as session:
        finish(session, post.loaded, Channel.SMS, outcomes, SETTLED, later=clock.now() + PATIENCE)
        tell(session, post.provider.name, outcomes)
    return outcomes


def _begin_batch(post: Post) -> tuple[list[Attempt], Sender, datetime]:
    with post.database.session() as session:
        sender = sender_for(session, post.loaded.folder, Channel.SMS, post.provider.name)
        size = breaker_allows(session, post.provider.name, sender.most_in(LONGEST_BATCH, BATCH))
        if not size:
            return [], sender, clock.now()
        claimed = outbox.claim(session, post.loaded, Channel.SMS, size=size, worker=post.worker)
        outbox.refuse_invented_people(claimed, is_loopback=post.provider.is_loopback)
        if not claimed:
            return [], sender, clock.now()
        bodies = [render(due, post.loaded) for due in claimed]
        parts = [segments(body) for body in bodies]
        attempts = begin(session, claimed, bodies, provider=post.provider.name, sender=sender.value, parts=parts)
        return attempts, sender, reserve(session, sender, len(attempts))


def render(due: Due, loaded: Loaded) -> str:
    """The text for one person, in the contact's language; numbers stay readable in right-to-left scripts."""
    folder = loaded.folder
    template = folder.messages.sms.get(due.language) or folder.messages.sms["fr"]
    words = outbox.words_for(due, partner=folder.agreement.partner.name, association=folder.agreement.association.name)
    for name in ("site_phone", "letter_code"):
        words[name] = isolate(words[name], due.language)
    return normalise(template.format(**words))


@dataclass(frozen=True)
class Pace:
    """When each message of a batch may leave, by the rate of its sender: in seconds of the machine from now on."""

    begins: datetime
    spacing: timedelta
    now: datetime
    started: float = field(default_factory=time.monotonic)

    def wait_for(self, place: int, brake: Brake) -> None:
        """Wait until the message at ``place`` may leave, or nothing may leave any more."""
        due = self.started + (self.begins + place * self.spacing - self.now).total_seconds()
        while (left := due - time.monotonic()) > 0 and not brake.is_on():
            time.sleep(min(left, LOOK_EVERY))


@dataclass
class Circuit:
    """Counts the faults in a row of a batch: after enough of them, or after ``until``, the rest stays here."""

    until: datetime
    faults: int = 0

    @property
    def is_open(self) -> bool:
        """Whether nothing more is handed to the provider."""
        return self.faults >= FAULTS_IN_A_ROW or clock.now() > self.until

    def told(self, *, fault: bool) -> None:
        """Count one answer."""
        self.faults = self.faults + 1 if fault else 0


def _send(post: Post, circuit: Circuit, sender: Sender, attempt: Attempt) -> Outcome:
    """Hand one message over; kept back while the stop button is pressed or the provider is down."""
    if circuit.is_open or post.brake.is_on():
        return Outcome(attempt, "withheld")
    outcome = ask(attempt, lambda: post.provider.send(attempt.due.phone, attempt.words, sender=sender.value, attempt=attempt.id))
    circuit.told(fault=outcome.is_fault)
    return outcome
