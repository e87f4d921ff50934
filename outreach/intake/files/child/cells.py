"""Cells of any type as the text a person would type."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import pyarrow as pa

EXACT = 1e15
"""Up to here a float holds every whole number, and spreadsheets show fifteen digits."""
MIDNIGHT = " 00:00:00"
RETURN = "_x000D_"
"""How workbooks write a carriage return."""


def as_text(value: Any) -> str:  # noqa: PLR0911  (one return per type)
    """Dates in ISO, whole numbers without decimals, truth as a French spreadsheet says it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "VRAI" if value else "FAUX"
    if isinstance(value, float):
        if value.is_integer() and abs(value) < EXACT:
            return str(int(value))
        return f"{value:.15g}"
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds").removesuffix(MIDNIGHT)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return "" if value is None else str(value)


def as_column(values: Sequence[Any]) -> pa.StringArray:
    """A column of texts. Most hold nothing else, which Arrow sees faster than Python."""
    try:
        column = pa.array(values, pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        column = pa.array([as_text(value) for value in values], pa.string())
    data = column.buffers()[2]
    if data is not None and RETURN.encode() in memoryview(data).tobytes():
        column = pa.array([text.replace(RETURN, " ") for text in column.to_pylist()], pa.string())
    return column
