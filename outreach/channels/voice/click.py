"""Click to call: the provider rings the mediator, then the person. What was said is the mediator's to record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.channels import outbox
from outreach.channels.attempts import Attempt, Settled, ask, begin, finish
from outreach.channels.senders import sender_for
from outreach.core import clock
from outreach.core.errors import OutreachError, PolicyError, ProviderError
from outreach.core.i18n import _
from outreach.core.live import require_live
from outreach.core.phones import e164
from outreach.core.words import Channel

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.database import Database
    from outreach.core.provider import VoiceProvider
    from outreach.definitions.registry import Loaded

NOT_MADE: Settled = {"failed": ("planned", None)}
"""What was not made is planned again; what was, or may have been, stays the mediator's until its result is recorded."""
DESK = """
SELECT coalesce(m.phone, s.phone) FROM mediator m JOIN site s ON s.id = m.site_id WHERE m.code = :mediator
"""


@dataclass(frozen=True)
class Rung:
    """A call that is under way: its attempt, and the provider's own reference."""

    contact: int
    attempt: int
    ref: str


@dataclass(frozen=True)
class _Line:
    """Whose phone rings first, for which attempt, and who the person sees."""

    attempt: Attempt
    desk: str
    caller: str


def call_person(database: Database, loaded: Loaded, contact: int, provider: VoiceProvider, *, mediator: str) -> Rung:
    """Ring ``mediator`` (code), then the person of a planned call; the rules of the public are asked again at this moment.

    The contact stays the mediator's until they record its result. Raises ``PolicyError`` when a rule forbids the call now,
    ``OutreachError`` when it cannot be made, and ``ProviderError`` when nobody was rung (or nobody knows).
    """
    with database.session() as session:
        require_live(session)
        line = _take_line(session, loaded, contact, provider, mediator)
    if line is None:
        # Raised outside the transaction, so that what the rule did to the contact is kept.
        raise PolicyError(_("cet appel n'est plus permis maintenant"), place=f"contact {contact}")
    attempt = line.attempt
    outcome = ask(attempt, lambda: provider.connect(line.desk, attempt.due.phone, caller=line.caller, attempt=attempt.id))
    with database.session() as session:
        finish(session, loaded, Channel.CALL, [outcome], NOT_MADE, later=clock.now())
    if outcome.answer is None:
        mend = _("Si votre téléphone ne sonne pas, composez le numéro vous-même.")
        raise ProviderError(_("l'opérateur n'a pas pris l'appel ({code})").format(code=outcome.error), mend=mend)
    return Rung(contact, attempt.id, outcome.answer.ref)


def _take_line(session: Session, loaded: Loaded, contact: int, provider: VoiceProvider, mediator: str) -> _Line | None:
    desk = session.execute(text(DESK), {"mediator": mediator}).scalar()
    if desk is None:
        raise OutreachError(_("ce médiateur n'existe pas"), place=mediator)
    number = e164(desk)
    if number is None:
        mend = _("Corrigez son téléphone, ou celui de son site, dans campaign.yaml.")
        raise OutreachError(_("le téléphone de ce médiateur ne se compose pas"), place=f"{mediator}: {desk}", mend=mend)
    sender = sender_for(session, loaded.folder, Channel.CALL, provider.name)
    due = outbox.take(session, loaded, contact, worker=mediator)
    if due is None:
        return None
    outbox.refuse_invented_people([due], is_loopback=provider.is_loopback)
    [attempt] = begin(session, [due], [""], provider=provider.name, sender=sender.value)
    return _Line(attempt, number, sender.value)
