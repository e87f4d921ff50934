"""The record of the house: who did what, and what was told to partners."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.models.base import Base, Key, one_of


class SummaryState(StrEnum):
    """How far a summary has come."""

    PRODUCED = "produced"
    RELEASED = "released"
    CORRECTED = "corrected"


class AuditEntry(Base):
    """One act of a person or of the engine. Holds references, never personal data."""

    __tablename__ = "audit_entry"
    id: Mapped[Key]
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    data: Mapped[dict[str, Any]]


class Summary(Base):
    """An outcome summary for a partner: aggregates only, versioned; a new content is a new version.

    Produced by the engine, reviewed and released by people; from then on it never changes. A correction is a new version that
    ``corrects`` a released one, with its ``reason``; once released, the other one is ``corrected``.
    """

    __tablename__ = "summary"
    __table_args__ = (
        UniqueConstraint("campaign_id", "period_start", "period_end", "version"),
        one_of("state", SummaryState),
        Index(
            "uq_summary_corrects", "corrects", unique=True, postgresql_where=text("corrects IS NOT NULL AND state <> 'produced'")
        ),
    )
    id: Mapped[Key]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"), index=True)
    period_start: Mapped[date]
    period_end: Mapped[date]
    version: Mapped[int]
    content_hash: Mapped[str]
    content: Mapped[dict[str, Any]]
    produced_at: Mapped[datetime]
    produced_by: Mapped[str | None]
    state: Mapped[str] = mapped_column(default=SummaryState.PRODUCED)
    reviewed_by: Mapped[str | None]
    released_by: Mapped[str | None]
    released_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    corrects: Mapped[int | None] = mapped_column(ForeignKey("summary.id"))
