"""What a person is told of a return file: how many rows came to what, what was recorded, and which rows go back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from outreach.models import ReturnFile

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded


class Why(StrEnum):
    """What one row of a return file came to. Every row is exactly one of these."""

    MATCHED = "matched"
    SILENT = "silent"
    """Known, with nothing in the columns that are read."""
    WITHOUT_CASE = "without_case"
    """A customer of our lists for whom the campaign opened no case."""
    UNKNOWN = "unknown"
    """A reference that no list of the campaign ever named: counted, given back, and not kept."""
    BAD = "bad"


@dataclass(frozen=True)
class GivenBack:
    """A row that goes back to the partner: its cells, and what is wrong. ``reason`` is French, ``faulty`` its columns."""

    number: int
    cells: tuple[str, ...]
    reason: str
    faulty: frozenset[int]


@dataclass(frozen=True)
class ReturnsResult:
    """What became of a return file. ``rows`` (by ``Why``) sum up to ``total``; blank rows and those set aside stand beside.

    ``recorded``: outcomes written, by kind and « yes » or « no »; ``repeated``: outcomes that held already. ``amount``: euros
    paid, of what was recorded. ``known``: the file was taken in before, nothing changed. ``file_id`` is ``None`` for a
    preview. ``missing``: outcomes that the file has no column for.
    """

    file_name: str
    return_code: str
    as_of: date
    dated: bool
    total: int
    rows: dict[str, int]
    recorded: dict[str, dict[str, int]]
    repeated: int = 0
    amount: Decimal = Decimal(0)
    blank: int = 0
    set_aside: int = 0
    known: bool = False
    file_id: int | None = None
    received_at: datetime | None = None
    received_by: str | None = None
    missing: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    given_back: tuple[GivenBack, ...] = field(default=(), repr=False)

    def counts(self) -> dict[str, Any]:
        """What is kept of it beside the outcomes themselves."""
        return {
            "rows": self.rows, "recorded": self.recorded, "repeated": self.repeated, "amount": str(self.amount),
            "blank": self.blank, "set_aside": self.set_aside, "missing": list(self.missing),
        }  # fmt: skip


def result_of(row: ReturnFile, *, known: bool = False) -> ReturnsResult:
    """The result as it was kept; the rows given back were not."""
    counts = row.counts
    return ReturnsResult(
        file_name=row.file_name, return_code=row.return_code, as_of=row.as_of, dated=row.dated, total=row.total,
        rows=counts["rows"], recorded=counts["recorded"], repeated=counts["repeated"], amount=Decimal(counts["amount"]),
        blank=counts["blank"], set_aside=counts["set_aside"], known=known, file_id=row.id, received_at=row.received_at,
        received_by=row.received_by, missing=tuple(counts["missing"]),
    )  # fmt: skip


def returns_of(session: Session, loaded: Loaded) -> Sequence[ReturnsResult]:
    """The return files of a campaign, the most recent first."""
    query = select(ReturnFile).where(ReturnFile.campaign_id == loaded.campaign.id).order_by(ReturnFile.id.desc())
    return [result_of(row) for row in session.scalars(query)]
