"""Target lists as received, and what became of each row."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.words import RowState
from outreach.models.base import Base, Key, one_of


class TargetList(Base):
    """One file received. ``sha256`` is of the bytes, ``content_hash`` of the rows whatever their order."""

    __tablename__ = "target_list"
    __table_args__ = (UniqueConstraint("campaign_id", "sha256"), UniqueConstraint("campaign_id", "content_hash"))
    id: Mapped[Key]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    list_code: Mapped[str]
    file_name: Mapped[str]
    sha256: Mapped[str]
    content_hash: Mapped[str]
    mode: Mapped[str]
    simulated: Mapped[bool]
    delivered_by: Mapped[str]
    imported_at: Mapped[datetime]
    total: Mapped[int]
    blank: Mapped[int]
    counts: Mapped[dict[str, Any]]
    columns_left_out: Mapped[list[str]]


class ListRow(Base):
    """One row of a list: the cleaned form beside the row as received (``raw``: mapped columns only).

    ``current``: the latest word of this partner about this customer, the record that matching works on.
    """

    __tablename__ = "list_row"
    __table_args__ = (
        one_of("state", RowState),
        UniqueConstraint("list_id", "row_number"),
        Index("ix_list_row_current_reference", "partner_id", "reference", postgresql_where=text("current")),
    )
    id: Mapped[Key]
    list_id: Mapped[int] = mapped_column(ForeignKey("target_list.id"))
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    row_number: Mapped[int]
    state: Mapped[str]
    current: Mapped[bool]
    duplicate_of: Mapped[int | None]
    row_hash: Mapped[str]
    raw: Mapped[dict[str, Any]]
    reference: Mapped[str | None]
    title: Mapped[str | None]
    given_name: Mapped[str | None]
    family_name: Mapped[str | None]
    birth_date: Mapped[date | None]
    mobile: Mapped[str | None]
    fixed: Mapped[str | None]
    email: Mapped[str | None]
    house_number: Mapped[str | None]
    repetition: Mapped[str | None]
    street: Mapped[str | None]
    building: Mapped[str | None]
    staircase: Mapped[str | None]
    floor: Mapped[str | None]
    door: Mapped[str | None]
    postal_code: Mapped[str | None]
    city: Mapped[str | None]
    address_key: Mapped[str | None]
    language: Mapped[str | None]
    reads_french: Mapped[bool | None]
    amount_due: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    debt_since: Mapped[date | None]
    stage: Mapped[str | None]
    energy_voucher: Mapped[bool | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)


class RowIssue(Base):
    """Why a cell was rejected, or set aside with a warning: row, column, value, reason in French."""

    __tablename__ = "row_issue"
    id: Mapped[Key]
    list_id: Mapped[int] = mapped_column(ForeignKey("target_list.id"), index=True)
    row_number: Mapped[int]
    column_name: Mapped[str]
    value: Mapped[str | None]
    code: Mapped[str]
    reason: Mapped[str]
    rejects: Mapped[bool]
