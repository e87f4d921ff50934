"""Who comes to the desk or calls after a letter or SMS, and how they say who they are: by code, phone or name."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.models.base import PHONE
from outreach.simulation.meetings import meeting, parties
from outreach.tracking import MediationRecord, identify, record_coming_forward, record_walk_in

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded
    from outreach.simulation.residents import Residents, Shares

SAYS: Shares[str] = ((0.50, "code"), (0.28, "phone"), (0.22, "name"))
"""What people have at hand: half of them the letter (an assumption)."""
CALLS_IN = 0.45
"""Of those who do not bring the letter: on the phone rather than at the desk (an assumption)."""
REMEMBERED = timedelta(days=10)
"""How long a letter or SMS may still bring somebody."""
WRITTEN_TO = """
SELECT k.id, k.case_id, k.channel, c.letter_code, coalesce(l.mobile, l.fixed) AS phone, l.birth_date AS born,
       concat_ws(' ', l.given_name, l.family_name) AS name, CAST(k.done_at AT TIME ZONE 'Europe/Paris' AS date) AS day
FROM contact k JOIN "case" c ON c.id = k.case_id JOIN person p ON p.id = k.person_id
     JOIN person l ON l.id = coalesce(p.merged_into, p.id)
WHERE k.campaign_id = :campaign AND k.state = 'sent' AND c.closed_at IS NULL AND k.done_at > :since ORDER BY k.id
"""
LEAST_LETTERS = 4
"""Of a name that somebody at the desk would type."""


def come_forward(session: Session, loaded: Loaded, residents: Residents, day: date) -> list[str]:
    """Those whose day it is come or call; returns the medium of each mediation, ``desk`` or ``call_in``."""
    values = {"campaign": loaded.campaign.id, "since": clock.now() - REMEMBERED}
    rows = [
        row for row in session.execute(text(WRITTEN_TO).columns(phone=PHONE), values).mappings() if _comes(residents, row, day)
    ]
    known = parties(session, [row["id"] for row in rows])
    media = []
    for row in rows:
        says = residents.pick(SAYS, "says", row["id"])
        medium = "call_in" if says != "code" and residents.chance("calls in", row["id"]) < CALLS_IN else "desk"
        record = meeting(residents, known[row["id"]], medium, day, loaded.folder.campaign.themes)
        if _record(session, row, record, medium, _found(session, row, says), clock.at(day, "15:00")):
            media.append(medium)
    return media


def _record(session: Session, row: Any, record: MediationRecord, medium: str, found_by: str | None, at: datetime) -> bool:
    if found_by is None:
        return record_coming_forward(session, row["letter_code"], record, medium=medium, actor="desk", occurred_at=at)
    return record_walk_in(session, row["case_id"], record, medium=medium, found_by=found_by, actor="desk", occurred_at=at)


def _comes(residents: Residents, row: Any, day: date) -> bool:
    delay = residents.comes_forward(row["id"], row["channel"])
    return delay is not None and row["day"] + timedelta(days=delay) == day


def _found(session: Session, row: Any, says: str) -> str | None:
    """By what the desk found the case; ``None``: by the code of the letter, which always leads to it."""
    told = row.get(says)
    if not told or (says == "name" and len(told) < LEAST_LETTERS):
        return None
    candidates = identify(session, told, actor="desk", born=row["born"] if says == "name" else None)
    return next((found.found_by for found in candidates if found.case_id == row["case_id"]), None)
