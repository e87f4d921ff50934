"""The base of all tables: one naming convention, and the column types that recur."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Identity, MetaData, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

from outreach.core import sealing
from outreach.core.marks import mark

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Key = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
Number = Annotated[int, mapped_column(BigInteger)]
"""The number of a row elsewhere, where a wider constraint (or none) ties the two."""
Code = Annotated[str, mapped_column(Text, unique=True)]


class Base(DeclarativeBase):
    """Base of every table. All instants are aware; all texts are unbounded."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {str: Text, datetime: DateTime(timezone=True), dict[str, Any]: JSONB, list[str]: ARRAY(Text)}  # noqa: RUF012


def one_of(column: str, values: type) -> CheckConstraint:
    """A check that ``column`` holds a member of the string enumeration ``values``."""
    members = ", ".join(f"'{member.value}'" for member in values)  # type: ignore[attr-defined]
    return CheckConstraint(f"{column} IN ({members})", name=column)


class SealedText(TypeDecorator[str]):
    """Words about people, sealed at rest (``core.sealing``); ``place``: ``table.column``, or a kind.

    Plain SQL sees them sealed.
    """

    impl = Text
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        """Seal."""
        del dialect
        return sealing.seal(value, self.place)

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        """Open."""
        del dialect
        return sealing.opened(value, self.place)


class SealedData(TypeDecorator[Any]):
    """JSON about people, sealed likewise."""

    impl = JSONB
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        """Seal."""
        del dialect
        return sealing.seal_data(value, self.place)

    def process_result_value(self, value: Any, dialect: Any) -> Any:
        """Open."""
        del dialect
        return sealing.opened_data(value, self.place)


PHONE, EMAIL, REFERENCE = SealedText(sealing.PHONE), SealedText(sealing.EMAIL), SealedText(sealing.REFERENCE)
"""What SQL may copy from column to column, and finds by its mark beside it."""
WAYS = {"mobile": PHONE, "fixed": PHONE, "email": EMAIL}
"""The ways to reach somebody, as columns that plain SQL reads: ``text(query).columns(**WAYS)``."""


def mark_of(row: Base, column: str, value: str | None) -> str | None:
    """For ``validates``: whoever sets a way to reach somebody sets its mark."""
    setattr(row, f"{column}_mark", mark(value) if value else None)
    return value


def marked(column: str, *, empty: str = "IS NULL") -> CheckConstraint:
    """A check that a value never stands without its mark, nor a mark without its value."""
    return CheckConstraint(f"({column} {empty}) = ({column}_mark IS NULL)", name=f"{column}_mark")
