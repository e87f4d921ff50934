"""The clocks that people go by: where somebody's home is, else where the site of their case is; of a mediator, at their site."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.policy.territories import ELSEWHERE, territory_of, zone_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

CASES = """
SELECT c.id, coalesce(b.insee, s.insee) AS insee FROM "case" c JOIN site s ON s.id = c.site_id JOIN person p ON p.id = c.person_id
  JOIN person l ON l.id = coalesce(p.merged_into, p.id) LEFT JOIN household h ON h.id = l.household_id
  LEFT JOIN building b ON b.id = h.building_id WHERE c.id = ANY(:cases)
"""
MEDIATOR = "SELECT s.insee FROM mediator m JOIN site s ON s.id = m.site_id WHERE m.code = :code OR m.id = :number"


def zones_of(session: Session, cases: Collection[int]) -> dict[int, ZoneInfo]:
    """The time zone of each of some cases, in which its hours are told and written down."""
    found = session.execute(text(CASES), {"cases": list(cases)})
    return {row.id: zone_of(territory_of(row.insee)) for row in found}


def zone_of_mediator(session: Session, *, code: str | None = None, number: int | None = None) -> ZoneInfo:
    """The time zone of a mediator's site, by the mediator's code or number; that of Paris for nobody."""
    insee = session.execute(text(MEDIATOR), {"code": code, "number": number}).scalar()
    return zone_of(territory_of(insee or ELSEWHERE))
