"""How a query joins a large table: row by row through an index, or all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy.orm import Session

SMALL_SHARE = 0.2
"""Of the rows of a table: so many or fewer are better looked up one by one than by reading all there are."""
KNOWN = "SELECT reltuples FROM pg_class WHERE oid = CAST(:table AS regclass)"


def joined(table: str, alias: str, condition: str, *, few: bool, optional: bool = False) -> str:
    """A join in SQL. ``condition``: on columns of ``alias`` and of what stands before.

    ``few``: each row through the index, whatever statistics say: what a list of a thousand costs does not depend on how many
    people the register has. PostgreSQL by itself reads a whole register for a tenth of it, and takes five times as long.
    """
    kind = "LEFT JOIN" if optional else "JOIN"
    if few:
        return f"{kind} LATERAL (SELECT {alias}.* FROM {table} {alias} WHERE {condition} OFFSET 0) {alias} ON true"
    return f"{kind} {table} {alias} ON {condition}"


def all_joined(joins: Mapping[str, tuple[str, str, str]], *, few: bool, optional: Collection[str] = ()) -> dict[str, str]:
    """Joins by name, each given as table, alias and condition; ``optional``: those that may find nothing."""
    return {name: joined(*parts, few=few, optional=name in optional) for name, parts in joins.items()}


def are_few(session: Session, rows: int, table: str) -> bool:
    """Whether so many rows are few beside those of a table, as far as statistics know."""
    return rows < SMALL_SHARE * float(session.execute(text(KNOWN), {"table": table}).scalar_one())
