"""What matching did and why: each run with its model, the evidence of each link, and what people decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.words import PairVerdict, RunKind
from outreach.models.base import Base, Code, Key, Number, one_of


class MatchRun(Base):
    """One run of matching over the register.

    ``stamp``: the mark that the remembered register bears which this run left behind. ``fitted``: the parameters as they were
    adapted to the register, and the thresholds; null in a run that only added to the last full one.
    """

    __tablename__ = "match_run"
    __table_args__ = (one_of("kind", RunKind),)
    id: Mapped[Key]
    ran_at: Mapped[datetime]
    kind: Mapped[str]
    parameters: Mapped[str]
    figures: Mapped[dict[str, Any]]
    stamp: Mapped[str | None]
    fitted: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class MatchLink(Base):
    """Two rows compared: how likely the same person or household, what agreed (``pattern``), and what was decided.

    Without foreign keys: a million links are written at once, and a row that goes takes its links with it (undo).
    """

    __tablename__ = "match_link"
    id: Mapped[Key]
    run_id: Mapped[Number]
    left_row: Mapped[int] = mapped_column(BigInteger, index=True)
    right_row: Mapped[int] = mapped_column(BigInteger, index=True)
    p_same: Mapped[float]
    p_household: Mapped[float]
    decision: Mapped[str]
    pattern: Mapped[int]


class MatchDecision(Base):
    """What a person decided about two rows: it binds every later run, also when the rows come again.

    ``*_partner``, ``*_key`` and ``*_who`` say which customer of which partner a row spoke of, under which name: a row that says
    the same is bound by the decision. ``applied_run``: the run that first took account of it, or of its withdrawal.
    """

    __tablename__ = "match_decision"
    __table_args__ = (
        one_of("verdict", PairVerdict),
        Index("ix_match_decision_left_row", "left_row"),
        Index("ix_match_decision_right_row", "right_row"),
    )
    id: Mapped[Key]
    verdict: Mapped[str]
    left_row: Mapped[Number]
    right_row: Mapped[Number]
    left_partner: Mapped[Number]
    left_key: Mapped[str]
    left_who: Mapped[str]
    right_partner: Mapped[Number]
    right_key: Mapped[str]
    right_who: Mapped[str]
    p_same: Mapped[float | None]
    author: Mapped[str]
    decided_at: Mapped[datetime]
    note: Mapped[str | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]
    applied_run: Mapped[Number | None]


class MatchParameters(Base):
    """Parameters learnt from the network's own rows; the last adopted ones are in force, the shipped ones before any."""

    __tablename__ = "match_parameters"
    id: Mapped[Key]
    version: Mapped[Code]
    content: Mapped[dict[str, Any]]
    learnt_from: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    adopted_at: Mapped[datetime | None]
