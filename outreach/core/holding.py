"""Rows held in one order by whoever changes several of them: who meets waits for the other, never each for the other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from sqlalchemy import text

from outreach.core.prepared import array

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def hold(session: Session, table: Literal["attempt", "contact"], ids: Iterable[int]) -> None:
    """Lock rows of a table in the order of their numbers, until the transaction ends. Attempts before contacts."""
    session.execute(text(f"SELECT FROM {table} WHERE id = ANY(:ids) ORDER BY id FOR UPDATE"), {"ids": array(ids)})
