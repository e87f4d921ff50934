"""What happened: append-only events, objections, and messages received."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.words import EventKind
from outreach.models.base import PHONE, Base, Key, Number, SealedText, marked, one_of


class Event(Base):
    """A fact about a case, with who, when it happened, when it was recorded, and where it came from.

    No foreign keys: cases and contacts are never deleted, and each would be checked a row at a time.
    """

    __tablename__ = "event"
    __table_args__ = (
        one_of("kind", EventKind),
        Index("ix_event_case", "case_id", "occurred_at"),
        Index("ix_event_recorded_at", "recorded_at", "id"),
        Index("ix_event_turning", "case_id", postgresql_where=text("kind IN ('corrected', 'parted', 'resumed')")),
        Index("ix_event_contact_id", "contact_id", postgresql_where=text("contact_id IS NOT NULL")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[Number]
    contact_id: Mapped[Number | None]
    kind: Mapped[str]
    code: Mapped[str | None]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    actor: Mapped[str]
    source: Mapped[str]
    data: Mapped[dict[str, Any]]


class Objection(Base):
    """A person's opposition: stops every channel, campaign and site; the hashed mark survives erasure."""

    __tablename__ = "objection"
    __table_args__ = (Index("ix_objection_mark", "mark"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    mark: Mapped[str]
    source: Mapped[str]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    """When the person took it back; only one made by an SMS can be, by an SMS."""


class InboundMessage(Base):
    """A message received from a provider; ``meaning`` is what it was understood as, by ``decided_by`` if a person did.

    One that is not handled waits in the mediators' inbox.
    """

    __tablename__ = "inbound_message"
    __table_args__ = (
        Index("ix_inbound_message_unread", "received_at", postgresql_where=text("handled_at IS NULL")),
        marked("sender", empty="= ''"),
    )
    id: Mapped[Key]
    provider_ref: Mapped[str] = mapped_column(unique=True)
    sender: Mapped[str] = mapped_column(PHONE)
    sender_mark: Mapped[str | None]
    body: Mapped[str] = mapped_column(SealedText("inbound_message.body"))
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    meaning: Mapped[str | None]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    recipient: Mapped[str | None]
    provider: Mapped[str | None]
    decided_by: Mapped[str | None]
