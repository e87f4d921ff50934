"""Attempts at a provider: written before it is asked, completed after it answered; a whole batch at once, on any channel.

What an answer settles is settled only by a contact's latest attempt: a process that comes back late changes nothing of what
another has begun since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.channels.limits import give_back_quota, tell_breaker
from outreach.channels.outbox import Due
from outreach.core import clock
from outreach.core.holding import hold
from outreach.core.marks import mark_all
from outreach.core.provider import (
    AmbiguousSendError,
    ProviderCall,
    ProviderMessage,
    RefusedSendError,
    TryLaterError,
)
from outreach.core.sealing import seal_all
from outreach.core.words import Channel
from outreach.models.base import PHONE
from outreach.policy.call_course import UNHEARD

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

BEGIN = """
INSERT INTO attempt (contact_id, number, provider, sender, address, address_mark, body_hash, segments, started_at)
SELECT n.contact, coalesce((SELECT max(a.number) FROM attempt a WHERE a.contact_id = n.contact), 0) + 1, :provider, :sender,
       n.address, n.mark, n.hash, n.segments, :now
FROM unnest(CAST(:contacts AS bigint[]), CAST(:addresses AS text[]), CAST(:marks AS text[]), CAST(:hashes AS text[]),
            CAST(:segments AS int[])) AS n (contact, address, mark, hash, segments)
RETURNING contact_id, id
"""
# A receipt may have come before our own answer: what it said stays. That a message failed is a receipt's to say.
FINISH = """
UPDATE attempt a SET provider_ref = coalesce(n.ref, a.provider_ref), result = n.result, error = coalesce(n.error, a.error),
  finished_at = :now, segments = coalesce(n.segments, a.segments), price = coalesce(a.price, n.price),
  price_unit = coalesce(a.price_unit, n.unit), status = coalesce(a.status, n.status)
FROM unnest(CAST(:attempts AS bigint[]), CAST(:refs AS text[]), CAST(:results AS text[]), CAST(:errors AS text[]),
            CAST(:segments AS int[]), CAST(:prices AS numeric[]), CAST(:units AS text[]), CAST(:statuses AS text[]))
  AS n (id, ref, result, error, segments, price, unit, status)
WHERE a.id = n.id
"""
# A provider that gives a message the number of another one has told nothing of this one.
TAKEN = """
SELECT a.id FROM unnest(CAST(:attempts AS bigint[]), CAST(:refs AS text[])) AS n (id, ref) JOIN attempt a ON a.id = n.id
     JOIN attempt o ON o.provider = a.provider AND o.provider_ref = n.ref AND o.id <> n.id
"""
# A sure answer also settles a contact whose lease ran out meanwhile. What a receipt said first keeps its word.
SETTLE = """
UPDATE contact k SET state = n.state, claimed_by = NULL, lease_until = NULL, due_at = coalesce(n.due, k.due_at),
  disposition = CASE WHEN k.disposition = 'undelivered' THEN k.disposition
                     WHEN n.disposition = 'played' AND a.suggestion = ANY(:unheard) THEN a.suggestion ELSE n.disposition END,
  done_at = CASE WHEN n.disposition IS NULL THEN NULL ELSE CAST(:now AS timestamptz) END
FROM unnest(CAST(:attempts AS bigint[]), CAST(:states AS text[]), CAST(:dispositions AS text[]), CAST(:dues AS timestamptz[]))
  AS n (attempt, state, disposition, due) JOIN attempt a ON a.id = n.attempt
WHERE k.id = a.contact_id AND k.state IN ('claimed', 'unknown')
  AND a.id = (SELECT max(b.id) FROM attempt b WHERE b.contact_id = k.id)
"""
# What was kept back was no attempt.
UNDO = "DELETE FROM attempt WHERE id = ANY(:attempts)"
NOT_SENT = {"later", "withheld"}
"""Certainly not sent: by the provider's wish, or by ours."""
Settled = Mapping[str, tuple[str, str | None]]
"""For an outcome's state the contact's state and disposition; a state that is missing leaves the contact in its hands."""


@dataclass(frozen=True)
class Attempt:
    """One claimed contact, what is said to them, and the number of its attempt."""

    id: int
    due: Due
    words: str


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt: ``sent``, ``failed``, ``unknown``; ``later`` or ``withheld`` when it certainly was not sent."""

    attempt: Attempt
    state: str
    answer: ProviderMessage | ProviderCall | None = None
    error: str | None = None

    @property
    def is_fault(self) -> bool:
        """Whether the provider failed, not the message."""
        return self.state in {"unknown", "later"}


def begin(
    session: Session, claimed: Sequence[Due], words: Sequence[str], *, provider: str, sender: str, parts: Sequence[int] = ()
) -> list[Attempt]:
    """Write an attempt for each claimed contact, before the provider is asked; ``parts``: how many each message takes."""
    if not claimed:
        return []
    sizes: list[int | None] = [*parts] or [None] * len(claimed)
    phones = [due.phone for due in claimed]
    values = {
        "provider": provider, "sender": sender, "now": clock.now(), "contacts": [due.id for due in claimed],
        "addresses": seal_all(phones, PHONE.place), "marks": mark_all(phones), "hashes": [sha256(said.encode()).hexdigest() for said in words],
        "segments": sizes,
    }  # fmt: skip
    numbers = {row.contact_id: row.id for row in session.execute(text(BEGIN), values)}
    return [Attempt(numbers[due.id], due, said) for due, said in zip(claimed, words, strict=True)]


def ask(attempt: Attempt, call: Callable[[], ProviderMessage | ProviderCall]) -> Outcome:
    """Ask the provider once."""
    try:
        return Outcome(attempt, "sent", call())
    except RefusedSendError as error:
        return Outcome(attempt, "failed", error=str(error))
    except TryLaterError as error:
        return Outcome(attempt, "later", error=str(error))
    except AmbiguousSendError as error:
        return Outcome(attempt, "unknown", error=str(error))


def finish(
    session: Session, loaded: Loaded, channel: Channel, outcomes: Sequence[Outcome], settled: Settled, *, later: datetime
) -> None:
    """Complete attempts and settle their contacts.

    An answer with the number of another message is none: its attempt is unknown, and looked up like any other. What was
    certainly not sent is planned again, with its part of the quota given back; what the provider put off not before ``later``.
    """
    outcomes = _with_numbers_of_their_own(session, outcomes)
    messages = [outcome.answer if isinstance(outcome.answer, ProviderMessage) else None for outcome in outcomes]
    values: dict[str, Any] = {
        "attempts": [outcome.attempt.id for outcome in outcomes], "results": [outcome.state for outcome in outcomes],
        "errors": [outcome.error for outcome in outcomes], "now": clock.now(), "unheard": list(UNHEARD),
        "refs": [outcome.answer.ref if outcome.answer else None for outcome in outcomes],
        "statuses": [outcome.answer.status if outcome.answer else None for outcome in outcomes],
        "segments": [message.segments if message else None for message in messages],
        "prices": [message.price if message else None for message in messages],
        "units": [message.price_unit if message else None for message in messages],
    }  # fmt: skip
    # A batch and the receipts of its first messages meet here.
    hold(session, "attempt", values["attempts"])
    hold(session, "contact", [outcome.attempt.due.id for outcome in outcomes])
    session.execute(text(FINISH), values)
    ends = {**settled, **dict.fromkeys(NOT_SENT, ("planned", None))}
    over = [outcome for outcome in outcomes if outcome.state in ends]
    told = {
        "attempts": [outcome.attempt.id for outcome in over], "states": [ends[outcome.state][0] for outcome in over],
        "dispositions": [ends[outcome.state][1] for outcome in over],
        "dues": [later if outcome.state == "later" else None for outcome in over],
    }  # fmt: skip
    session.execute(text(SETTLE), values | told)
    session.execute(text(UNDO), {"attempts": [outcome.attempt.id for outcome in outcomes if outcome.state == "withheld"]})
    unsent = sum(outcome.state in NOT_SENT for outcome in outcomes)
    give_back_quota(session, loaded.campaign.agreement_id, channel, unsent)


def _with_numbers_of_their_own(session: Session, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes; those whose number another message has are unknown."""
    refs = {outcome.attempt.id: outcome.answer.ref for outcome in outcomes if outcome.answer is not None}
    values = {"attempts": list(refs), "refs": list(refs.values())}
    taken = set(session.execute(text(TAKEN), values).scalars()) if refs else set()
    counts = Counter(refs.values())
    taken |= {attempt for attempt, ref in refs.items() if counts[ref] > 1}
    return [
        Outcome(outcome.attempt, "unknown", error="not its own") if outcome.attempt.id in taken else outcome
        for outcome in outcomes
    ]


def tell(session: Session, provider: str, outcomes: Sequence[Outcome]) -> None:
    """Tell the breaker what came of a batch."""
    wells = [not outcome.is_fault for outcome in outcomes if outcome.state != "withheld"]
    if wells:
        faults = next((place for place, well in enumerate(reversed(wells)) if well), len(wells))
        tell_breaker(session, provider, well=any(wells), faults=faults)
