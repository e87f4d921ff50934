"""A rehearsal that really sends, to its guests alone: what it asks for first, and providers that know nobody else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.channels.limits import is_stopped, nothing_leaves
from outreach.channels.twilio.client import Account
from outreach.core.errors import PolicyError
from outreach.core.i18n import _
from outreach.core.live import require_live
from outreach.core.marks import mark
from outreach.core.provider import ProviderCall, ProviderMessage, RefusedSendError, SmsProvider, TryLaterError, VoiceProvider
from outreach.definitions.guests import Guest
from outreach.flows.pipeline import Lines, lines_of

if TYPE_CHECKING:
    from outreach.core.database import Database
    from outreach.definitions.loader import Folder

MOST_GUESTS = 10
"""People of the house who hear a campaign for real; more would be a campaign."""
OBJECTED = "SELECT count(*) FROM objection WHERE mark = :mark AND lifted_at IS NULL"


def guest_lines(database: Database, folder: Folder, guests: Sequence[Guest]) -> Lines:
    """The providers of the settings, for these guests alone.

    ``database``: the real one, of which the stop button and objections hold. Raises ``OutreachError`` when nothing may be sent to
    them: too many, none with a phone, one who objected, sending stopped, no provider.
    """
    phones = frozenset(guest.phone for guest in guests if guest.phone is not None)
    if len(guests) > MOST_GUESTS:
        message = _("une répétition qui envoie a au plus {most} invités").format(most=MOST_GUESTS)
        raise PolicyError(message, mend=_("Répétez sans envoyer, ou invitez moins de monde."))
    if not phones:
        raise PolicyError(_("aucun invité n'a de téléphone"), mend=_("Donnez-en un, ou répétez sans envoyer."))
    with database.session() as session:
        if is_stopped(session):
            raise PolicyError(_("les envois du réseau sont arrêtés"), mend=_("Répétez sans envoyer."))
        require_live(session)
        for guest in guests:
            marked = {"mark": mark(guest.phone)} if guest.phone else None
            if marked and session.execute(text(OBJECTED), marked).scalar_one():
                message = _("ce numéro a demandé à ne plus être contacté")
                raise PolicyError(message, place=guest.given_name, mend=_("Invitez quelqu'un d'autre."))
    # Without callbacks: they would be told to the real database, under the numbers of the other one.
    lines = lines_of(folder, replace(Account.from_settings(), public_url=None))
    if lines.sms is None and lines.voice is None:
        raise PolicyError(_("cette campagne n'envoie ni SMS ni message parlé"), mend=_("Répétez sans envoyer."))
    return Lines(
        SmsForGuests(lines.sms, phones, database) if lines.sms is not None else None,
        VoiceForGuests(lines.voice, phones, database) if lines.voice is not None else None,
    )


class _ForGuests:
    """Knows the guests by their phones, and asks the real database before each whether sending is stopped meanwhile."""

    def __init__(self, phones: frozenset[str], database: Database) -> None:
        self._phones, self._database = phones, database

    def _require(self, recipient: str) -> None:
        if recipient not in self._phones:
            message = "no guest"
            raise RefusedSendError(message)
        with self._database.session() as session:
            if nothing_leaves(session):
                message = "nothing leaves"
                raise TryLaterError(message)


class SmsForGuests(_ForGuests):
    """A provider of SMS that knows guests alone."""

    def __init__(self, behind: SmsProvider, phones: frozenset[str], database: Database) -> None:
        super().__init__(phones, database)
        self._behind, self.name, self.is_loopback = behind, behind.name, behind.is_loopback

    def send(self, recipient: str, body: str, *, sender: str, attempt: int) -> ProviderMessage:
        """Send one message to a guest."""
        self._require(recipient)
        return self._behind.send(recipient, body, sender=sender, attempt=attempt)

    def sent_to(self, recipient: str, since: datetime) -> Iterable[ProviderMessage]:
        """The messages to one guest."""
        return self._behind.sent_to(recipient, since) if recipient in self._phones else []

    def messages_since(self, since: datetime) -> Iterable[ProviderMessage]:
        """The messages of guests: those of the public are nothing to a rehearsal."""
        return [one for one in self._behind.messages_since(since) if {one.recipient, one.sender} & self._phones]


class VoiceForGuests(_ForGuests):
    """A provider of calls that knows guests alone."""

    def __init__(self, behind: VoiceProvider, phones: frozenset[str], database: Database) -> None:
        super().__init__(phones, database)
        self._behind, self.name, self.is_loopback, self.languages = behind, behind.name, behind.is_loopback, behind.languages

    def connect(self, mediator: str, person: str, *, caller: str, attempt: int) -> ProviderCall:
        """Ring a mediator, then a guest."""
        self._require(person)
        return self._behind.connect(mediator, person, caller=caller, attempt=attempt)

    def play(self, person: str, words: str, *, language: str, caller: str, attempt: int) -> ProviderCall:
        """Read a message to a guest."""
        self._require(person)
        return self._behind.play(person, words, language=language, caller=caller, attempt=attempt)
