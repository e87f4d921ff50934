"""What partners have read: every figure of every summary that was released, for good."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from outreach.models.base import Base, Key, Number


class ReleasedFigure(Base):
    """A figure of a released summary: its value, or null where it was withheld. Append-only.

    ``atoms``: what it counts, as a definition that can be counted again at any later day (dimension, value, months, outcome).
    """

    __tablename__ = "released_figure"
    __table_args__ = (
        UniqueConstraint("summary_id", "key"),
        Index("ix_released_figure_partner_id", "partner_id", "campaign_id", "key"),
    )
    id: Mapped[Key]
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    summary_id: Mapped[int] = mapped_column(ForeignKey("summary.id"))
    key: Mapped[str]
    atoms: Mapped[dict[str, Any]]
    value: Mapped[Number | None]
    released_at: Mapped[datetime]


class PartnerQuestion(Base):
    """What a partner asked about a figure of a released summary, and what the association answered."""

    __tablename__ = "partner_question"
    id: Mapped[Key]
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"), index=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    summary_id: Mapped[int] = mapped_column(ForeignKey("summary.id"))
    figure: Mapped[str]
    question: Mapped[str]
    asked_at: Mapped[datetime]
    asked_by: Mapped[str]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]
