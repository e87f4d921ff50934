"""Sending under control: who messages come from, how many may leave in a day, who stopped them, what providers tell us."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.words import Channel, NoticeKind, SenderKind
from outreach.models.base import PHONE, Base, Key, SealedData, marked, one_of


class SenderIdentity(Base):
    """From which number or name an association writes or calls; without an association: the whole network.

    ``per_second``: how many messages it may send in a second (``None``: as fast as we can); ``free_at``: up to when its
    time is given away to messages already claimed.
    """

    __tablename__ = "sender_identity"
    __table_args__ = (
        one_of("channel", Channel),
        one_of("kind", SenderKind),
        Index(
            "uq_sender_identity_live",
            text("coalesce(association_id, 0)"),
            "channel",
            "provider",
            unique=True,
            postgresql_where=text("retired_at IS NULL"),
        ),
    )
    id: Mapped[Key]
    association_id: Mapped[int | None] = mapped_column(ForeignKey("association.id"), index=True)
    channel: Mapped[str]
    kind: Mapped[str]
    provider: Mapped[str]
    value: Mapped[str]
    per_second: Mapped[Decimal | None] = mapped_column(Numeric(8, 3))
    free_at: Mapped[datetime | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    retired_at: Mapped[datetime | None]


class QuotaUse(Base):
    """How much of an agreement's daily quota on a channel is used up, claims under way included."""

    __tablename__ = "quota_use"
    __table_args__ = (one_of("channel", Channel), CheckConstraint("used >= 0", name="used"))
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    used: Mapped[int]


class ProviderHealth(Base):
    """The circuit breaker of one provider: faults in a row, and until when nothing is handed to it."""

    __tablename__ = "provider_health"
    provider: Mapped[str] = mapped_column(primary_key=True)
    faults: Mapped[int]
    open_until: Mapped[datetime | None]
    changed_at: Mapped[datetime]


class SendingStop(Base):
    """The network's stop button: while one row is not lifted, nothing leaves on any channel."""

    __tablename__ = "sending_stop"
    __table_args__ = (Index("uq_sending_stop_live", text("(true)"), unique=True, postgresql_where=text("lifted_at IS NULL")),)
    id: Mapped[Key]
    reason: Mapped[str]
    stopped_at: Mapped[datetime]
    stopped_by: Mapped[str]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None]


class ProviderNotice(Base):
    """What a provider told us, as it came; read afterwards, as often as it was told.

    While a message of somebody is unread, nothing leaves for whoever has that phone.
    """

    __tablename__ = "provider_notice"
    __table_args__ = (
        one_of("kind", NoticeKind),
        Index("ix_provider_notice_unread", "id", postgresql_where=text("handled_at IS NULL")),
        marked("sender"),
        Index(
            "ix_provider_notice_unread_sender", "sender_mark", postgresql_where=text("handled_at IS NULL AND kind = 'message'")
        ),
    )
    id: Mapped[Key]
    provider: Mapped[str]
    kind: Mapped[str]
    provider_ref: Mapped[str]
    sender: Mapped[str | None] = mapped_column(PHONE)
    sender_mark: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(SealedData("provider_notice.data"))
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    fault: Mapped[str | None]
