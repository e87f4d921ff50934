"""Reads the rows of a return file: what each says of which reference, or why it cannot be used."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from outreach.core.i18n import N_
from outreach.core.words import OutcomeKind
from outreach.definitions.outcomes import Returns
from outreach.intake.files import Chunk, Source
from outreach.intake.returns.columns import ReturnColumns, word_reader
from outreach.intake.text import squeeze
from outreach.intake.values import clean_amount, clean_date

CHUNK = 10_000
REMEMBERED = 4_096
"""Distinct cells of a column whose reading is remembered: words and days recur by the thousand."""
_MASKED = re.compile(r"^'(?=[=@+\-])")
"""What our own files put in front of a cell, so that no spreadsheet takes it for a formula."""


@dataclass(frozen=True)
class Said:
    """What one row says: outcomes of one reference on one day. ``amount``: euros paid, where the file tells."""

    number: int
    reference: str
    observed_on: date
    outcomes: dict[OutcomeKind, bool]
    amount: Decimal | None


@dataclass(frozen=True)
class Fault:
    """Why a row is not used: a French sentence for each faulty column."""

    reasons: dict[int, str]


@dataclass
class Reading:
    """A whole file: its usable rows, the faults of the others by row number, and the cells of every row."""

    said: list[Said] = field(default_factory=list)
    faults: dict[int, Fault] = field(default_factory=dict)
    total: int = 0
    _chunks: list[Chunk] = field(default_factory=list)

    def cells(self, numbers: set[int]) -> Iterator[tuple[int, tuple[str, ...]]]:
        """The rows of these numbers as they stand in the file, in its order."""
        for chunk in self._chunks:
            for position, number in enumerate(chunk.numbers.tolist()):
                if number in numbers:
                    yield number, tuple(column[position].as_py() for column in chunk.cells)

    def keep(self, chunk: Chunk) -> None:
        """Remember the cells of a chunk, and count its rows."""
        self._chunks.append(chunk)
        self.total += len(chunk.numbers)


def read_rows(source: Source, columns: ReturnColumns, definition: Returns, as_of: date) -> Reading:
    """Read all rows. ``as_of``: the day of a row that has none of its own; no row may tell of a later one."""
    reader, reading = _Reader(columns, definition, as_of), Reading()
    for chunk in source.chunks(CHUNK):
        reading.keep(chunk)
        cells = [chunk.cells[position].to_pylist() for position in reader.positions]
        for number, *row in zip(chunk.numbers.tolist(), *cells, strict=True):
            found = reader.read(int(number), row)
            if isinstance(found, Said):
                reading.said.append(found)
            else:
                reading.faults[int(number)] = found
    _set_contradictions_aside(reading, columns)
    return reading


class _Reader:
    """Reads one row at a time."""

    def __init__(self, columns: ReturnColumns, definition: Returns, as_of: date) -> None:
        self.as_of = as_of
        self.columns = columns
        optional = [columns.observed_on, columns.amount]
        self.positions = sorted({columns.reference, *columns.outcomes.values(), *(at for at in optional if at is not None)})
        self._at = {position: index for index, position in enumerate(self.positions)}
        self._words = {kind: _remembered(word_reader(definition.outcomes[kind])) for kind in columns.outcomes}
        self._day = _remembered(lambda text: _past_day(text, as_of))

    def read(self, number: int, row: list[str]) -> Said | Fault:
        """What the row says, or every fault of it."""
        faults: dict[int, str] = {}
        reference = squeeze(_MASKED.sub("", row[self._at[self.columns.reference]]))
        if not reference:
            faults[self.columns.reference] = N_("la référence manque ; complétez-la")
        outcomes = {
            kind: value
            for kind, position in self.columns.outcomes.items()
            if (value := self._value(row, position, self._words[kind], faults)) is not None
        }
        day = self._value(row, self.columns.observed_on, self._day, faults)
        amount = self._value(row, self.columns.amount, _paid, faults)
        if faults:
            return Fault(faults)
        return Said(number, reference, day or self.as_of, outcomes, amount)

    def _value(self, row: list[str], position: int | None, clean: Callable[[str], Any], faults: dict[int, str]) -> Any:
        """A cell as ``clean`` reads it; ``None`` where there is nothing, or a fault that is noted."""
        cell = row[self._at[position]].strip() if position is not None else ""
        if not cell or position is None:
            return None
        try:
            return clean(cell)
        except ValueError as fault:
            faults[position] = str(fault)
            return None


def _remembered(clean: Callable[[str], Any]) -> Callable[[str], Any]:
    return lru_cache(REMEMBERED)(clean)


def _past_day(text: str, as_of: date) -> date:
    day = clean_date(text, pivot=as_of.year % 100)
    if day > as_of:
        raise ValueError(N_("ce jour est encore à venir ; vérifiez-le"))
    return day


def _paid(text: str) -> Decimal:
    amount = clean_amount(text)
    if amount < 0:
        raise ValueError(N_("montant réglé négatif ; vérifiez-le"))
    return amount


def _set_contradictions_aside(reading: Reading, columns: ReturnColumns) -> None:
    """Rows of one file that say two things about one reference and day all go back: nobody can tell which is right."""
    told: dict[tuple[str, date, OutcomeKind], set[bool]] = defaultdict(set)
    for row in reading.said:
        for kind, value in row.outcomes.items():
            told[row.reference, row.observed_on, kind].add(value)
    torn = {key for key, values in told.items() if len(values) > 1}
    if not torn:
        return
    kept = []
    reason = N_("ce fichier dit aussi le contraire du même jour ; gardez une seule ligne")
    for row in reading.said:
        faulty = {columns.outcomes[kind]: reason for kind in row.outcomes if (row.reference, row.observed_on, kind) in torn}
        if faulty:
            reading.faults[row.number] = Fault(faulty)
        else:
            kept.append(row)
    reading.said = kept
