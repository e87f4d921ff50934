"""Phones that stand for too many customers to be anybody's: a number typed where none was known, the partner's own, a landlord's.

Whoever really has it would get the texts and calls of all of them. The cell is set aside, and the partner told; it is remembered for
the partner's next lists, of which each may bring only one. Another partner's word counts for nothing here. A phone that somebody
objected with stays: who shares it is stopped by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock
from outreach.core.i18n import N_

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.models import TargetList

MOST = {"mobile": 5, "fixed": 100}
"""Customers of one list behind a phone: a family's mobile; the line of a residence, where one is put through."""
CODE = "shared_phone"
REASON = N_("numéro donné pour {count} clients : il n'est pas gardé ; donnez celui de chacun, ou rien")
LISTED = "r.list_id = :list AND r.state IN ('new', 'changed', 'unchanged')"
# Customers are told apart of those phones alone that stand often enough: of almost all there is one.
REMEMBER = f"""
INSERT INTO shared_phone (partner_id, mark, customers, noted_at)
WITH often AS MATERIALIZED (
  SELECT r.{{way}}_mark AS mark FROM list_row r WHERE {LISTED} AND r.{{way}}_mark IS NOT NULL GROUP BY 1 HAVING count(*) > :most)
SELECT r.partner_id, o.mark, count(DISTINCT r.row_key), :now FROM often o JOIN list_row r ON r.{{way}}_mark = o.mark AND {LISTED}
GROUP BY 1, 2 HAVING count(DISTINCT r.row_key) > :most ORDER BY 1, 2
ON CONFLICT (partner_id, mark) DO UPDATE SET customers = greatest(shared_phone.customers, excluded.customers), noted_at = excluded.noted_at
"""
ANY = "SELECT EXISTS (SELECT FROM shared_phone WHERE partner_id = :partner)"
SET_ASIDE = f"""
UPDATE list_row r SET {{way}} = NULL, {{way}}_mark = NULL FROM shared_phone s
WHERE {LISTED} AND s.partner_id = r.partner_id AND s.mark = r.{{way}}_mark
  AND NOT EXISTS (SELECT FROM objection o WHERE o.mark = s.mark AND o.lifted_at IS NULL)
RETURNING r.row_number AS number, s.customers
"""


@dataclass(frozen=True)
class SharedPhone:
    """A row whose phone was set aside: its number in the file, which phone (``mobile``, ``fixed``), for how many customers it stood."""

    number: int
    way: str
    customers: int


def set_aside(session: Session, target: TargetList) -> list[SharedPhone]:
    """Set the shared phones of a list aside, in the order of its rows."""
    for way, most in MOST.items():
        session.execute(text(REMEMBER.format(way=way)), {"list": target.id, "most": most, "now": clock.now()})
    if not session.execute(text(ANY), {"partner": target.partner_id}).scalar_one():
        return []
    found = []
    for way in MOST:
        rows = session.execute(text(SET_ASIDE.format(way=way)), {"list": target.id})
        found += [SharedPhone(row.number, way, row.customers) for row in rows]
    return sorted(found, key=lambda one: (one.number, one.way))
