"""A household as people see it: who belongs to it and on what grounds, and who used to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core.errors import PolicyError
from outreach.core.i18n import _
from outreach.matching.fields import unpack_one
from outreach.models import Household

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.orm import Session

MEMBERS = """
SELECT h.person_id, p.given_name, p.family_name, h.since, h.until FROM household_member h JOIN person p ON p.id = h.person_id
WHERE h.household_id = :household ORDER BY h.until NULLS FIRST, h.since, h.person_id
"""
# What ties a member to the others: the likeliest link between a row of theirs and one of somebody else's.
TIES = """
SELECT DISTINCT ON (m.person_id) m.person_id, o.person_id AS other_id, k.left_row, k.right_row,
       k.p_same + k.p_household AS together, k.pattern
FROM list_row m JOIN match_link k ON m.id IN (k.left_row, k.right_row)
     JOIN list_row o ON o.id = CASE WHEN m.id = k.left_row THEN k.right_row ELSE k.left_row END
WHERE m.person_id = ANY(:members) AND o.person_id = ANY(:members) AND o.person_id <> m.person_id
ORDER BY m.person_id, together DESC, k.left_row, k.right_row
"""
GROUNDS = ("flat", "address", "family_name", "fixed", "mobile", "email")
"""What speaks for living together, in the order in which it is told."""


@dataclass(frozen=True)
class Tie:
    """Why somebody is thought to live with the others: the two rows compared, and what agreed as (field, level)."""

    other_id: int
    left_row: int
    right_row: int
    together: float
    grounds: list[tuple[str, str]]


@dataclass(frozen=True)
class Member:
    """Somebody of a household; ``until`` is None for who lives there as far as we know."""

    person_id: int
    given_name: str | None
    family_name: str | None
    since: datetime
    until: datetime | None
    tie: Tie | None


def household_members(session: Session, household_id: int) -> list[Member]:
    """Who lives in a household, then who has left it. Raises ``PolicyError`` for an unknown one."""
    if session.get(Household, household_id) is None:
        raise PolicyError(_("ce foyer n'existe pas"), place=str(household_id))
    rows = session.execute(text(MEMBERS), {"household": household_id}).all()
    here = [row.person_id for row in rows if row.until is None]
    ties = {row.person_id: row for row in session.execute(text(TIES), {"members": here})}
    return [
        Member(row.person_id, row.given_name, row.family_name, row.since, row.until, _tie(ties.get(row.person_id)))
        for row in rows
    ]


def _tie(row: Row[Any] | None) -> Tie | None:
    if row is None:
        return None
    levels = unpack_one(row.pattern)
    grounds = [(name, levels[name]) for name in GROUNDS if levels.get(name, "different") != "different"]
    return Tie(row.other_id, row.left_row, row.right_row, float(row.together), grounds)
