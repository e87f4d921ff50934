"""What reports count from: a line a case, the sums of lines, and which cases changed since. All of it derived from events."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from outreach.models.base import Base, Key, Number

WAY = ("opened", "contactable", "cohort", "reached", "accepted", "mediated", "kind", "objected", "ended", "ended_as")
"""The columns that say which way a case went."""


class FigureDue(Base):
    """A case of which something changed since its figures were taken. ``since``: when the first of its new events was recorded.

    By default all of its months are to be counted anew; ``infinity``: no event is new, something else is known about its people.
    """

    __tablename__ = "figure_due"
    case_id: Mapped[Number] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(server_default="-infinity")


class FigureMonth(Base):
    """A month in which something was done or said that is to be counted anew: work, answers and credits."""

    __tablename__ = "figure_month"
    campaign_id: Mapped[Number] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)


class CaseFigure(Base):
    """What counts of one case: who it is about in broad strokes, and when it came to what.

    ``ended_at`` and ``ended_as``: its earliest closing that is neither a mediation nor an objection.
    """

    __tablename__ = "case_figure"
    case_id: Mapped[Number] = mapped_column(primary_key=True)
    campaign_id: Mapped[Number] = mapped_column(index=True)
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


class FigureWay(Base):
    """A way that cases went: in which months they were opened, first solicited (``cohort``), reached, mediated, closed.

    Months are their first days, of the clock of Paris. However many cases there are, they went few ways. ``id``: made of all
    the rest, so that nobody has to look it up.
    """

    __tablename__ = "figure_way"
    id: Mapped[Number] = mapped_column(primary_key=True)
    opened: Mapped[date]
    contactable: Mapped[bool]
    cohort: Mapped[date | None]
    reached: Mapped[date | None]
    accepted: Mapped[date | None]
    mediated: Mapped[date | None]
    kind: Mapped[str | None]
    objected: Mapped[date | None]
    ended: Mapped[date | None]
    ended_as: Mapped[str | None]


class FigureCell(Base):
    """How many cases of a campaign have this value of a dimension and went this way."""

    __tablename__ = "figure_cell"
    campaign_id: Mapped[Number] = mapped_column(primary_key=True)
    dimension: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    way_id: Mapped[Number] = mapped_column(primary_key=True)
    n: Mapped[Number]


class FigureAnswer(Base):
    """How many cases of which a mediation said this, by the months of the case and of the saying. ``amount``: in euros."""

    __tablename__ = "figure_answer"
    __table_args__ = (
        Index(
            "uq_figure_answer", "campaign_id", "subject", "code", "cohort", "mediated", "objected", "said", unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )  # fmt: skip
    id: Mapped[Key]
    campaign_id: Mapped[Number]
    subject: Mapped[str]
    code: Mapped[str]
    cohort: Mapped[date | None]
    mediated: Mapped[date | None]
    objected: Mapped[date | None]
    said: Mapped[date]
    n: Mapped[Number]
    amount: Mapped[Decimal] = mapped_column(Numeric(14, 2))


class FigureWork(Base):
    """What was done in a month: contacts by channel and result; mediations, whose result is ``mediation``, with their minutes."""

    __tablename__ = "figure_work"
    campaign_id: Mapped[Number] = mapped_column(primary_key=True)
    site_id: Mapped[Number] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    result: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[Number]
    minutes: Mapped[Number]


class FigureCredit(Base):
    """Channels in the credit of a month's mediations to which so many ``contacts`` led, by three rules that are never mixed.

    ``first``, ``last``: mediations whose first, or last, contact was on the channel. ``n``: contacts on the channel, each of
    which has by the shared rule one part in ``contacts``. Whole numbers, so that sums are exact.
    """

    __tablename__ = "figure_credit"
    campaign_id: Mapped[Number] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    contacts: Mapped[int] = mapped_column(primary_key=True)
    first: Mapped[Number]
    last: Mapped[Number]
    n: Mapped[Number]


class FigureCourse(Base):
    """How many cases whose clock began on a day came to what, how many days later; nothing yet: ``came`` is empty, ``days`` zero.

    ``clock``: ``contact`` runs from the day the case was opened to its first contact, ``mediation`` from there to the mediation.
    ``came``: what stopped the clock, be it what it waits for or another ending.
    """

    __tablename__ = "figure_course"
    campaign_id: Mapped[Number] = mapped_column(primary_key=True)
    clock: Mapped[str] = mapped_column(primary_key=True)
    begun: Mapped[date] = mapped_column(primary_key=True)
    came: Mapped[str] = mapped_column(primary_key=True)
    days: Mapped[int] = mapped_column(primary_key=True)
    n: Mapped[Number]


class FigureList(Base):
    """What a campaign's lists were worth until a day; ``stamp`` says of which lists and matchings, so that a change is seen."""

    __tablename__ = "figure_list"
    campaign_id: Mapped[Number] = mapped_column(primary_key=True)
    until: Mapped[date] = mapped_column(primary_key=True)
    stamp: Mapped[str]
    data: Mapped[dict[str, Any]]


class CampaignBoard(Base):
    """What a manager sees at a glance of a campaign, as it was counted last (``reporting.board``)."""

    __tablename__ = "campaign_board"
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    counted_at: Mapped[datetime]
    data: Mapped[dict[str, Any]]
