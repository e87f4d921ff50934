"""The questions of a script and where their answers lead: always onwards, so that nobody is asked in circles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Self, TypeVar

from pydantic import Field, GetJsonSchemaHandler, SerializerFunctionWrapHandler, model_serializer, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from outreach.core.i18n import _
from outreach.definitions.agreement import Slug
from outreach.definitions.base import Definition, PlacedError


class Answer(Definition):
    """One answer that a mediator can tap, and what follows it: the next question, a later one, or the end of the script."""

    say: Annotated[str, Field(min_length=1)]
    go_to: Slug | None = None
    """The code of a later question; the next one without it."""
    end: bool = False

    @model_validator(mode="after")
    def _one_way_on(self) -> Self:
        if self.end and self.go_to is not None:
            raise ValueError(_("une réponse mène à une question (go_to) ou à la fin (end), pas aux deux"))
        return self


class Branching(Definition):
    """A question with its answers. ``ask``: what is said; ``code``: what earlier answers name it by."""

    code: Slug | None = None
    ask: str
    answers: list[Answer] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _plain_sentence(cls, data: Any) -> Any:
        return {"ask": data} if isinstance(data, str) else data

    @model_serializer(mode="wrap")
    def _as_written(self, handler: SerializerFunctionWrapHandler) -> Any:
        """A plain sentence stays one: definitions frozen before there were answers keep their hash."""
        return self.ask if self.code is None and not self.answers else handler(self)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Editors are told of both forms."""
        return {"anyOf": [{"type": "string"}, handler(schema)]}


Asked = TypeVar("Asked", bound=Branching)


def only_onwards(questions: Sequence[Asked]) -> Sequence[Asked]:
    """The questions, if every code stands once and every answer leads to a later question.

    Raises ``PlacedError`` that names the place of each mistake, and the codes that would do.
    """
    codes = [question.code for question in questions]
    found: list[tuple[tuple[str | int, ...], str]] = [
        ((at, "code"), _("code employé deux fois : {codes}").format(codes=code))
        for at, code in enumerate(codes)
        if code is not None and code in codes[:at]
    ]
    for at, question in enumerate(questions):
        later = [code for code in codes[at + 1 :] if code is not None]
        found += [
            ((at, "answers", place, "go_to"), _not_onwards(answer.go_to, codes, later))
            for place, answer in enumerate(question.answers)
            if answer.go_to is not None and answer.go_to not in later
        ]
    if found:
        raise PlacedError(found)
    return questions


def _not_onwards(code: str, codes: Sequence[str | None], later: Sequence[str]) -> str:
    head = (
        _("« {code} » n'est pas plus loin : on tournerait en rond")
        if code in codes
        else _("aucune question n'a le code « {code} »")
    )
    mend = _("plus loin il y a : {codes}").format(codes=", ".join(later)) if later else _("après celle-ci, écrivez « end: true »")
    return f"{head.format(code=code)} ; {mend}"
