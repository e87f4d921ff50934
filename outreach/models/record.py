"""The record of the house: who did what, and what was told to partners."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from outreach.models.base import Base, Key


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
    """An outcome summary for a partner: aggregates only, versioned; a new content is a new version."""

    __tablename__ = "summary"
    __table_args__ = (UniqueConstraint("campaign_id", "period_start", "period_end", "version"),)
    id: Mapped[Key]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"), index=True)
    period_start: Mapped[date]
    period_end: Mapped[date]
    version: Mapped[int]
    content_hash: Mapped[str]
    content: Mapped[dict[str, Any]]
    produced_at: Mapped[datetime]
