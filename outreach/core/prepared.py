"""Statements whose plan PostgreSQL keeps: some of ours take it longer to plan than to carry out.

Only for statements that are asked often, with few values, and whose best plan does not depend on them. A connection keeps them as
long as it lives; a change of a table makes PostgreSQL plan anew by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import CursorResult, Executable, TextClause
    from sqlalchemy.orm import Session
    from sqlalchemy.types import TypeEngine

PLACE = re.compile(r"(?<![:\w\\]):(\w+)")
"""A value's place as SQLAlchemy's ``text`` reads it: ``:name``, and neither ``::type`` nor ``\\:name``."""


def kept(
    session: Session,
    statement: str,
    values: Mapping[str, Any],
    *,
    when: bool = True,
    types: Mapping[str, TypeEngine[Any]] | None = None,
) -> CursorResult[Any]:
    """Carry out a statement by the plan that its connection keeps for it. ``values`` may hold more than it asks for.

    ``types``: of columns that are to be opened. ``when``: whether it is asked about so few that one plan is good for all of
    them; else it is planned with its values.
    """
    if not when:
        return session.execute(_typed(text(statement), types), dict(values))  # type: ignore[return-value]
    name, prepare, execute, asked = _forms(statement)
    known = session.connection().info.setdefault("kept", set())
    if name not in known:
        session.connection().exec_driver_sql(prepare)
        known.add(name)
    return session.execute(_typed(execute, types), {place: values[place] for place in asked})  # type: ignore[return-value]


def array(values: Iterable[object]) -> str:
    """Many values as one, the way PostgreSQL writes an array: it reads hundreds of places as slowly as all else of a statement.

    For places that are cast to an array, or compared with ``ANY``.
    """
    return "{" + ",".join(["NULL" if value is None else _quoted(str(value)) for value in values]) + "}"


def _quoted(word: str) -> str:
    return word if word.isdecimal() else '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _typed(statement: TextClause, types: Mapping[str, TypeEngine[Any]] | None) -> Executable:
    return statement.columns(**types) if types else statement


@lru_cache(maxsize=256)
def _forms(statement: str) -> tuple[str, str, Any, tuple[str, ...]]:
    """The name of a statement, what prepares it, what carries it out, and the values it asks for, by their numbers."""
    asked = tuple(dict.fromkeys(PLACE.findall(statement)))
    name = f"kept_{sha256(statement.encode()).hexdigest()[:16]}"
    numbered = PLACE.sub(lambda place: f"${asked.index(place[1]) + 1}", statement).replace("\\:", ":")
    # The driver reads a single % as a place of its own.
    prepare = f"PREPARE {name} AS {numbered}".replace("%", "%%")
    places = f"({', '.join(f':{place}' for place in asked)})" if asked else ""
    return name, prepare, text(f"EXECUTE {name}{places}"), asked
