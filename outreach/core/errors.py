"""The family of errors whose message is meant for a person: what, where, and how to mend it."""

from __future__ import annotations

from outreach.core.i18n import _


class OutreachError(Exception):
    """A fault a user can mend. The command line prints it as one sentence and ends with code 2.

    ``place`` names the file, line, column or object; ``mend`` says what to do. Sentences come translated by ``_``.
    """

    def __init__(self, message: str, *, place: str | None = None, mend: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.mend = mend

    def __str__(self) -> str:
        """One sentence: place, message, mend."""
        return f"{self.sentence.rstrip('.')}. {self.mend}" if self.mend else self.sentence

    @property
    def sentence(self) -> str:
        """What is wrong, and where, without what to do."""
        return _("{place} : {message}").format(place=self.place, message=self.message) if self.place else self.message


class DefinitionError(OutreachError):
    """A mistake in a campaign, agreement or message file."""


class ListRefusedError(OutreachError):
    """A partner's file that cannot be taken in at all (a bad row never raises: it is rejected and kept)."""


class PolicyError(OutreachError):
    """An action that a rule of the public, the law or the agreement forbids."""


class DatabaseError(OutreachError):
    """The database is missing, not migrated, or not reachable."""


class ProviderError(OutreachError):
    """A provider of messages could not be used at all (settings, not a single failed message)."""
