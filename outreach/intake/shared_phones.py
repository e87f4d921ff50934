"""Phones that stand for too many customers to be anybody's: a number typed where none was known, the partner's own, a landlord's.

Whoever really has it would get the texts and calls of all of them. The cell is set aside, and the partner told; it is remembered for
the partner's next lists, of which each may bring only one. Another partner's word counts for nothing here. A phone that somebody
objected with stays: who shares it is stopped by it. A list that was dropped or undone is remembered for nothing: it may have been mistaken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

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
INSERT INTO shared_phone (list_id, mark, customers)
WITH often AS MATERIALIZED (
  SELECT r.{{way}}_mark AS mark FROM list_row r WHERE {LISTED} AND r.{{way}}_mark IS NOT NULL GROUP BY 1 HAVING count(*) > :most)
SELECT r.list_id, o.mark, count(DISTINCT r.row_key) FROM often o JOIN list_row r ON r.{{way}}_mark = o.mark AND {LISTED}
GROUP BY 1, 2 HAVING count(DISTINCT r.row_key) > :most ORDER BY 1, 2
"""
KNOWN = """
SELECT s.mark, max(s.customers) AS customers FROM shared_phone s JOIN target_list t ON t.id = s.list_id
WHERE t.partner_id = :partner AND (t.state = 'committed' OR t.id = :list)
  AND NOT EXISTS (SELECT FROM objection o WHERE o.mark = s.mark AND o.lifted_at IS NULL)
GROUP BY 1 ORDER BY 1
"""
SET_ASIDE = f"""
UPDATE list_row r SET {{way}} = NULL, {{way}}_mark = NULL
FROM unnest(CAST(:marks AS text[]), CAST(:customers AS bigint[])) AS s (mark, customers)
WHERE {LISTED} AND s.mark = r.{{way}}_mark RETURNING r.row_number, s.customers
"""


def set_aside(session: Session, target: TargetList) -> list[tuple[int, int]]:
    """Set the shared phones of a list aside: for each its row's number in the file, and for how many customers it stood."""
    for way, most in MOST.items():
        session.execute(text(REMEMBER.format(way=way)), {"list": target.id, "most": most})
    known = session.execute(text(KNOWN), {"list": target.id, "partner": target.partner_id}).all()
    if not known:
        return []
    values = {"list": target.id, "marks": [row.mark for row in known], "customers": [row.customers for row in known]}
    return sorted(tuple(row) for way in MOST for row in session.execute(text(SET_ASIDE.format(way=way)), values))
