"""What the segment rules decided, under which sealed order of contact: runs, decisions, designs."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Numeric, PrimaryKeyConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.words import Verdict
from outreach.models.base import Base, Key, Number, one_of


class SegmentRun(Base):
    """One run of a campaign's rules: what all its decisions have in common.

    ``rules``: the codes of the rules in the order of the bits of ``Decision.rules``; their texts and thresholds stand in
    the frozen version. ``facts``: what the rules looked at; no other fact was kept. ``today``: the day that rules mean by
    it. ``dated_rules``: the rules of law in force on that day, each with its source.
    """

    __tablename__ = "segment_run"
    id: Mapped[Key]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("campaign_version.id"))
    today: Mapped[date]
    decided_at: Mapped[datetime]
    actor: Mapped[str]
    rules: Mapped[list[str]]
    facts: Mapped[list[str]]
    dated_rules: Mapped[dict[str, Any]]
    units: Mapped[int]
    opened: Mapped[int]


class Decision(Base):
    """The verdict of a run about one household or person, with the result of every rule and the values it saw.

    ``unit_id`` is the household or the person, as the campaign says. No foreign keys: they would be checked a row at a
    time, and a decision outlives what it was about. A fact is null when it was unknown, or when no rule looked at it
    (``SegmentRun.facts`` tells which). ``extra``: the partner's own fields.
    """

    __tablename__ = "decision"
    __table_args__ = (one_of("verdict", Verdict), PrimaryKeyConstraint("unit_id", "run_id"))
    unit_id: Mapped[Number]
    run_id: Mapped[Number]
    person_id: Mapped[Number | None]
    household_id: Mapped[Number | None]
    site_id: Mapped[Number | None]
    verdict: Mapped[str]
    segment: Mapped[str | None]
    reason: Mapped[str | None]
    rules: Mapped[Number]
    amount_due: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    debt_since: Mapped[date | None]
    debt_age_days: Mapped[int | None]
    stage: Mapped[str | None]
    debt_stage: Mapped[str | None]
    days_to_cut: Mapped[int | None]
    energy_voucher: Mapped[bool | None]
    insee: Mapped[str | None]
    department: Mapped[str | None]
    priority_area: Mapped[bool | None]
    has_address: Mapped[bool | None]
    located: Mapped[bool | None]
    language: Mapped[str | None]
    reads_french: Mapped[bool | None]
    household_size: Mapped[int | None]
    age: Mapped[int | None]
    name_known: Mapped[bool | None]
    has_mobile: Mapped[bool | None]
    has_phone: Mapped[bool | None]
    on_list: Mapped[bool | None]
    objected: Mapped[bool | None]
    last_contact_on: Mapped[date | None]
    days_since_contact: Mapped[int | None]
    contacts_in_30_days: Mapped[int | None]
    last_outcome: Mapped[str | None]
    mediated_before: Mapped[bool | None]
    refused_before: Mapped[bool | None]
    in_open_campaign: Mapped[bool | None]
    extra: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class WaveDesign(Base):
    """The sealed order of contact of a campaign: drawn at its first launch, never changed (a trigger refuses it).

    ``commitment`` is the hash that was shown before the first contact; ``seed`` and ``salt`` prove it afterwards.
    """

    __tablename__ = "wave_design"
    id: Mapped[Key]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), unique=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("campaign_version.id"))
    version_hash: Mapped[str]
    seed: Mapped[str]
    salt: Mapped[str]
    waves: Mapped[int]
    urgent: Mapped[int]
    strata: Mapped[str]
    commitment: Mapped[str]
    sealed_at: Mapped[datetime]
    sealed_by: Mapped[str]


class CampaignPreview(Base):
    """What a campaign's rules made of its lists when somebody last looked (``flows.counting``).

    It says of which definition, and of which lists.
    """

    __tablename__ = "campaign_preview"
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    content_hash: Mapped[str]
    lists_hash: Mapped[str]
    counted_at: Mapped[datetime]
    data: Mapped[dict[str, Any]]
