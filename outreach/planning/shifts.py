"""Shifts: the weekly pattern of each mediator, written down as days with hours."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from outreach.core import clock
from outreach.core.words import Channel, ShiftKind
from outreach.models import Mediator, Shift
from outreach.policy.windows import is_open_day

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.campaign import Campaign
    from outreach.definitions.hours import WorkingTime

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat")
CHANNEL_OF = {ShiftKind.CALL: Channel.CALL, ShiftKind.VISIT: Channel.VISIT}


def open_shifts(session: Session, campaign: Campaign, start: date, end: date) -> int:
    """Create the shifts of the campaign's mediators from ``start`` to ``end`` that do not exist yet."""
    people = {person.code: person for person in session.scalars(select(Mediator))}
    rows: list[dict[str, Any]] = []
    for site in campaign.sites:
        for written in site.mediators:
            person = people[written.code]
            for kind, pattern in ((ShiftKind.CALL, written.calls), (ShiftKind.VISIT, written.visits)):
                rows += _days_of(person, kind, pattern, site.insee, start, end) if pattern else []
    if not rows:
        return 0
    statement = insert(Shift).values(rows).on_conflict_do_nothing(index_elements=["mediator_id", "starts_at"])
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]


def _days_of(person: Mediator, kind: ShiftKind, pattern: WorkingTime, insee: str, start: date, end: date) -> list[dict[str, Any]]:
    return [
        {
            "mediator_id": person.id, "site_id": person.site_id, "kind": kind.value, "day": day,
            "starts_at": clock.at(day, pattern.hours[0]), "ends_at": clock.at(day, pattern.hours[1]),
        }
        for day in clock.days(start, end)
        if day.weekday() < len(WEEKDAYS) and WEEKDAYS[day.weekday()] in pattern.days and is_open_day(CHANNEL_OF[kind], day, insee)
    ]  # fmt: skip
