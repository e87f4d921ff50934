"""messages.yaml: what is written and said, per channel and language, with checked placeholders."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from outreach.definitions.base import Definition
from outreach.definitions.scripts import Branching, only_onwards
from outreach.definitions.texts import Text


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
        """For each question its answers, and the place of the next one; ``None`` is the end.

        Of an answer ``say``, and ``then``: the place of the question it leads to.
        """
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
