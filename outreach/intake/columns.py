"""Which column means what: what a person answered, what was decided before, header words, and what the cells look like."""

from __future__ import annotations

import re
from collections.abc import Mapping as Words
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from outreach.core.errors import ListRefusedError
from outreach.core.i18n import _
from outreach.definitions.campaign import ListDefinition
from outreach.definitions.fields import REPEATABLE, ListField, allowed
from outreach.intake import recognise
from outreach.intake.synonyms import synonyms
from outreach.intake.text import fold

LEFT_OUT = "-"
"""The answer that leaves a column out."""
_NUMERO = re.compile(r"n°|nº|\bnum\b\.?|\bno\b\.?")
_APART = re.compile(r"[^a-z0-9]+")


class Known(StrEnum):
    """How a column's meaning is known, the surest first.

    ``SAVED``: a person answered it for this campaign; ``PARTNER``: it was found out for this partner, in whichever campaign.
    """

    ANSWER = "answer"
    SAVED = "saved"
    CAMPAIGN = "campaign"
    PARTNER = "partner"
    WORDS = "words"
    CELLS = "cells"


class Why(StrEnum):
    """Why a column is not stored."""

    UNKNOWN = "unknown"
    NOT_ALLOWED = "not_allowed"
    TWICE = "twice"
    ANSWERED = "answered"


@dataclass(frozen=True)
class Column:
    """One column of a file. ``field`` is ``None`` for a column that is not stored at all, ``why`` says why.

    ``own``: the partner's own field that it is, declared by the agreement; it is stored without being one of ours.
    """

    position: int
    header: str
    field: ListField | None
    known: Known | None = None
    why: Why | None = None
    own: str | None = None

    @property
    def stored(self) -> bool:
        """Whether its cells are kept."""
        return self.field is not None or self.own is not None


@dataclass(frozen=True)
class Question:
    """A column that may be a field worth having: a person says which."""

    position: int
    header: str
    candidate: ListField


@dataclass(frozen=True)
class Mapping:
    """What each column of a file means, and what has to be asked."""

    columns: tuple[Column, ...]
    questions: tuple[Question, ...] = ()

    def positions(self, name: ListField) -> list[int]:
        """The columns of a field, from left to right."""
        return [column.position for column in self.columns if column.field is name]

    @property
    def stored(self) -> list[Column]:
        """The columns that are stored, in the file's order."""
        return [column for column in self.columns if column.stored]

    @property
    def left_out(self) -> list[str]:
        """Headers of the columns that are not stored."""
        return [column.header for column in self.columns if not column.stored and column.header]


class MappingNeededError(ListRefusedError):
    """A person has to say what some columns mean. ``questions`` are those columns."""

    def __init__(self, questions: Sequence[Question], place: str) -> None:
        told = ", ".join(f"« {question.header or question.position + 1} » ({question.candidate} ?)" for question in questions)
        first = questions[0]
        super().__init__(
            _("on ne sait pas bien ce que contiennent ces colonnes : {columns}").format(columns=told),
            place=place,
            mend=_("Répondez par --map « {header}={field} », ou « {header}={none} » pour ne pas la garder.").format(
                header=first.header or first.position + 1, field=first.candidate, none=LEFT_OUT
            ),
        )
        self.questions = tuple(questions)


@dataclass
class Recognition:
    """What is known before a file is opened: the campaign's words, the partner's earlier answers, and today's.

    ``saved``: of all campaigns of the partner; ``answered``: of this one, which alone go before its own words. ``own``: the partner's own fields by the headers that they may stand under.
    """

    lists: Sequence[ListDefinition]
    allowed_fields: list[ListField]
    saved: Words[str, ListField | None] = field(default_factory=dict)
    answers: Words[str, ListField | None] = field(default_factory=dict)
    own: Words[str, str] = field(default_factory=dict)
    answered: Words[str, ListField | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.of_partner = {header_key(word): code for word, code in self.own.items()}
        self.campaign = {
            header_key(word): name for part in reversed(self.lists) for name, words in part.columns.items() for word in words
        }

    def score(self, cells: Sequence[str]) -> int:
        """How many of these cells are known headers."""
        keys = {header_key(cell) for cell in cells if cell.strip()}
        return sum(
            key in self.campaign or key in self.of_partner or key in self.saved or key in self.answers or key in _words()
            for key in keys
        )

    def map(self, headers: Sequence[str], sample: Sequence[Sequence[str]], place: str) -> Mapping:
        """The meaning of every column. Raises ``ListRefusedError`` for data that no list may hold, or a field not allowed."""
        cells = [[row[position] for row in sample if position < len(row)] for position in range(len(headers))]
        refuse_forbidden(headers, cells, place)
        found = [self._one(position, header, cells[position], place) for position, header in enumerate(headers)]
        return self._settle(found, headers, cells)

    def _one(self, position: int, header: str, cells: list[str], place: str) -> Column | Question | None:
        """A column that is sure, one to ask about, or nothing known."""
        key = header_key(header)
        decided = self._decided_before(position, header, key, place)
        if decided is not None:
            return decided
        name = _words().get(key)
        if name is not None:
            contradicted = recognise.agreement(name, cells) is False
            return Question(position, header, name) if contradicted else Column(position, header, name, Known.WORDS)
        hinted = _hinted(key)
        if hinted is not None:
            sure = recognise.agreement(hinted, cells)
            return Column(position, header, hinted, Known.CELLS) if sure else Question(position, header, hinted)
        guessed = recognise.guess(cells)
        return Question(position, header, guessed) if guessed else None

    def _decided_before(self, position: int, header: str, key: str, place: str) -> Column | None:
        """A column whose meaning needs no look at usual words or at its cells, by whoever said it most surely."""
        for known, words in ((Known.ANSWER, self.answers), (Known.SAVED, self.answered)):
            for called in (key, f"#{position + 1}"):
                if called in words:
                    return self._decided(position, header, words[called], known, place)
        if key in self.campaign:
            return Column(position, header, self.campaign[key], Known.CAMPAIGN)
        if key in self.of_partner:
            return Column(position, header, None, Known.CAMPAIGN, own=self.of_partner[key])
        if key in self.saved:
            return self._decided(position, header, self.saved[key], Known.PARTNER, place)
        return None

    def _decided(self, position: int, header: str, name: ListField | None, known: Known, place: str) -> Column:
        if name is None:
            return Column(position, header, None, known, Why.ANSWERED)
        if known is Known.ANSWER and not allowed(name, self.allowed_fields):
            message = _("la convention ne permet pas la donnée « {field} »").format(field=name)
            raise ListRefusedError(
                message, place=place, mend=_("Laissez cette colonne de côté : « {header}=- ».").format(header=header)
            )
        return Column(position, header, name, known)

    def _settle(self, found: list[Column | Question | None], headers: Sequence[str], cells: list[list[str]]) -> Mapping:
        """One column a field (but for phones and complements), the surest first; questions only where a field is missing."""
        order = list(Known)
        sure = sorted(
            (c for c in found if isinstance(c, Column)), key=lambda c: (order.index(c.known or Known.CELLS), c.position)
        )
        taken: set[ListField | str] = set()
        columns: dict[int, Column] = {}
        for column in sure:
            columns[column.position] = self._kept(column, taken)
        questions = []
        for position, header in enumerate(headers):
            if position in columns:
                continue
            asked = found[position]
            columns[position] = Column(position, header, None, None, Why.UNKNOWN)
            if isinstance(asked, Question) and allowed(asked.candidate, self.allowed_fields):
                if asked.candidate not in taken or asked.candidate in REPEATABLE:
                    questions.append(asked)
            elif asked is None and ListField.REFERENCE not in taken and recognise.looks_like_references(cells[position]):
                questions.append(Question(position, header, ListField.REFERENCE))
        return Mapping(tuple(columns[position] for position in range(len(headers))), tuple(questions))

    def _kept(self, column: Column, taken: set[ListField | str]) -> Column:
        if column.own is not None and column.own in taken:
            return Column(column.position, column.header, None, column.known, Why.TWICE)
        if column.own is not None:
            taken.add(column.own)
        if column.field is None:
            return column
        if not allowed(column.field, self.allowed_fields):
            return Column(column.position, column.header, None, column.known, Why.NOT_ALLOWED)
        if column.field in taken and column.field not in REPEATABLE:
            return Column(column.position, column.header, None, column.known, Why.TWICE)
        taken.add(column.field)
        return column


def choose_list(lists: Sequence[ListDefinition], mapping: Mapping) -> ListDefinition:
    """The list definition that explains most columns of a file; a movement column marks a delta."""
    present = {column.field for column in mapping.stored if column.field}
    return max(lists, key=lambda part: len(present & set(part.columns)) - len(set(part.columns) - present) / 100)


def require(mapping: Mapping, definition: ListDefinition, place: str) -> None:
    """Raises ``MappingNeededError`` while there are questions, ``ListRefusedError`` when a required column is missing."""
    if mapping.questions:
        raise MappingNeededError(mapping.questions, place)
    present = {column.field for column in mapping.stored}
    missing = [name for name in definition.required if name not in present]
    if missing:
        expected = _(" ou ").join(definition.columns.get(missing[0], [str(missing[0])]))
        message = _("la colonne « {column} » manque").format(column=expected)
        mend = _("Ajoutez-la, ou dites laquelle c'est : --map « en-tête={field} ».").format(field=missing[0])
        raise ListRefusedError(message, place=place, mend=mend)


def header_key(header: str) -> str:
    """A header without accents, case, punctuation or spacing; « N° » is « numero »."""
    return _APART.sub(" ", _NUMERO.sub(" numero ", fold(header))).strip()


def read_answer(text: str) -> tuple[str, ListField | None]:
    """``Tél 2=mobile`` or ``Divers=-`` or ``#3=city``: the header's key and the field. Raises ``ListRefusedError``."""
    header, mark, name = text.rpartition("=")
    key = header.strip() if re.fullmatch(r"#\d+", header.strip()) else header_key(header)
    if mark and key and name.strip() == LEFT_OUT:
        return key, None
    if not mark or not key or name.strip() not in set(ListField):
        fields = ", ".join(ListField)
        raise ListRefusedError(
            _("cette réponse ne se comprend pas"),
            place=text,
            mend=_("Écrivez « en-tête=champ » ; champs : {fields}.").format(fields=fields),
        )
    return key, ListField(name.strip())


@lru_cache(maxsize=1)
def _words() -> dict[str, ListField]:
    return {header_key(word): name for name, words in synonyms().names.items() for word in words}


def _hinted(key: str) -> ListField | None:
    words = key.split()
    return next((name for name, hints in synonyms().hints.items() if any(hint in words for hint in hints)), None)


def refuse_forbidden(headers: Sequence[str], cells: list[list[str]], place: str) -> None:
    """Raises ``ListRefusedError`` for a column that no file of a partner may hold: social security numbers."""
    names = {header_key(word) for word in synonyms().forbidden}
    for header, column in zip(headers, cells, strict=True):
        filled = any(cell.strip() for cell in column)
        if filled and (header_key(header) in names or recognise.looks_like_nir(column)):
            raise ListRefusedError(
                _("la colonne « {column} » contient des numéros de sécurité sociale").format(column=header),
                place=place,
                mend=_("Aucune convention ne les permet (décret 2019-341) : demandez la liste sans cette colonne."),
            )
