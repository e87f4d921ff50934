"""Requests of persons about their data, and the documents of agreements."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.words import RequestKind, RequestState
from outreach.models.base import Base, Key, SealedText, one_of


class PersonRequest(Base):
    """What somebody asked about their data (RGPD, articles 15 to 21). ``due_on``: a month after it came (article 12).

    ``person_id`` is empty until it is known who of the register they are. ``note`` and ``answer`` are ours, without their data.
    """

    __tablename__ = "person_request"
    __table_args__ = (
        one_of("kind", RequestKind),
        one_of("state", RequestState),
        Index("ix_person_request_open", "due_on", postgresql_where=text("state = 'open'")),
    )
    id: Mapped[Key]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str]
    state: Mapped[str]
    received_on: Mapped[date]
    due_on: Mapped[date]
    through: Mapped[str]
    note: Mapped[str] = mapped_column(SealedText("person_request.note"))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    answer: Mapped[str | None] = mapped_column(SealedText("person_request.answer"))
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]


class AgreementDocument(Base):
    """A document of an agreement: the signed convention, an annex. Kept as it came; ``sha256`` is of its bytes."""

    __tablename__ = "agreement_document"
    id: Mapped[Key]
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), index=True)
    name: Mapped[str]
    sha256: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    added_at: Mapped[datetime]
    added_by: Mapped[str]
