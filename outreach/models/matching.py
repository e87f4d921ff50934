"""What matching did and why: each run, and the evidence of each link."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from outreach.models.base import Base, Key


class MatchRun(Base):
    """One run of matching over the register."""

    __tablename__ = "match_run"
    id: Mapped[Key]
    ran_at: Mapped[datetime]
    parameters: Mapped[str]
    figures: Mapped[dict[str, Any]]


class MatchLink(Base):
    """Two rows compared: how likely the same person or household, and what was decided."""

    __tablename__ = "match_link"
    id: Mapped[Key]
    run_id: Mapped[int] = mapped_column(ForeignKey("match_run.id"), index=True)
    left_row: Mapped[int] = mapped_column(ForeignKey("list_row.id"), index=True)
    right_row: Mapped[int] = mapped_column(ForeignKey("list_row.id"), index=True)
    p_same: Mapped[float]
    p_household: Mapped[float]
    decision: Mapped[str]
    evidence: Mapped[dict[str, Any]]
