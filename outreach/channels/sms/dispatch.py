"""Sends due SMS: claimed, attempt written, provider called once, result written. Nothing is ever re-sent blindly."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import repeat
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.channels import outbox
from outreach.channels.outbox import Due
from outreach.channels.sms.text import isolate, normalise, segments
from outreach.core import clock, progress
from outreach.core.errors import ProviderError
from outreach.core.i18n import N_, _
from outreach.core.provider import AmbiguousSendError, ProviderMessage, RefusedSendError, SmsProvider, TryLaterError
from outreach.core.secrets import objection_pepper
from outreach.core.words import Channel

if TYPE_CHECKING:
    from outreach.core.database import Database
    from outreach.definitions.registry import Loaded

BATCH = 100
THREADS = 4


@dataclass(frozen=True)
class Sent:
    """One contact and what came of it: ``sent``, ``failed``, ``unknown`` or ``planned`` (try later)."""

    due: Due
    state: str
    message: ProviderMessage | None = None
    error: str | None = None


@dataclass
class SmsResult:
    """Contacts by resulting state."""

    states: Counter[str] = field(default_factory=Counter)


def dispatch_sms(database: Database, loaded: Loaded, provider: SmsProvider, *, worker: str) -> SmsResult:
    """Send every due SMS of a campaign. Raises ``ProviderError`` before sending invented people to a real provider."""
    result = SmsResult()
    pepper = objection_pepper(database)
    with progress.step(N_("SMS")) as advance:
        while outcomes := _send_batch(database, loaded, provider, worker, pepper):
            result.states.update(outcome.state for outcome in outcomes)
            advance(len(outcomes))
            if any(outcome.state == "planned" for outcome in outcomes):
                break  # the provider asked for patience: the next run goes on
    return result


def _send_batch(database: Database, loaded: Loaded, provider: SmsProvider, worker: str, pepper: str) -> list[Sent]:
    """Three transactions: claimed with the attempt written, sent outside any, results written."""
    with database.session() as session:
        claimed = outbox.claim(session, loaded, Channel.SMS, size=BATCH, worker=worker, pepper=pepper)
        _refuse_invented_people(claimed, provider)
        bodies = {due.id: render(due, loaded) for due in claimed}
        for due in claimed:
            session.execute(_BEGIN, _attempt(due, bodies[due.id], provider))
    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = list(pool.map(_send, repeat(provider), claimed, [bodies[due.id] for due in claimed]))
    with database.session() as session:
        for outcome in outcomes:
            values = _outcome(outcome)
            session.execute(_FINISH_ATTEMPT, values)
            session.execute(_FINISH_CONTACT, values)
    return outcomes


def render(due: Due, loaded: Loaded) -> str:
    """The text for one person, in the contact's language; numbers stay readable in right-to-left scripts."""
    folder = loaded.folder
    template = folder.messages.sms.get(due.language) or folder.messages.sms["fr"]
    words = outbox.words_for(due, partner=folder.agreement.partner.name, association=folder.agreement.association.name)
    for name in ("site_phone", "letter_code"):
        words[name] = isolate(words[name], due.language)
    return normalise(template.format(**words))


def _send(provider: SmsProvider, due: Due, body: str) -> Sent:
    try:
        return Sent(due, "sent", provider.send(due.mobile or "", body))
    except RefusedSendError as error:
        return Sent(due, "failed", error=str(error))
    except TryLaterError as error:
        return Sent(due, "planned", error=str(error))
    except AmbiguousSendError as error:
        return Sent(due, "unknown", error=str(error))


def _refuse_invented_people(claimed: list[Due], provider: SmsProvider) -> None:
    if not provider.is_loopback and any(due.simulated for due in claimed):
        raise ProviderError(
            _("ces personnes sont inventées : rien ne part vers un vrai opérateur"),
            mend=_("Employez un opérateur simulé, sur cette machine."),
        )


def _attempt(due: Due, body: str, provider: SmsProvider) -> dict[str, object]:
    return {
        "contact": due.id, "provider": provider.name, "address": due.mobile, "hash": sha256(body.encode()).hexdigest(),
        "segments": segments(body), "now": clock.now(),
    }  # fmt: skip


def _outcome(outcome: Sent) -> dict[str, object]:
    disposition = {"sent": "sent", "failed": "undelivered"}.get(outcome.state)
    return {
        "contact": outcome.due.id, "state": outcome.state, "ref": outcome.message.ref if outcome.message else None,
        "error": outcome.error, "disposition": disposition, "now": clock.now(), "done": clock.now() if disposition else None,
    }  # fmt: skip


_BEGIN = text(
    "INSERT INTO attempt (contact_id, number, provider, address, body_hash, segments, started_at)"
    " SELECT :contact, coalesce(max(number), 0) + 1, :provider, :address, :hash, :segments, :now FROM attempt"
    " WHERE contact_id = :contact"
)
_FINISH_ATTEMPT = text(
    "UPDATE attempt SET provider_ref = :ref, result = :state, error = :error, finished_at = :now"
    " WHERE contact_id = :contact AND finished_at IS NULL"
)
_FINISH_CONTACT = text(
    "UPDATE contact SET state = :state, disposition = :disposition, done_at = :done, claimed_by = NULL, lease_until = NULL"
    " WHERE id = :contact AND state = 'claimed'"
)
