"""Where the database itself stands: which copy of it may send, and which backups of it were made."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from outreach.models.base import Base, Key


class LiveCopy(Base):
    """That this database is the one that sends, as of the latest row: ``place`` is where it was then; ``None``: it is no longer.

    Append-only. A copy of the database takes these rows along, and is somewhere else.
    """

    __tablename__ = "live_copy"
    id: Mapped[Key]
    place: Mapped[str | None]
    reason: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class Backup(Base):
    """A backup of this database: when it was made, read through, tried out by a restore, and removed."""

    __tablename__ = "backup"
    id: Mapped[Key]
    file: Mapped[str]
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(index=True)
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    checked_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
