"""Bulk work: whole tables in and out of PostgreSQL by COPY, never a row object per row."""

from __future__ import annotations

from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any

import pandas as pd
from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

CHUNK = 50_000
"""Rows turned to text at a time: bounds memory without a visible cost in time."""


def copy_in(session: Session, table: str, frame: pd.DataFrame, columns: Sequence[str] | None = None) -> int:
    """Load a frame into ``table`` (columns by name, missing values as NULL); returns the rows loaded.

    Arrays and JSON are given as PostgreSQL text. The load belongs to the session's transaction.
    """
    names = list(columns or frame.columns)
    target = f"COPY {table} ({', '.join(names)}) FROM STDIN WITH (FORMAT csv, NULL '\\N')"
    with _driver_cursor(session) as cursor:
        for start in range(0, len(frame), CHUNK):
            part = StringIO()
            frame[names].iloc[start : start + CHUNK].to_csv(part, index=False, header=False, na_rep="\\N")
            part.seek(0)
            cursor.copy_expert(target, part)
    return len(frame)


def copy_out(session: Session, query: str, parameters: Mapping[str, Any] | None = None, **reading: Any) -> pd.DataFrame:
    """The rows of ``query`` as a frame; ``parameters`` are bound as ``%(name)s``; ``reading`` goes to read_csv."""
    out = BytesIO()
    with _driver_cursor(session) as cursor:
        bound = cursor.mogrify(query, dict(parameters or {})).decode()
        cursor.copy_expert(f"COPY ({bound}) TO STDOUT WITH (FORMAT csv, HEADER, NULL '\\N')", out)
    out.seek(0)
    frame: pd.DataFrame = pd.read_csv(out, na_values=["\\N"], keep_default_na=False, **reading)
    return frame


def analyse(session: Session, *tables: str) -> None:
    """Refresh the planner's statistics after a bulk change (a function of the owner does it for the app role)."""
    for table in tables:
        session.execute(text("SELECT outreach_analyse(:table)"), {"table": table})


def _driver_cursor(session: Session) -> Any:
    return session.connection().connection.driver_connection.cursor()  # type: ignore[union-attr]
