"""The coded results of an attempt, as one table: what each code means for the case and its next contact."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from outreach.core.i18n import language
from outreach.core.words import CaseStatus, Channel


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
    closes: CaseStatus | None = None
    """Ends the case, as this."""
    starts_silence: bool = False
    """A refusal: nobody contacts them for the days of the agreement (D. 223-9 of the Code de la consommation: sixty at least)."""
    blocks_channel: bool = False
    """This channel is of no use any more for the case."""
    blocks_phone: bool = False
    """Neither calls nor texts are: the phone is not theirs."""
    conversation: bool = False
    """Somebody was spoken to and nothing is agreed yet: the case rests before the next contact."""
    accepted: bool = False
    """They agree to be helped: to speak with us, now or at a time."""
    unseen: bool = False
    """The person cannot know of it: it is never credited with what came later."""
    retry_days: int | None = None
    """Try again no earlier than this many days later; ``None``: as the cadence says."""

    @property
    def label(self) -> str:
        """What it is called in the language spoken here."""
        return self.english if language() == "en" else self.french

    @property
    def final(self) -> bool:
        """Whether it ends the case."""
        return self.closes is not None


_CALL = frozenset({Channel.CALL})
_VISIT = frozenset({Channel.VISIT})
_BOTH = _CALL | _VISIT
_met = partial(Disposition, human=True, right_person=True)
_REFUSED, _WRONG = CaseStatus.REFUSED, CaseStatus.WRONG_DATA

TABLE: tuple[Disposition, ...] = (
    _met("mediated", "Médiation réalisée", "Mediation completed", frozenset(Channel), accepted=True),
    _met("talked", "On s'est parlé, rien de décidé", "Talked, nothing decided yet", _BOTH, conversation=True),
    _met("call_back", "Rappeler plus tard", "Call back later", _BOTH, accepted=True, retry_days=1),
    _met("refused", "Ne souhaite pas d'aide", "Declined", _BOTH, closes=_REFUSED, starts_silence=True),
    _met("no_need", "N'en a plus besoin", "No longer needs it", _BOTH, closes=_REFUSED, starts_silence=True),
    Disposition("third_party", "Quelqu'un d'autre a répondu", "Somebody else answered", _BOTH, human=True, retry_days=1),
    Disposition("no_answer", "Personne n'a répondu", "No answer", _CALL),
    Disposition("voicemail", "Message laissé sur le répondeur", "Voicemail left", _CALL),
    Disposition("busy", "Occupé", "Busy", _CALL, retry_days=1, unseen=True),
    Disposition(
        "wrong_number", "Ce n'est pas le bon numéro", "Wrong number", _CALL | {Channel.SMS}, human=True, blocks_channel=True,
        blocks_phone=True, unseen=True,
    ),
    Disposition("dead_number", "Numéro non attribué", "Number not in service", _CALL, blocks_channel=True, blocks_phone=True, unseen=True),
    _met("language_barrier", "Langue non parlée", "Language barrier", _BOTH),
    Disposition("deceased", "Personne décédée", "Deceased", _BOTH, human=True, closes=_WRONG, starts_silence=True),
    Disposition("not_home", "Personne à la porte, avis laissé", "Not home, notice left", _VISIT, Level.DOOR),
    Disposition("moved", "N'habite plus ici", "Moved away", _VISIT, Level.DOOR, human=True, blocks_channel=True, unseen=True),
    Disposition("no_such_door", "La porte n'existe pas", "No such door", _VISIT, Level.DOOR, blocks_channel=True, unseen=True),
    Disposition("unsafe", "Visite interrompue : danger", "Visit broken off: unsafe", _VISIT, Level.DOOR, blocks_channel=True),
    Disposition("no_access", "Immeuble fermé", "No access to the building", _VISIT, Level.BUILDING, unseen=True),
    Disposition("sticker", "Refus affiché sur la porte", "No-visit sticker", _VISIT, Level.DOOR, blocks_channel=True, unseen=True),
    Disposition("played", "Message parlé diffusé", "Recorded message played", frozenset()),
    Disposition("sent", "Envoyé", "Sent", frozenset({Channel.LETTER, Channel.SMS})),
    Disposition("undelivered", "Non distribué", "Undelivered", frozenset({Channel.SMS}), blocks_channel=True, unseen=True),
    Disposition("returned", "Courrier retourné", "Returned mail", frozenset({Channel.LETTER}), blocks_channel=True, unseen=True),
)  # fmt: skip

DISPOSITIONS: dict[str, Disposition] = {row.code: row for row in TABLE}
REFUSALS = [row.code for row in TABLE if row.starts_silence]
"""The codes that begin a silence."""
CLOSING = {row.code: row.closes for row in TABLE if row.closes is not None}
"""The codes that end a case, and as what."""
ACCEPTED = [row.code for row in TABLE if row.accepted]
"""The codes of people who agree to be helped."""
UNSEEN = [row.code for row in TABLE if row.unseen]
"""The codes of attempts of which the person cannot know."""
MET = [row.code for row in TABLE if row.human and row.right_person]
"""The codes of attempts in which the person, or somebody who speaks for them, was met."""
HUMAN = [row.code for row in TABLE if row.human]
"""The codes of calls and visits in which somebody answered."""
STICKERS = ["sticker", "unsafe"]
"""The codes of a refusal posted on the door, and of a visit broken off as unsafe: nobody knocks there any more, for whichever campaign."""
