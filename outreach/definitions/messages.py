"""messages.yaml: what is written and said, per channel and language, with checked placeholders."""

from __future__ import annotations

from string import Formatter
from typing import Annotated

from pydantic import AfterValidator, Field

from outreach.core.i18n import _
from outreach.core.words import Channel
from outreach.definitions.agreement import Agreement
from outreach.definitions.base import Definition
from outreach.definitions.campaign import Campaign
from outreach.definitions.scripts import Branching, only_onwards

PLACEHOLDERS = frozenset(
    {"salutation", "name", "partner", "association", "site", "site_address", "site_phone", "letter_code", "mediator"}
)
FORBIDDEN_WORDS = ("recouvrement de créances", "mise en demeure", "huissier", "convocation", "dernier avis")
"""Words of debt collection, which the public takes us for (Mazet, Odenore, étude 34)."""
EASY_FRENCH = "fr-easy"


def _known_placeholders(text: str) -> str:
    try:
        names = {part[1] for part in Formatter().parse(text) if part[1] is not None}
    except ValueError as error:
        raise ValueError(_("accolade mal fermée ({reason})").format(reason=error)) from error
    unknown = names - PLACEHOLDERS
    if unknown:
        possible = ", ".join(sorted(PLACEHOLDERS))
        raise ValueError(
            _("champ inconnu {field} ; possibles : {possible}").format(field=f"{{{unknown.pop()}}}", possible=possible)
        )
    for word in FORBIDDEN_WORDS:
        if word in text.lower():
            message = _("« {word} » fait penser à une société de recouvrement ; dites-le autrement")
            raise ValueError(message.format(word=word))
    return text


Text = Annotated[str, AfterValidator(_known_placeholders)]


class LetterText(Definition):
    """The letter: in French, with one line in other languages that says whom to call."""

    subject: Text
    paragraphs: list[Text] = Field(min_length=1)
    call_back_lines: dict[str, Text] = Field(default_factory=dict)
    signature: Text


class Question(Branching):
    """One question of a script. Written as a plain sentence it has no answers: the next one follows."""

    ask: Text


class Script(Definition):
    """What a mediator says after the agreement's opening words.

    Answers lead to later questions only: however it is answered, a script comes to its end.
    """

    opening: Text
    questions: Annotated[list[Question], AfterValidator(only_onwards)] = Field(min_length=1)
    if_nobody: Text
    """What the notice left at the door, or the voice mail, says."""


class Messages(Definition):
    """The whole of messages.yaml. Keys of ``letters``, ``sms``, ``voice`` and ``scripts`` are ISO 639-1 codes, or ``fr-easy``."""

    letter: LetterText | None = None
    letters: dict[str, LetterText] = Field(default_factory=dict)
    """The letter in other languages, or in easy French, for whoever reads them."""
    sms: dict[str, Text] = Field(default_factory=dict)
    voice: dict[str, Text] = Field(default_factory=dict)
    """What a recorded message says."""
    scripts: dict[str, Script] = Field(default_factory=dict)


def missing_messages(campaign: Campaign, agreement: Agreement, messages: Messages) -> list[str]:
    """What the campaign's channels need and the messages lack, one sentence each."""
    problems = []
    channels = campaign.channels
    if Channel.LETTER in channels and messages.letter is None:
        problems.append(_("letter : la campagne envoie des courriers mais le texte manque"))
    if Channel.SMS in channels and "fr" not in messages.sms:
        problems.append(_("sms.fr : la campagne envoie des SMS mais le texte français manque"))
    if channels & {Channel.CALL, Channel.VISIT} and "fr" not in messages.scripts:
        problems.append(_("scripts.fr : la campagne appelle ou visite mais le script français manque"))
    if any(step.recorded for step in campaign.cadence):
        problems += _missing_of_recorded(campaign, agreement, messages)
    return [*problems, *_unfit_sms(agreement, messages), *_unfit_voice(messages)]


def _missing_of_recorded(campaign: Campaign, agreement: Agreement, messages: Messages) -> list[str]:
    problems = []
    if not agreement.automated_calls:
        problems.append(_("une étape est enregistrée (recorded) mais la convention n'autorise pas les appels automatiques"))
    if "fr" not in messages.voice:
        problems.append(_("voice.fr : la campagne fait entendre des messages mais le texte français manque"))
    if not campaign.capacity.recorded_per_day:
        problems.append(_("capacity.recorded_per_day : dites combien de messages enregistrés partent en un jour"))
    return problems


def _unfit_sms(agreement: Agreement, messages: Messages) -> list[str]:
    problems = []
    for language, text in messages.sms.items():
        if "STOP" not in text:
            message = _("sms.{language} : dites comment s'opposer (« STOP »), c'est une obligation (CNIL)")
            problems.append(message.format(language=language))
        if "{association}" not in text and agreement.association.name not in text:
            message = _("sms.{language} : nommez l'association, {field} : qui écrit doit être clair")
            problems.append(message.format(language=language, field="{association}"))
    return problems


def _unfit_voice(messages: Messages) -> list[str]:
    message = _("voice.{language} : dites qui appelle et où rappeler, {fields}")
    return [
        message.format(language=language, fields="{association}, {site_phone}")
        for language, text in messages.voice.items()
        if "{association}" not in text or "{site_phone}" not in text
    ]
