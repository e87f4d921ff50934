"""Seals what was not sealed yet, and what another key sealed, under the key in force.

That is after an upgrade, or when the key changes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from outreach.core import sealing

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.database import Database

BATCH = 5_000
GIVE_WAY = "SET LOCAL lock_timeout = '400ms'"
"""Shorter than the second after which the server ends one of two that wait for each other: it is always we who let go."""
HELD = "55P03"
"""What PostgreSQL answers then."""
LONGEST, PAUSE = 600.0, 0.5
"""Seconds that rows may be in somebody's hands, and between two tries."""
PENDING = """
SELECT {key} AS key, {column} AS kept FROM "{table}" WHERE {column} IS NOT NULL AND {filled} AND NOT {current}
  AND (CAST(:after AS {kind}) IS NULL OR {key} > CAST(:after AS {kind})) ORDER BY 1 LIMIT :most FOR UPDATE
"""
SET = """
UPDATE "{table}" t
SET {column} = CAST(n.kept AS {kind})
FROM unnest(CAST(:keys AS {key_kind}[]), CAST(:kept AS text[])) AS n (key, kept)
WHERE t.{key} = n.key
"""


@dataclass(frozen=True)
class Column:
    """One sealed column: its table with its key and the key's type, the place its values are bound to, whether it holds JSON."""

    table: str
    name: str
    key: str
    key_kind: str
    place: str
    is_json: bool

    @property
    def title(self) -> str:
        """``table.column``."""
        return f"{self.table}.{self.name}"


def reseal(database: Database, columns: Iterator[Column] | list[Column]) -> dict[str, int]:
    """Seal all columns under the key in force, in batches of one transaction each; returns how many values, by column.

    Work may go on meanwhile, and is given way to; a run that was cut off is finished by the next.
    """
    done = {}
    for column in columns:
        count, after = 0, cast("str | None", None)
        while True:
            changed, after = _patiently(database, column, after)
            count += changed
            if changed < BATCH:
                break
        done[column.title] = count
    return done


def pending(session: Session, column: Column) -> int:
    """How many values are not sealed by the key in force."""
    query = PENDING.format(**_parts(column)).partition("ORDER BY")[0]
    values = {"current": _current(), "after": None}
    return int(session.execute(text(f"SELECT count(*) FROM ({query}) p"), values).scalar_one())


def _patiently(database: Database, column: Column, after: str | None) -> tuple[int, str | None]:
    """``_batch``, again and again while others hold its rows, such as a match those of people."""
    until = time.monotonic() + LONGEST
    while True:
        try:
            with database.session() as session:
                session.execute(text(GIVE_WAY))
                return _batch(session, column, after)
        except OperationalError as error:
            if getattr(error.orig, "pgcode", None) != HELD or time.monotonic() > until:
                raise
        time.sleep(PAUSE)


def _batch(session: Session, column: Column, after: str | None) -> tuple[int, str | None]:
    """The next values that are not sealed by the key in force; how many they were, and the last one's key."""
    values: dict[str, Any] = {"current": _current(), "most": BATCH, "after": after}
    rows = session.execute(text(PENDING.format(**_parts(column))), values).all()
    again: Callable[[Any], str] = (_data if column.is_json else _words)(column.place)
    if rows:
        values = {"keys": [str(row.key) for row in rows], "kept": [again(row.kept) for row in rows]}
        kind = "jsonb" if column.is_json else "text"
        session.execute(
            text(SET.format(table=column.table, column=column.name, key=column.key, key_kind=column.key_kind, kind=kind)), values
        )
    return len(rows), str(rows[-1].key) if rows else None


def _words(place: str) -> Callable[[Any], str]:
    return lambda kept: sealing.seal(sealing.opened(kept, place), place) or ""


def _data(place: str) -> Callable[[Any], str]:
    return lambda kept: json.dumps(sealing.seal_data(sealing.opened_data(kept, place), place))


def _parts(column: Column) -> dict[str, str]:
    if column.is_json:
        filled = f"jsonb_typeof({column.name}) = 'object' AND {column.name} <> '{{}}'"
        current = f"coalesce({column.name} ->> '{sealing.INSIDE}', '') LIKE :current"
    else:
        filled, current = f"{column.name} <> ''", f"{column.name} LIKE :current"
    return {
        "table": column.table, "column": column.name, "key": column.key, "kind": column.key_kind, "filled": filled, "current": current,
    }  # fmt: skip


def _current() -> str:
    """What values of the key in force begin with, for LIKE."""
    return f"{sealing.SIGN}{sealing.ring().current}.%"
