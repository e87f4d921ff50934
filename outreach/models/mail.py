"""Letters in print runs: what was sealed, letter by letter, and each time it was handed to the print house."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from outreach.models.base import Base, Key, SealedData


class MailBatch(Base):
    """A sealed print run: one PDF and its manifest. ``size``: of the body's type; ``design``: the hash of what set it."""

    __tablename__ = "mail_batch"
    __table_args__ = (UniqueConstraint("campaign_id", "day", "number"),)
    id: Mapped[Key]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    day: Mapped[date]
    number: Mapped[int]
    letters: Mapped[int]
    pages: Mapped[int]
    sha256: Mapped[str]
    file_name: Mapped[str]
    manifest: Mapped[dict[str, Any]]
    sealed_at: Mapped[datetime]
    size: Mapped[Decimal | None] = mapped_column(Numeric(4, 1))
    design: Mapped[str | None]


class MailLetter(Base):
    """One letter as it was sealed, every text filled in: its own PDF can be made again, byte for byte."""

    __tablename__ = "mail_letter"
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("mail_batch.id"), index=True)
    page: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(SealedData("mail_letter.content"))


class MailPrinting(Base):
    """One handing over of a run to the print house; from the second on, somebody said why."""

    __tablename__ = "mail_printing"
    __table_args__ = (UniqueConstraint("batch_id", "number"),)
    id: Mapped[Key]
    batch_id: Mapped[int] = mapped_column(ForeignKey("mail_batch.id"))
    number: Mapped[int]
    target: Mapped[str]
    reason: Mapped[str | None]
    delivered_at: Mapped[datetime]
    delivered_by: Mapped[str]
