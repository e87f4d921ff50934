"""The coded results of an attempt, as one table: what each code means for the case and its next contact."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from outreach.core.i18n import language
from outreach.core.words import Channel


class Level(StrEnum):
    """What the result is about."""

    PERSON = "person"
    DOOR = "door"
    BUILDING = "building"


@dataclass(frozen=True)
class Disposition:
    """One row of the table."""

    code: str
    french: str
    english: str
    channels: frozenset[Channel]
    level: Level = Level.PERSON
    human: bool = False
    """A human answered."""
    right_person: bool = False
    """The person, or someone of the household who speaks for it."""
    final: bool = False
    """Ends the case (refusal)."""
    blocks_channel: bool = False
    """This channel is of no use any more for the case."""
    blocks_phone: bool = False
    """Neither calls nor texts are: the phone is not theirs."""
    conversation: bool = False
    """Somebody was spoken to and nothing is agreed yet: the case rests before the next contact."""
    retry_days: int | None = None
    """Try again no earlier than this many days later; ``None``: as the cadence says."""

    @property
    def label(self) -> str:
        """What it is called in the language spoken here."""
        return self.english if language() == "en" else self.french


_CALL = frozenset({Channel.CALL})
_VISIT = frozenset({Channel.VISIT})
_BOTH = _CALL | _VISIT

TABLE: tuple[Disposition, ...] = (
    Disposition("mediated", "Médiation réalisée", "Mediation completed", frozenset(Channel), human=True, right_person=True),
    Disposition(
        "talked",
        "On s'est parlé, rien de décidé",
        "Talked, nothing decided yet",
        _BOTH,
        human=True,
        right_person=True,
        conversation=True,
    ),
    Disposition("call_back", "Rappeler plus tard", "Call back later", _BOTH, human=True, right_person=True, retry_days=1),
    Disposition("refused", "Ne souhaite pas d'aide", "Declined", _BOTH, human=True, right_person=True, final=True),
    Disposition("no_answer", "Personne n'a répondu", "No answer", _CALL),
    Disposition("voicemail", "Message laissé sur le répondeur", "Voicemail left", _CALL),
    Disposition("busy", "Occupé", "Busy", _CALL, retry_days=1),
    Disposition(
        "wrong_number",
        "Ce n'est pas le bon numéro",
        "Wrong number",
        _CALL | {Channel.SMS},
        human=True,
        blocks_channel=True,
        blocks_phone=True,
    ),
    Disposition("dead_number", "Numéro non attribué", "Number not in service", _CALL, blocks_channel=True, blocks_phone=True),
    Disposition("language_barrier", "Langue non parlée", "Language barrier", _BOTH, human=True, right_person=True),
    Disposition("not_home", "Personne à la porte, avis laissé", "Not home, notice left", _VISIT, Level.DOOR),
    Disposition("moved", "N'habite plus ici", "Moved away", _VISIT, Level.DOOR, human=True, blocks_channel=True),
    Disposition("no_access", "Immeuble fermé", "No access to the building", _VISIT, Level.BUILDING),
    Disposition("sticker", "Refus affiché sur la porte", "No-visit sticker", _VISIT, Level.DOOR, blocks_channel=True),
    Disposition("played", "Message parlé diffusé", "Recorded message played", frozenset()),
    Disposition("sent", "Envoyé", "Sent", frozenset({Channel.LETTER, Channel.SMS})),
    Disposition("undelivered", "Non distribué", "Undelivered", frozenset({Channel.SMS}), blocks_channel=True),
    Disposition("returned", "Courrier retourné", "Returned mail", frozenset({Channel.LETTER}), blocks_channel=True),
)

DISPOSITIONS: dict[str, Disposition] = {row.code: row for row in TABLE}
REFUSALS = [row.code for row in TABLE if row.final]
"""The codes that end a case and begin a silence."""
HUMAN = [row.code for row in TABLE if row.human]
"""The codes of calls and visits in which somebody answered."""
STICKERS = ["sticker"]
"""The codes of a refusal posted on the door: nobody knocks there any more."""
