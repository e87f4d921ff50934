"""What reports count from: a line a case, the cells they sum up to, and which cases changed since. All of it derived."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from outreach.models.base import Base, Key, Number


class FigureDue(Base):
    """A case of which something changed since its figures were taken."""

    __tablename__ = "figure_due"
    case_id: Mapped[Number] = mapped_column(primary_key=True)


class CaseFigure(Base):
    """What counts of one case: who it is about in broad strokes, and when it came to what.

    ``ended_at`` and ``ended_as``: its earliest closing that is neither a mediation nor an objection. ``attempts``: a word for
    each contact made, ``month|channel|result``; ``answers``: one for each thing that its mediations say,
    ``month|subject|code|amount``, the first of its kind.
    """

    __tablename__ = "case_figure"
    __table_args__ = (Index("ix_case_figure_campaign_id", "campaign_id"),)
    case_id: Mapped[Number] = mapped_column(primary_key=True)
    campaign_id: Mapped[Number]
    site_id: Mapped[Number]
    segment: Mapped[str]
    wave: Mapped[int]
    run_id: Mapped[Number | None]
    building_id: Mapped[Number | None]
    commune: Mapped[str]
    area: Mapped[str]
    language: Mapped[str]
    reading: Mapped[str]
    age: Mapped[str]
    size: Mapped[str]
    contactable: Mapped[bool]
    opened_at: Mapped[datetime]
    solicited_at: Mapped[datetime | None]
    reached_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    mediated_at: Mapped[datetime | None]
    kind: Mapped[str | None]
    objected_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[str | None]
    attempts: Mapped[list[str]]
    answers: Mapped[list[str]]


class FigureCell(Base):
    """How many cases of a campaign have this value of a dimension and came to this, month by month.

    Months are their first days. ``cohort``: when first solicited; ``said``: when an attempt was made or a thing was said.
    ``amount``: minutes of mediations, euros of actions.
    """

    __tablename__ = "figure_cell"
    __table_args__ = (
        Index(
            "uq_figure_cell", "campaign_id", "dimension", "value", "cohort", "reached", "accepted", "contactable", "mediated", "kind",
            "objected", "ended", "ended_as", "said", unique=True, postgresql_nulls_not_distinct=True,
        ),
    )  # fmt: skip
    id: Mapped[Key]
    campaign_id: Mapped[Number]
    dimension: Mapped[str]
    value: Mapped[str]
    cohort: Mapped[date | None]
    reached: Mapped[bool | None]
    accepted: Mapped[bool | None]
    contactable: Mapped[bool | None]
    mediated: Mapped[date | None]
    kind: Mapped[str | None]
    objected: Mapped[date | None]
    ended: Mapped[date | None]
    ended_as: Mapped[str | None]
    said: Mapped[date | None]
    n: Mapped[Number]
    amount: Mapped[Decimal] = mapped_column(Numeric(14, 2))
