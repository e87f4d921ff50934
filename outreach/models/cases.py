"""Cases: one household or person in one campaign."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.words import CaseStatus
from outreach.models.base import Base, Key, Number, one_of


class Case(Base):
    """One household or person in one campaign. ``person_id`` is who is addressed.

    ``status`` is derived from the events and stored for speed. An open case has a ``next_step`` at ``next_at``,
    or a ``wait_reason``; a closed one has a ``closed_reason``. ``run_id``: the run of the segment rules that opened it.

    ``letter_code`` is made of the number (``core.letter_codes``), which keeps codes apart and finds the case of one.
    No foreign keys: each would be checked a row at a time when hundreds of thousands of cases open at once.
    ``outreach.segments.faults`` looks for what they would forbid.
    """

    __tablename__ = "case"
    __table_args__ = (
        one_of("status", CaseStatus),
        Index(
            "uq_case_household",
            "household_id",
            "campaign_id",
            unique=True,
            postgresql_where=text("household_id IS NOT NULL AND unit = 'household'"),
        ),
        Index("uq_case_person", "campaign_id", "person_id", unique=True, postgresql_where=text("unit = 'person'")),
        Index("ix_case_open", "campaign_id", "next_at", postgresql_where=text("closed_at IS NULL")),
    )
    id: Mapped[Key]
    campaign_id: Mapped[Number] = mapped_column(index=True)
    version_id: Mapped[Number]
    run_id: Mapped[Number | None]
    unit: Mapped[str]
    household_id: Mapped[Number | None]
    person_id: Mapped[Number] = mapped_column(index=True)
    site_id: Mapped[Number]
    segment: Mapped[str]
    priority: Mapped[int]
    wave: Mapped[int]
    letter_code: Mapped[str]
    amount_due: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    status: Mapped[str]
    closed_reason: Mapped[str | None]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    next_step: Mapped[str | None]
    next_at: Mapped[datetime | None]
    wait_reason: Mapped[str | None]
    snoozed_until: Mapped[datetime | None]
    anonymised_at: Mapped[datetime | None]
    """Since when nobody can be found behind it; what counts of it is kept (``CaseRemainder``)."""
