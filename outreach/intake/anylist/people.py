"""Reads any list of people, chunk by chunk, into the columns that are compared.

Nothing is refused row by row: what cannot be read is left out of the comparison, and counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from outreach.core import progress
from outreach.core.i18n import N_
from outreach.intake.anylist.countries import Country
from outreach.intake.anylist.dates import read_dates
from outreach.intake.anylist.forms import COMPARED, Forms
from outreach.intake.anylist.mapping import Asked
from outreach.intake.anylist.meanings import Used, recognised
from outreach.intake.files import Notice, Source, open_source

CHUNK = 25_000
FIRST = 10
BIRTH = "birth_date"


@dataclass
class Unread:
    """Filled cells of a field that could not be read: how many, and the first rows."""

    count: int = 0
    rows: list[int] = field(default_factory=list)

    def add(self, rows: np.ndarray) -> None:
        """Some more."""
        self.count += len(rows)
        self.rows += rows[: FIRST - len(self.rows)].tolist()


@dataclass(frozen=True)
class People:
    """A list as it is compared: a row of ``table`` for each row of the file, ``record_id`` being its number there.

    ``unread``: cells left out, by field. ``blank`` and ``set_aside`` (totals, repeated headers): rows that are none.
    ``dates``: how days were read where they could be read two ways. ``is_ascii``: no letter needs an encoding.
    """

    path: Path
    asked: Asked
    country: Country
    table: pa.Table
    used: tuple[Used, ...]
    headers: tuple[str, ...]
    unread: dict[str, Unread]
    blank: int
    set_aside: int
    dates: dict[str, str]
    delimiter: str | None
    is_ascii: bool
    notices: list[Notice]

    @property
    def fields(self) -> set[str]:
        """What is compared."""
        return {column.field for column in self.used if column.field}


def look_at(path: Path, asked: Asked, country: Country) -> tuple[Used, ...]:
    """What each column of a file is compared as. Raises ``ListRefusedError``."""
    with open_source(path, asked.score, asked.choices) as source:
        return _meanings(source, path, asked, country)


def read_people(path: Path, asked: Asked, country: Country) -> People:
    """Read a file. Raises ``ListRefusedError`` when it is no list, or when nothing in it tells people apart."""
    with open_source(path, asked.score, asked.choices) as source:
        used = _meanings(source, path, asked, country)
        return _Reading(path, asked, country, source, used).run()


def _meanings(source: Source, path: Path, asked: Asked, country: Country) -> tuple[Used, ...]:
    return recognised(source.headers, source.sample, asked.positions(source.headers), country, path.name)


class _Reading:
    """One file on its way into columns."""

    def __init__(self, path: Path, asked: Asked, country: Country, source: Source, used: Sequence[Used]) -> None:
        self.path, self.asked, self.country, self.source, self.used = path, asked, country, source, tuple(used)
        self.unread: dict[str, Unread] = defaultdict(Unread)
        self.is_ascii = all(header.isascii() for header in source.headers)
        self.births: list[pa.StringArray] = []
        self.parts: list[pa.Table] = []

    def run(self) -> People:
        forms = Forms(self.used, self.country, self._blame)
        with progress.step(N_("Lecture de la liste")) as advance:
            for chunk in self.source.chunks(CHUNK):
                self.is_ascii &= all(pc.all(pc.string_is_ascii(column)).as_py() is not False for column in chunk.cells)
                columns = forms.read(chunk.cells, chunk.numbers)
                self.births.append(columns.pop(BIRTH))
                self.parts.append(pa.table({"record_id": pa.array(chunk.numbers)} | columns))
                advance(len(chunk.numbers))
        table, dates = self._with_births()
        return People(
            path=self.path, asked=self.asked, country=self.country, table=table, used=self.used,
            headers=tuple(self.source.headers), unread=dict(self.unread), blank=self.source.blank,
            set_aside=len(self.source.set_aside), dates=dates, delimiter=self.source.delimiter, is_ascii=self.is_ascii,
            notices=self.source.notices,
        )  # fmt: skip

    def _with_births(self) -> tuple[pa.Table, dict[str, str]]:
        """Dates are read last: the whole column says in which order its days and months stand."""
        if not self.parts:
            kinds = {"record_id": pa.int64(), BIRTH: pa.date32()} | dict.fromkeys(COMPARED, pa.string())
            return pa.table({name: pa.array([], kind) for name, kind in kinds.items()}), {}
        table = pa.concat_tables(self.parts)
        read = read_dates(pa.chunked_array(self.births, pa.string()), self.asked.dates or self.country.date_order)
        if len(read.unread):
            self._blame(BIRTH, table.column("record_id").take(pa.array(read.unread)).to_numpy())
        used = {form: order for form, order in read.order.items() if form}
        return table.append_column(BIRTH, read.days), used

    def _blame(self, name: str, rows: np.ndarray) -> None:
        if len(rows):
            self.unread[name].add(rows)
