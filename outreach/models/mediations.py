"""Completed mediations: the record, who took part, private notes, words for the partner, and which contact led to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.words import MediationKind, WordingKind
from outreach.models.base import Base, Key, SealedText, one_of


class Mediation(Base):
    """A completed mediation, as it was recorded. A correction is a row of its own that ``replaces`` this one.

    ``case_id`` is null for a neighbour met at the door whom no list names: they count apart. ``contact_id``: the contact in
    which it took place, if it did in one; what led to it is counted by ``policy.attribution``. ``superseded_at``: since when
    another row stands in its place, or it was taken back; null for what holds. ``anonymous``: people there whom nobody named.
    """

    __tablename__ = "mediation"
    __table_args__ = (
        one_of("kind", MediationKind),
        Index("ix_mediation_replaces", "replaces", postgresql_where=text("replaces IS NOT NULL")),
        Index("ix_mediation_campaign_id", "campaign_id", "occurred_at"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    kind: Mapped[str]
    medium: Mapped[str]
    place: Mapped[str | None]
    themes: Mapped[list[str]]
    language: Mapped[str]
    interpreter: Mapped[str | None]
    reads_french: Mapped[bool | None]
    minutes: Mapped[int]
    actions: Mapped[dict[str, Any]]
    barriers: Mapped[list[str]]
    obstacles: Mapped[list[str]]
    autonomy: Mapped[str | None]
    anonymous: Mapped[int]
    found_by: Mapped[str | None]
    """How the case was found when nobody of ours had called: letter code, phone, name."""
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    mediator_id: Mapped[int | None] = mapped_column(ForeignKey("mediator.id"), index=True)
    replaces: Mapped[UUID | None]
    superseded_at: Mapped[datetime | None]


class MediationPerson(Base):
    """Who took part in a mediation, when that is more, or another, than the person addressed."""

    __tablename__ = "mediation_person"
    mediation_id: Mapped[UUID] = mapped_column(ForeignKey("mediation.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)


class PrivateNote(Base):
    """What a mediator keeps for the colleagues. In a table of its own: what reports read cannot hold it."""

    __tablename__ = "private_note"
    id: Mapped[Key]
    mediation_id: Mapped[UUID] = mapped_column(ForeignKey("mediation.id"), index=True)
    body: Mapped[str] = mapped_column(SealedText("private_note.body"))
    written_at: Mapped[datetime]
    written_by: Mapped[str]


class Wording(Base):
    """A complaint or suggestion about the partner, as it was said; what a partner reads is the ``released`` wording alone.

    ``released`` is written by a person who made sure that nobody can be recognised; ``decided_at`` without it: not released.
    """

    __tablename__ = "wording"
    __table_args__ = (one_of("kind", WordingKind), Index("ix_wording_campaign_id", "campaign_id", "said_at"))
    id: Mapped[Key]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    mediation_id: Mapped[UUID] = mapped_column(ForeignKey("mediation.id"), index=True)
    kind: Mapped[str]
    said: Mapped[str] = mapped_column(SealedText("wording.said"))
    said_at: Mapped[datetime]
    released: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
