"""Every column that is sealed at rest, as the models say."""

from __future__ import annotations

from sqlalchemy import Uuid

from outreach.core.resealing import Column
from outreach.models.base import Base, SealedData, SealedText


def sealed_columns() -> list[Column]:
    """All of them, in the order of the tables."""
    found = []
    for table in Base.metadata.sorted_tables:
        key = next(iter(table.primary_key.columns))
        for column in table.columns:
            if isinstance(column.type, SealedText | SealedData):
                kind = "uuid" if isinstance(key.type, Uuid) else "bigint"
                found.append(
                    Column(table.name, column.name, key.name, kind, column.type.place, isinstance(column.type, SealedData))
                )
    return found
