"""Decisions of the segment rules, and the cases that follow from them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.words import CaseStatus, Verdict
from outreach.models.base import Base, Key, one_of


class Decision(Base):
    """The verdict of a campaign about one household or person, with every rule and value it saw."""

    __tablename__ = "decision"
    __table_args__ = (
        one_of("verdict", Verdict),
        UniqueConstraint("version_id", "household_id", "person_id", postgresql_nulls_not_distinct=True),
    )
    id: Mapped[Key]
    version_id: Mapped[int] = mapped_column(ForeignKey("campaign_version.id"))
    household_id: Mapped[int | None] = mapped_column(ForeignKey("household.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    verdict: Mapped[str]
    segment: Mapped[str | None]
    reason: Mapped[str | None]
    trace: Mapped[dict[str, Any]]
    decided_at: Mapped[datetime]


class Case(Base):
    """One household or person in one campaign. ``person_id`` is who is addressed.

    ``status`` is derived from the events and stored for speed. An open case has a ``next_step`` at ``next_at``,
    or a ``wait_reason``; a closed one has a ``closed_reason``.
    """

    __tablename__ = "case"
    __table_args__ = (
        one_of("status", CaseStatus),
        Index(
            "uq_case_household",
            "campaign_id",
            "household_id",
            unique=True,
            postgresql_where=text("household_id IS NOT NULL AND unit = 'household'"),
        ),
        Index("uq_case_person", "campaign_id", "person_id", unique=True, postgresql_where=text("unit = 'person'")),
        Index("ix_case_open", "campaign_id", "next_at", postgresql_where=text("closed_at IS NULL")),
    )
    id: Mapped[Key]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("campaign_version.id"))
    unit: Mapped[str]
    household_id: Mapped[int | None] = mapped_column(ForeignKey("household.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    segment: Mapped[str]
    priority: Mapped[int]
    wave: Mapped[int]
    letter_code: Mapped[str] = mapped_column(unique=True)
    amount_due: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    status: Mapped[str]
    closed_reason: Mapped[str | None]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    next_step: Mapped[str | None]
    next_at: Mapped[datetime | None]
    wait_reason: Mapped[str | None]
    snoozed_until: Mapped[datetime | None]
