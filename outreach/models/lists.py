"""Target lists as received, what became of each row, and what was said about it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, validates

from outreach.core.words import TO_LEAVE_ALONE, LeaveReason, ListState, RowState, Through
from outreach.models.base import EMAIL, PHONE, REFERENCE, WAYS, Base, Key, Number, SealedData, SealedText, mark_of, marked, one_of

SEPARATOR = "\x1f"
"""Between the parts of a joined text, as the cells of a row as received: no cell can hold this control character."""
LEFT_ALONE = "leave_reason IN ({})".format(", ".join(f"'{reason}'" for reason in TO_LEAVE_ALONE))
"""Rows of customers who told the partner that they want no contact, or of whose death it knows: few, and looked up by campaign."""


class TargetList(Base):
    """One file received. ``sha256`` is of the bytes, ``content_hash`` of the rows whatever their order.

    ``scope``: the full list that it is, or amends; rows are compared, and customers removed, within one scope alone.
    ``columns``: for each column of the file its header, the field it became, and whether it was stored at all.
    ``basis``: which lists were in force when it was compared, so that a preview that has aged is noticed.
    """

    __tablename__ = "target_list"
    __table_args__ = (
        one_of("state", ListState),
        one_of("delivered_through", Through),
        Index("ix_target_list_campaign_sha256", "campaign_id", "sha256"),
    )
    id: Mapped[Key]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    state: Mapped[str]
    list_code: Mapped[str]
    scope: Mapped[str]
    mode: Mapped[str]
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("target_list.id"))
    file_name: Mapped[str]
    sha256: Mapped[str]
    content_hash: Mapped[str]
    simulated: Mapped[bool]
    delivered_by: Mapped[str]
    delivered_through: Mapped[str]
    imported_at: Mapped[datetime]
    committed_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    total: Mapped[int]
    blank: Mapped[int]
    set_aside: Mapped[int]
    counts: Mapped[dict[str, Any]]
    detection: Mapped[dict[str, Any]]
    columns: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    notices: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    columns_left_out: Mapped[list[str]]
    basis: Mapped[str]


class ListRow(Base):
    """One row of a list: the cleaned form beside the row as received.

    ``raw``: the stored cells in the file's order, with ``SEPARATOR`` between them. ``extra``: the partner's own fields, cleaned.
    ``first_person_id``: who the row was first found to be, so that a merge can be undone. ``row_key`` tells the partner's
    customer from one list to the next: the mark of the reference, or of a fingerprint where there is none. References, phones and
    e-mail are sealed, and found by that key and their marks alone. ``content_hash``: of all that the row says, keyed like a mark.
    ``anonymised_at``: since when nothing of what it said is kept; ``had`` then tells what it had (1 phone, 2 address, 4 e-mail, 8
    birth date). ``replaces``: the row whose word it changes. ``superseded_by``: the list after which it is history. A row counts
    (views ``usable_row``, ``current_row``) when its list is committed and its state is new or changed.
    """

    __tablename__ = "list_row"
    __table_args__ = (
        one_of("state", RowState),
        one_of("leave_reason", LeaveReason),
        UniqueConstraint("list_id", "row_number"),
        *map(marked, WAYS),
        CheckConstraint("reference IS NULL OR row_key IS NOT NULL", name="reference_key"),
        # By hash: keys are only ever asked for as a whole, and come in no order.
        Index(
            "ix_list_row_in_force", "row_key", postgresql_using="hash",
            postgresql_where=text("superseded_by IS NULL AND state IN ('new', 'changed')"),
        ),
        Index(
            "ix_list_row_before", "row_key", postgresql_using="hash",
            postgresql_where=text("superseded_by IS NOT NULL AND state IN ('new', 'changed')"),
        ),
        Index("ix_list_row_campaign_id", "campaign_id", postgresql_where=text("superseded_by IS NULL AND state IN ('new', 'changed')")),
        Index("ix_list_row_superseded_by", "superseded_by", postgresql_where=text("superseded_by IS NOT NULL")),
        Index("ix_list_row_person_id", "person_id", postgresql_where=text("person_id IS NOT NULL")),
        Index("ix_list_row_left_alone", "campaign_id", postgresql_where=text(LEFT_ALONE)),
        Index("ix_list_row_corrects_row", "corrects_row", postgresql_where=text("corrects_row IS NOT NULL")),
    )  # fmt: skip
    id: Mapped[Key]
    list_id: Mapped[Number]
    campaign_id: Mapped[Number]
    partner_id: Mapped[Number]
    row_number: Mapped[int]
    state: Mapped[str]
    duplicate_of: Mapped[int | None]
    row_key: Mapped[str | None]
    content_hash: Mapped[UUID]
    replaces: Mapped[Number | None]
    superseded_by: Mapped[Number | None]
    corrects_row: Mapped[Number | None]
    leave_reason: Mapped[str | None]
    raw: Mapped[str] = mapped_column(SealedText("list_row.raw"))
    reference: Mapped[str | None] = mapped_column(REFERENCE)
    title: Mapped[str | None]
    given_name: Mapped[str | None]
    family_name: Mapped[str | None]
    birth_date: Mapped[date | None]
    mobile: Mapped[str | None] = mapped_column(PHONE)
    mobile_mark: Mapped[str | None]
    fixed: Mapped[str | None] = mapped_column(PHONE)
    fixed_mark: Mapped[str | None]
    email: Mapped[str | None] = mapped_column(EMAIL)
    email_mark: Mapped[str | None]
    house_number: Mapped[str | None]
    repetition: Mapped[str | None]
    street: Mapped[str | None]
    residence: Mapped[str | None]
    building: Mapped[str | None]
    staircase: Mapped[str | None]
    floor: Mapped[str | None]
    door: Mapped[str | None]
    place: Mapped[str | None]
    po_box: Mapped[str | None]
    care_of: Mapped[str | None]
    postal_code: Mapped[str | None]
    city: Mapped[str | None]
    cedex: Mapped[str | None]
    country: Mapped[str | None]
    insee: Mapped[str | None]
    address_key: Mapped[str | None]
    language: Mapped[str | None]
    reads_french: Mapped[bool | None]
    amount_due: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    debt_since: Mapped[date | None]
    stage: Mapped[str | None]
    energy_voucher: Mapped[bool | None]
    extra: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    first_person_id: Mapped[Number | None]
    had: Mapped[int | None] = mapped_column(SmallInteger)
    anonymised_at: Mapped[datetime | None]
    _marks = validates(*WAYS)(mark_of)


class RowIssue(Base):
    """Why a cell was rejected, or set aside with a warning: row, column, value, reason in French.

    ``reason`` is a sentence whose places ``details`` fill; whoever shows it translates the sentence first.
    """

    __tablename__ = "row_issue"
    id: Mapped[Key]
    list_id: Mapped[int] = mapped_column(ForeignKey("target_list.id"), index=True)
    row_number: Mapped[int]
    column_name: Mapped[str]
    value: Mapped[str | None] = mapped_column(SealedText("row_issue.value"))
    code: Mapped[str]
    reason: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(SealedData("row_issue.details"))
    rejects: Mapped[bool]


class SharedPhone(Base):
    """The mark of a phone that a list gives for so many ``customers`` that it is nobody's (``intake.shared_phones``)."""

    __tablename__ = "shared_phone"
    list_id: Mapped[int] = mapped_column(ForeignKey("target_list.id"), primary_key=True, autoincrement=False)
    mark: Mapped[str] = mapped_column(primary_key=True)
    customers: Mapped[Number]


class RowFinding(Base):
    """What the register knew about a row when its list was looked at.

    ``known``: the person is already in the register, ``code`` says by what. ``suppressed``: nobody will be contacted for
    it, ``code`` says why; the reasons are those of the association that the list was given to.
    """

    __tablename__ = "row_finding"
    __table_args__ = (Index("ix_row_finding_row", "list_id", "row_number"),)
    id: Mapped[Key]
    list_id: Mapped[int] = mapped_column(ForeignKey("target_list.id"))
    row_number: Mapped[int]
    kind: Mapped[str]
    code: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class ColumnMapping(Base):
    """What a partner's column means, decided once: ``field`` is null for a column that is left out."""

    __tablename__ = "column_mapping"
    __table_args__ = (UniqueConstraint("partner_id", "header"),)
    id: Mapped[Key]
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    header: Mapped[str]
    field: Mapped[str | None]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]


class DeliveryToken(Base):
    """The right of a program to use the API for one campaign, as far as its ``scopes`` go. Only the hash of the token is kept."""

    __tablename__ = "delivery_token"
    id: Mapped[Key]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(unique=True)
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    valid_to: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    scopes: Mapped[list[str]] = mapped_column(server_default="{lists}")
    """``lists``: deliver and follow lists; ``events``: read what was done; ``summaries``: read released summaries."""
