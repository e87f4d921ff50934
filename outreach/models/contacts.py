"""The plan and its execution: shifts, rounds, contacts, and each attempt at a provider."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.provider import Delivery
from outreach.core.words import Channel, ContactState, ShiftKind
from outreach.models.base import PHONE, Base, Key, marked, one_of


class Shift(Base):
    """A mediator's working time on one day: for calls, for visits, or at the desk.

    ``campaign_id``: the campaign whose hours opened it, and whose changes of hours it follows; none when it was written by hand.
    """

    __tablename__ = "shift"
    __table_args__ = (one_of("kind", ShiftKind), UniqueConstraint("mediator_id", "starts_at"))
    id: Mapped[Key]
    mediator_id: Mapped[int] = mapped_column(ForeignKey("mediator.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    kind: Mapped[str]
    day: Mapped[date] = mapped_column(index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"), index=True)


class Round(Base):
    """The ordered doors of one visit shift, as the solver left them. ``plan``: stops with times in seconds."""

    __tablename__ = "round"
    id: Mapped[Key]
    shift_id: Mapped[int] = mapped_column(ForeignKey("shift.id"), unique=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    seed: Mapped[int]
    iterations: Mapped[int]
    travel_seconds: Mapped[int]
    plan: Mapped[dict[str, Any]]


class Contact(Base):
    """One planned attempt of a case on one channel; the outbox is its rows in state planned or claimed."""

    __tablename__ = "contact"
    __table_args__ = (
        one_of("channel", Channel),
        one_of("state", ContactState),
        Index("uq_contact_key", "case_id", "step", "attempt", unique=True, postgresql_where=text("state <> 'cancelled'")),
        Index("ix_contact_due", "campaign_id", "channel", "due_at", "id", postgresql_where=text("state = 'planned'")),
        Index("ix_contact_done", "campaign_id", "done_at", postgresql_where=text("state IN ('sent', 'done', 'failed')")),
        Index("ix_contact_claimed", "campaign_id", "lease_until", postgresql_where=text("state = 'claimed'")),
        Index("uq_contact_live", "case_id", unique=True, postgresql_where=text("state IN ('planned', 'claimed', 'unknown')")),
        Index("ix_contact_provider", "state", postgresql_where=text("state IN ('sent', 'unknown')")),
        Index("ix_contact_shift_id", "shift_id", postgresql_where=text("shift_id IS NOT NULL")),
        Index("ix_contact_batch_id", "batch_id", postgresql_where=text("batch_id IS NOT NULL")),
        Index("ix_contact_deceased", "person_id", postgresql_where=text("disposition = 'deceased'")),
        Index("ix_contact_done_at", "done_at", postgresql_where=text("state IN ('sent', 'done', 'failed')")),
    )
    id: Mapped[Key]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    step: Mapped[str]
    attempt: Mapped[int]
    channel: Mapped[str]
    language: Mapped[str]
    state: Mapped[str]
    due_at: Mapped[datetime]
    useful_until: Mapped[datetime]
    shift_id: Mapped[int | None] = mapped_column(ForeignKey("shift.id"))
    position: Mapped[int | None]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("mail_batch.id"))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))
    claimed_by: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    disposition: Mapped[str | None]
    done_at: Mapped[datetime | None]
    reason: Mapped[str | None]


class Attempt(Base):
    """One call of a provider for one contact, written before the call and completed after it.

    ``address``: the phone it goes to, sealed; ``sender``: who it comes from; ``status``: the provider's last word, ``delivery``
    what it means; ``segments`` and ``price``: what is billed; ``suggestion``: the result that a call's course makes likely, for
    its mediator to confirm.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("contact_id", "number"),
        Index(
            "uq_attempt_provider_ref",
            "provider",
            "provider_ref",
            unique=True,
            postgresql_where=text("provider_ref IS NOT NULL"),
        ),
        Index("ix_attempt_started_at", "started_at"),
        # A reply belongs to the case of the last text that went to its phone.
        Index("ix_attempt_address_mark", "address_mark", "started_at"),
        marked("address", empty="= ''"),
        one_of("delivery", Delivery),
    )
    id: Mapped[Key]
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    number: Mapped[int]
    provider: Mapped[str]
    provider_ref: Mapped[str | None]
    address: Mapped[str] = mapped_column(PHONE)
    address_mark: Mapped[str | None]
    body_hash: Mapped[str]
    segments: Mapped[int | None]
    result: Mapped[str | None]
    error: Mapped[str | None]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    sender: Mapped[str | None]
    delivery: Mapped[str | None]
    status: Mapped[str | None]
    price: Mapped[Decimal | None] = mapped_column(Numeric(12, 5))
    price_unit: Mapped[str | None]
    suggestion: Mapped[str | None]
