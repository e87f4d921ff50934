"""What stays when people are forgotten.

Broad strokes of their cases, marks of those erased, runs, and what providers still hold.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.models.base import Base, Key, Number


class CaseRemainder(Base):
    """Who an anonymised case was about, in the broad strokes that reports count by, since nobody can look them up any more."""

    __tablename__ = "case_remainder"
    case_id: Mapped[Number] = mapped_column(primary_key=True)
    contactable: Mapped[bool]
    commune: Mapped[str]
    area: Mapped[str]
    language: Mapped[str]
    reading: Mapped[str]
    age: Mapped[str]
    size: Mapped[str]


class ErasureMark(Base):
    """The hashed mark of somebody who had their data erased (``policy.erasure``): a list's row that bears it is not taken in."""

    __tablename__ = "erasure_mark"
    mark: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    made_at: Mapped[datetime]


class RetentionRun(Base):
    """One run that anonymised what was due, or one person's erasure (``request_id``): what it counted. Append-only."""

    __tablename__ = "retention_run"
    id: Mapped[Key]
    ran_at: Mapped[datetime]
    actor: Mapped[str]
    due_on: Mapped[date]
    request_id: Mapped[Number | None]
    counts: Mapped[dict[str, Any]]


class ProviderErasure(Base):
    """A message or call of which the provider is asked to delete its record. ``gone_at``: when it said that it is gone."""

    __tablename__ = "provider_erasure"
    __table_args__ = (Index("ix_provider_erasure_open", "asked_at", postgresql_where=text("gone_at IS NULL")),)
    provider: Mapped[str] = mapped_column(primary_key=True)
    provider_ref: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str]
    asked_at: Mapped[datetime]
    tried_at: Mapped[datetime | None]
    gone_at: Mapped[datetime | None]
    fault: Mapped[str | None]
