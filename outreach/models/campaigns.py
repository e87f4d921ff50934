"""Agreements and campaigns; a launched campaign is frozen as a version under its content hash."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.words import CampaignState, Unit
from outreach.models.base import Base, Code, Key, Number, one_of


class Agreement(Base):
    """The convention with a partner; ``definition`` is the checked content of agreement.yaml."""

    __tablename__ = "agreement"
    id: Mapped[Key]
    code: Mapped[Code]
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"), index=True)
    association_id: Mapped[int] = mapped_column(ForeignKey("association.id"), index=True)
    """Who signed it; the campaigns under it are that association's."""
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    definition: Mapped[dict[str, Any]]
    content_hash: Mapped[str]


class Campaign(Base):
    """One targeted action under one agreement."""

    __tablename__ = "campaign"
    __table_args__ = (one_of("unit", Unit), one_of("state", CampaignState))
    id: Mapped[Key]
    code: Mapped[Code]
    name: Mapped[str]
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), index=True)
    unit: Mapped[str]
    state: Mapped[str]
    version_id: Mapped[int | None]
    """The frozen version in force (no foreign key: the two tables would need each other)."""
    draft: Mapped[dict[str, Any] | None]
    """The definition as loaded last: what a preview before the launch goes by."""


class CampaignVersion(Base):
    """A frozen definition: campaign, agreement and messages as they were at launch."""

    __tablename__ = "campaign_version"
    __table_args__ = (UniqueConstraint("campaign_id", "content_hash"), UniqueConstraint("campaign_id", "number"))
    id: Mapped[Key]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    number: Mapped[int]
    content_hash: Mapped[str]
    definition: Mapped[dict[str, Any]]
    launched_at: Mapped[datetime]
    launched_by: Mapped[str]


class Rehearsal(Base):
    """A campaign tried out on its guests: what it would send, to how many, at what cost, and what is missing.

    It stands for the definition and the lists of its two hashes, and for no others.
    """

    __tablename__ = "rehearsal"
    __table_args__ = (Index("ix_rehearsal_campaign_id", "campaign_id", "rehearsed_at"),)
    id: Mapped[Key]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    content_hash: Mapped[str]
    lists_hash: Mapped[str]
    contacts: Mapped[int]
    report: Mapped[dict[str, Any]]
    rehearsed_at: Mapped[datetime]
    rehearsed_by: Mapped[str]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[str | None]


class Seen(Base):
    """What was last looked at of a campaign, and when (``core.seen``). ``what``: lists, figures, sendings, the provider's list."""

    __tablename__ = "seen"
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True, autoincrement=False)
    what: Mapped[str] = mapped_column(primary_key=True)
    stamp: Mapped[str]
    seen_at: Mapped[datetime]


class CampaignSite(Base):
    """A site at which a campaign has had cases; a trigger writes it down as they open. No foreign keys, as cases have none."""

    __tablename__ = "campaign_site"
    campaign_id: Mapped[Number] = mapped_column(primary_key=True, autoincrement=False)
    site_id: Mapped[Number] = mapped_column(primary_key=True, autoincrement=False, index=True)
