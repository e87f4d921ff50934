"""messages.yaml: what is written and said, per channel and language, with checked placeholders."""

from __future__ import annotations

from functools import cached_property
from string import Formatter
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from outreach.core.i18n import _
from outreach.definitions.base import Definition
from outreach.definitions.scripts import Branching, only_onwards

PLACEHOLDERS = frozenset(
    {"salutation", "name", "partner", "association", "site", "site_address", "site_phone", "letter_code", "mediator"}
)
FORBIDDEN_WORDS = ("recouvrement de créances", "mise en demeure", "huissier", "convocation", "dernier avis")
"""Words of debt collection, which the public takes us for (Mazet, Odenore, étude 34)."""


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

    @cached_property
    def ways(self) -> list[tuple[list[dict[str, Any]], int | None]]:
        """For each question its answers, and the place of the one after it: ``say``, and ``then``, where the answer leads. Nothing: the end."""
        places = {question.code: at for at, question in enumerate(self.questions) if question.code}
        last = len(self.questions) - 1
        found = []
        for at, question in enumerate(self.questions):
            following = at + 1 if at < last else None
            answers: list[dict[str, Any]] = [
                {"say": answer.say, "then": None if answer.end else places[answer.go_to] if answer.go_to else following}
                for answer in question.answers
            ]
            found.append((answers, following))
        return found


class Messages(Definition):
    """The whole of messages.yaml. Keys of ``letters``, ``sms``, ``voice`` and ``scripts`` are ISO 639-1 codes, or ``fr-easy``."""

    letter: LetterText | None = None
    letters: dict[str, LetterText] = Field(default_factory=dict)
    """The letter in other languages, or in easy French, for whoever reads them."""
    sms: dict[str, Text] = Field(default_factory=dict)
    voice: dict[str, Text] = Field(default_factory=dict)
    """What a recorded message says."""
    scripts: dict[str, Script] = Field(default_factory=dict)
