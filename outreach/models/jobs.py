"""Work that a page waits for: a list being looked at, a campaign being previewed or rehearsed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.words import JobState
from outreach.models.base import Base, one_of


class WebJob(Base):
    """One piece of work that somebody started on a page. ``next_path``: where its result is seen.

    ``step``, ``done``, ``total``: how far it is. ``lease_until``: until when the process that does it is believed to be there;
    after that another one does it again (every kind may be done twice). ``problem``: what to tell who started it.
    """

    __tablename__ = "web_job"
    __table_args__ = (
        one_of("state", JobState),
        Index("ix_web_job_open", "created_at", postgresql_where=text("state IN ('waiting', 'running')")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    language: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    state: Mapped[str]
    step: Mapped[str]
    done: Mapped[int]
    total: Mapped[int | None]
    next_path: Mapped[str]
    problem: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    tries: Mapped[int]
