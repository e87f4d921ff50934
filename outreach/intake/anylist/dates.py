"""Dates of a whole column, in any order: the values that can be read in one way only say how to read the others."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from outreach.core import clock
from outreach.intake.text import fold
from outreach.intake.values import EXCEL_ORIGIN

Order = str
ORDERS: dict[Order, Callable[[int, int, int], tuple[int, int, int]]] = {
    "ymd": lambda a, b, c: (a, b, c),
    "dmy": lambda a, b, c: (c, b, a),
    "mdy": lambda a, b, c: (c, a, b),
}
"""From three numbers as written to year, month, day."""
OLDEST_YEAR = 1850
"""Lists of any kind: people of old registers too."""
SERIALS = (10_000, 60_000)
"""Days that a spreadsheet counts from 1900: from 1927 on. Four digits are a year, which is no date."""
_TIME = re.compile(r"[T ]\d{1,2}:\d{2}.*$|T.*$")
_APART = re.compile(r"(\d{1,4})\s?[/.\-– ]\s?(\d{1,2})\s?[/.\-– ]\s?(\d{4}|\d{1,2})")
_COMPACT = re.compile(r"\d{8}|\d{6}")
_SERIAL = re.compile(r"(\d{5})(?:\.0+)?")
_DAY_NAMED = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er)?[ .\-/]*(?:of |de )?([a-z]{3,12})\.?[ ,.\-/]*(?:de )?(\d{4}|\d{2})")
_NAMED_DAY = re.compile(r"([a-z]{3,12})\.?[ \-]*(\d{1,2})(?:st|nd|rd|th)?[ ,.\-]+(\d{4})")
_MONTHS = (
    "jan", "fev feb", "mar", "avr apr", "mai may", "juin jun", "juil jul", "aou aug", "sep", "oct okt", "nov", "dec dez",
)  # fmt: skip
MONTHS = {start: number for number, starts in enumerate(_MONTHS, 1) for start in starts.split()}
LONGEST_START = 4


@dataclass(frozen=True)
class Dates:
    """The days of a column, null where none can be read; ``unread`` are positions of filled cells; ``order`` by form."""

    days: pa.Array
    unread: np.ndarray
    order: dict[str, Order]


@dataclass(frozen=True)
class _Readings:
    """What a text can mean, by order; ``form`` is the way it is written, whose order is settled for the whole column."""

    form: str
    by_order: dict[Order, date]


def read_dates(column: pa.ChunkedArray | pa.Array, usual: Order) -> Dates:
    """Read a column. ``usual`` is how the country writes days and months, where the column does not say.

    A value that only another order makes a date is read in that one: programs mix orders up day by day.
    """
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    coded = whole.dictionary_encode()
    codes = coded.indices.to_numpy(zero_copy_only=False)
    texts = coded.dictionary.to_pylist()
    counts = np.bincount(codes, minlength=len(texts)) if len(codes) else np.zeros(len(texts), int)
    readings = [_readings(text) for text in texts]
    order = _orders(readings, counts.tolist(), usual)
    days = [_day(reading, order) for reading in readings]
    bad = [at for at, (day, text) in enumerate(zip(days, texts, strict=True)) if day is None and text.strip()]
    return Dates(
        days=pa.array(days, pa.date32()).take(coded.indices),
        unread=np.flatnonzero(np.isin(codes, bad)) if bad else _nothing(),
        order=order,
    )


def read_one(text: str) -> date | None:
    """Any date that a text can mean."""
    return _day(_readings(text), {})


def _nothing() -> np.ndarray:
    return np.empty(0, np.int64)


def _orders(readings: list[_Readings], counts: list[int], usual: Order) -> dict[str, Order]:
    """For each form the order that most of its unmistakable cells are written in."""
    votes: dict[str, Counter[Order]] = defaultdict(Counter)
    for reading, count in zip(readings, counts, strict=True):
        if not reading.form:
            continue
        known = votes[reading.form]
        if len(reading.by_order) == 1:
            known[next(iter(reading.by_order))] += count
    return {
        form: max(known, key=lambda order: (known[order], order == usual)) if known else usual for form, known in votes.items()
    }


def _day(reading: _Readings, order: dict[str, Order]) -> date | None:
    chosen = reading.by_order.get(order.get(reading.form, ""))
    return chosen or next(iter(reading.by_order.values()), None)


def _readings(text: str) -> _Readings:
    kept = _TIME.sub("", text.strip()) if ":" in text or "T" in text else text.strip()
    if match := _APART.fullmatch(kept):
        first, second, third = match.groups()
        orders = ("ymd",) if len(first) > 2 else ("dmy", "mdy") if len(third) == 4 else ("dmy", "mdy", "ymd")  # noqa: PLR2004
        return _Readings("" if len(first) > 2 else f"apart {len(third)}", dict(_possible(orders, (first, second, third))))  # noqa: PLR2004
    if _COMPACT.fullmatch(kept):
        return _Readings(f"compact {len(kept)}", dict(_compact(kept)))
    if match := _SERIAL.fullmatch(kept):
        serial = int(match[1])
        found = EXCEL_ORIGIN + timedelta(days=serial) if SERIALS[0] <= serial <= SERIALS[1] else None
        return _Readings("", {"serial": found} if found and found <= clock.today() else {})
    named = _named(fold(kept))
    return _Readings("", {"named": named} if named else {})


def _compact(text: str) -> Iterator[tuple[Order, date]]:
    short = (text[:2], text[2:4], text[4:])
    yield from _possible(("ymd",), (text[:4], text[4:6], text[6:]) if len(text) == 8 else short)  # noqa: PLR2004
    yield from _possible(("dmy", "mdy"), short)


def _possible(orders: tuple[Order, ...], parts: tuple[str, str, str]) -> Iterator[tuple[Order, date]]:
    for order in orders:
        year, month, day = ORDERS[order](*map(int, parts))
        written = parts[0] if order == "ymd" else parts[2]
        found = _date(year, month, day, is_short=len(written) <= 2)  # noqa: PLR2004
        if found:
            yield order, found


def _named(text: str) -> date | None:
    """« 12 mars 1980 », ``12-Mar-80``, ``March 12, 1980``."""
    if match := _DAY_NAMED.fullmatch(text):
        day, name, year = match[1], match[2], match[3]
    elif match := _NAMED_DAY.fullmatch(text):
        day, name, year = match[2], match[1], match[3]
    else:
        return None
    month = MONTHS.get(name[:LONGEST_START]) or MONTHS.get(name[:3])
    return _date(int(year), month, int(day), is_short=len(year) == 2) if month else None  # noqa: PLR2004


def _date(year: int, month: int, day: int, *, is_short: bool) -> date | None:
    """The day if it exists and somebody on a list can be born on it; of two digits a year up to this one is of this century."""
    today = clock.today()
    if is_short:
        year += 2000 if year <= today.year % 100 else 1900
    if not OLDEST_YEAR <= year <= today.year:
        return None
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if found <= today else None
