"""What mediators' phones told, fact by fact, and the calls that they left aside."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.words import ClockMark, FactKind, FactStatus, Keep, SkipReason
from outreach.models.base import Base, Key, Number, SealedData, SealedText, one_of


class PhoneFact(Base):
    """One fact of a phone, under the id that the phone gave it, and what became of it. A row is the fact: it is taken once.

    ``parent``: the fact of a whole building that this one is a door of. ``payload``: what was said, kept only while a conflict
    waits for somebody; ``sha256`` of it stays. ``at_device``: when the phone says it happened; ``occurred_at``: what we believe,
    and ``clock`` why, if that is another time. ``answer``: what the phone is told. ``event_id``: the event that it became;
    ``against``: the one that it contradicts. No foreign keys on cases and contacts: they are never deleted.
    """

    __tablename__ = "phone_fact"
    __table_args__ = (
        one_of("kind", FactKind),
        one_of("status", FactStatus),
        one_of("clock", ClockMark),
        one_of("settled_as", Keep),
        Index("ix_phone_fact_case_id", "case_id"),
        Index("ix_phone_fact_open", "received_at", postgresql_where=text("status = 'conflict' AND settled_at IS NULL")),
        Index("ix_phone_fact_parent", "parent", postgresql_where=text("parent IS NOT NULL")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    mediator_id: Mapped[int] = mapped_column(ForeignKey("mediator.id"), index=True)
    recorded_by: Mapped[str]
    parent: Mapped[UUID | None]
    kind: Mapped[str]
    contact_id: Mapped[Number | None]
    case_id: Mapped[Number | None]
    seq: Mapped[Number]
    base_version: Mapped[int | None]
    at_device: Mapped[datetime]
    received_at: Mapped[datetime]
    occurred_at: Mapped[datetime]
    clock: Mapped[str | None]
    sha256: Mapped[str]
    payload: Mapped[dict[str, Any] | None] = mapped_column(SealedData("phone_fact.payload"))
    status: Mapped[str]
    answer: Mapped[dict[str, Any]]
    event_id: Mapped[UUID | None]
    against: Mapped[UUID | None]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]
    settled_as: Mapped[str | None]


class CallSkip(Base):
    """A call or visit that a mediator left aside, and why: the manager can see it. ``fact``: the phone's own id of it."""

    __tablename__ = "call_skip"
    __table_args__ = (one_of("reason", SkipReason), Index("ix_call_skip_contact_id", "contact_id", "mediator_id"))
    id: Mapped[Key]
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    case_id: Mapped[Number]
    mediator_id: Mapped[int] = mapped_column(ForeignKey("mediator.id"), index=True)
    reason: Mapped[str]
    words: Mapped[str | None] = mapped_column(SealedText("call_skip.words"))
    skipped_at: Mapped[datetime]
    fact: Mapped[UUID | None] = mapped_column(unique=True)
    taken_back_at: Mapped[datetime | None]
