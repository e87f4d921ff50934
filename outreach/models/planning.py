"""Around the plan: who is absent, what was promised to whom, and what each run of the planner changed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.words import AppointmentState, ChangeKind, Channel
from outreach.models.base import Base, Key, Number, SealedText, one_of


class Absence(Base):
    """Time in which a mediator does not work, whatever the pattern of their shifts says."""

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="order"),
        Index("ix_absence_mediator_id", "mediator_id", "ends_at"),
    )
    id: Mapped[Key]
    mediator_id: Mapped[int] = mapped_column(ForeignKey("mediator.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class Appointment(Base):
    """A call or visit promised for a time. ``mediator_id``: who promised it; from ``anyone_from`` on, anybody may keep it."""

    __tablename__ = "appointment"
    __table_args__ = (
        one_of("channel", Channel),
        one_of("state", AppointmentState),
        CheckConstraint("starts_at < ends_at", name="order"),
        Index("uq_appointment_open", "case_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_appointment_mediator_id", "mediator_id", postgresql_where=text("state = 'open'")),
    )
    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    channel: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    mediator_id: Mapped[int | None] = mapped_column(ForeignKey("mediator.id"))
    anyone_from: Mapped[datetime | None]
    state: Mapped[str]
    reason: Mapped[str | None]
    note: Mapped[str | None] = mapped_column(SealedText("appointment.note"))
    made_at: Mapped[datetime]
    made_by: Mapped[str]


class PlanRun(Base):
    """One run of the planner: why it ran, and its counts (planned by channel, waiting by reason, room, learnt rates)."""

    __tablename__ = "plan_run"
    __table_args__ = (Index("ix_plan_run_campaign_id", "campaign_id", "planned_at"),)
    id: Mapped[Key]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    planned_at: Mapped[datetime]
    actor: Mapped[str]
    cause: Mapped[str]
    counts: Mapped[dict[str, Any]]


class PlanChange(Base):
    """A contact that was planned and now is otherwise, or not at all; or an appointment that cannot be kept; and why."""

    __tablename__ = "plan_change"
    __table_args__ = (
        one_of("change", ChangeKind),
        Index("ix_plan_change_run_id", "run_id"),
        Index("ix_plan_change_case_id", "case_id"),
    )
    id: Mapped[Key]
    run_id: Mapped[Number]
    case_id: Mapped[Number]
    contact_id: Mapped[Number | None]
    change: Mapped[str]
    reason: Mapped[str]
    before_at: Mapped[datetime | None]
    after_at: Mapped[datetime | None]
    before_mediator: Mapped[str | None]
    after_mediator: Mapped[str | None]


class AnsweredHour(Base):
    """Calls of a day that is over by the hour where people live, and how many were answered.

    ``kind``: 1 for people with a mobile. Kept so that a plan need not count a year of calls; nothing here is about anybody.
    """

    __tablename__ = "answered_hour"
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[int] = mapped_column(primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True)
    calls: Mapped[int]
    answers: Mapped[int]
