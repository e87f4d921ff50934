"""What the partner says became of its customers, and the one comparison of a campaign's waves. All of it append-only."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.words import OutcomeKind
from outreach.models.base import Base, Key, Number, one_of


class ReturnFile(Base):
    """One return file taken in. ``sha256`` is of its bytes: the same file again changes nothing.

    ``as_of``: the day up to which it tells. ``dated``: its rows have days of their own; otherwise all are of ``as_of``.
    ``counts``: how many rows came to what, and how many outcomes were recorded.
    """

    __tablename__ = "return_file"
    __table_args__ = (UniqueConstraint("campaign_id", "sha256"),)
    id: Mapped[Key]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"))
    return_code: Mapped[str]
    file_name: Mapped[str]
    sha256: Mapped[str]
    as_of: Mapped[date]
    dated: Mapped[bool]
    total: Mapped[int]
    counts: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]
    received_by: Mapped[str]


class PartnerOutcome(Base):
    """One thing that the partner says of one customer on one day. Of two words about the same, the one recorded last holds.

    ``case_id``: the case that went on when the file was taken in (``policy.outcomes`` follows it where it joined another since).
    No foreign key on it: each would be checked a row at a time, and cases are never deleted. ``reference``: its mark, which tells
    contracts apart. ``amount``: euros paid.
    """

    __tablename__ = "partner_outcome"
    __table_args__ = (
        one_of("kind", OutcomeKind),
        UniqueConstraint("file_id", "case_id", "reference", "kind", "observed_on"),
        Index("ix_partner_outcome_told", "campaign_id", "case_id", "kind", "reference", "observed_on"),
    )
    id: Mapped[Key]
    file_id: Mapped[int] = mapped_column(ForeignKey("return_file.id"))
    campaign_id: Mapped[Number]
    case_id: Mapped[Number]
    reference: Mapped[str]
    kind: Mapped[str]
    value: Mapped[bool]
    amount: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    observed_on: Mapped[date]
    recorded_at: Mapped[datetime]


class Comparison(Base):
    """The one comparison of a campaign's waves: computed once, never again (triggers refuse an earlier look and any change).

    ``version_id``: the version under which the order of contact was sealed. ``planned_for``: the day compared, which follows
    from that version. ``data``: the answer; of one that is inconclusive it holds no figure. ``hash``: of ``data``.
    """

    __tablename__ = "comparison"
    id: Mapped[Key]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), unique=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("campaign_version.id"))
    planned_for: Mapped[date]
    computed_at: Mapped[datetime]
    data: Mapped[dict[str, Any]]
    hash: Mapped[str]
