"""What a partner's columns were found to mean, kept from one file to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from outreach.core import clock
from outreach.core.words import ListState
from outreach.definitions.facts import PARTNER
from outreach.definitions.fields import ListField
from outreach.intake.columns import Known, Why, header_key
from outreach.models import ColumnMapping, TargetList

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def saved_mapping(session: Session, partner_id: int) -> dict[str, ListField | None]:
    """The fields decided so far, by header key; ``None`` for a column that a person left out."""
    known = set(ListField)
    return {row.header: ListField(row.field) if row.field in known else None for row in _rows(session, partner_id)}


def answered_mapping(session: Session, campaign_id: int) -> dict[str, ListField | None]:
    """The fields that people answered for lists of this very campaign, by header key; the newest answer counts."""
    known = set(ListField)
    query = select(TargetList.columns).where(TargetList.campaign_id == campaign_id, TargetList.state == ListState.COMMITTED)
    return {
        header_key(column["header"]): ListField(column["field"]) if column["field"] in known else None
        for columns in session.scalars(query.order_by(TargetList.committed_at, TargetList.id))
        for column in columns
        if column["known"] == Known.ANSWER and column["why"] in {None, Why.ANSWERED} and header_key(column["header"])
    }


def save_mapping(session: Session, target: TargetList, actor: str) -> None:
    """Keep what the columns of a list mean: the next file of this partner needs no answer."""
    known = {row.header: row for row in _rows(session, target.partner_id)}
    for column in target.columns:
        key = header_key(column["header"])
        is_own = str(column["field"]).startswith(PARTNER)
        if not key or is_own or column["known"] is None or column["why"] not in {None, Why.ANSWERED}:
            continue
        row = known.get(key)
        if row is None:
            row = ColumnMapping(partner_id=target.partner_id, header=key, field=None, decided_by=actor, decided_at=clock.now())
            known[key] = row
            session.add(row)
        if row.field != column["field"]:
            row.field, row.decided_by, row.decided_at = column["field"], actor, clock.now()


def _rows(session: Session, partner_id: int) -> list[ColumnMapping]:
    return list(session.scalars(select(ColumnMapping).where(ColumnMapping.partner_id == partner_id)))
