"""What the register knows about the rows of a list: people already met, and rows for which nobody will be contacted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import bulk
from outreach.policy.objections import SQL_MARK, SQL_STOPPED

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.models import TargetList

PLAIN = "translate(lower({0}), 'àâäáãåéèêëîïíìôöóòõùûüúçñ-''’', 'aaaaaaeeeeiiiiooooouuuucn   ')"
"""A name for comparing: without case, accents, hyphens and apostrophes (PostgreSQL has no unaccent of its own)."""
FRESH = "f.list_id = :list AND f.state IN ('new', 'changed', 'unchanged')"
_NAMES = f"{PLAIN.format('{0}.family_name')} = {PLAIN.format('{1}.family_name')} AND {PLAIN.format('{0}.given_name')} = {PLAIN.format('{1}.given_name')}"

# The surest reason is told. A hint for whoever looks at the list: only matching decides who is who.
KNOWN = f"""
INSERT INTO row_finding (list_id, row_number, kind, code, person_id)
SELECT DISTINCT ON (row_number) :list, row_number, 'known', code, person_id FROM (
  SELECT f.row_number, 'reference' AS code, 1 AS rank, r.person_id
  FROM list_row f JOIN list_row r ON r.partner_id = f.partner_id AND r.row_key = f.row_key AND r.person_id IS NOT NULL
  WHERE {FRESH} AND r.list_id <> :list
  UNION ALL
  SELECT f.row_number, 'name_birth', 2, p.id FROM list_row f JOIN person p ON p.birth_date = f.birth_date AND {_NAMES.format("f", "p")}
  WHERE {FRESH}
  UNION ALL
  SELECT f.row_number, 'name_phone', 3, p.id FROM list_row f JOIN person p ON p.mobile = f.mobile AND {_NAMES.format("f", "p")}
  WHERE {FRESH}
  UNION ALL
  SELECT f.row_number, 'name_phone', 3, p.id FROM list_row f JOIN person p ON p.fixed = f.fixed AND {_NAMES.format("f", "p")}
  WHERE {FRESH}
) found JOIN LATERAL (SELECT coalesce(p.merged_into, p.id) FROM person p WHERE p.id = found.person_id) lives (living) ON true
ORDER BY row_number, rank, person_id
"""
# An objection stops whoever has the phone, or is the same person; that it exists is told to all, where it was made to nobody.
OBJECTED = f"""
WITH stopped AS MATERIALIZED (SELECT DISTINCT person_id FROM ({SQL_STOPPED}) s)
INSERT INTO row_finding (list_id, row_number, kind, code, person_id)
SELECT :list, f.row_number, 'suppressed', 'objection', min(k.person_id)
FROM list_row f LEFT JOIN row_finding k ON k.list_id = f.list_id AND k.row_number = f.row_number AND k.kind = 'known'
WHERE {FRESH} AND (k.person_id IN (SELECT person_id FROM stopped)
  OR {SQL_MARK.format(identity="f.mobile")} IN (SELECT mark FROM objection)
  OR {SQL_MARK.format(identity="f.fixed")} IN (SELECT mark FROM objection))
GROUP BY f.row_number
"""
# Cases of this campaign alone: what another association did with somebody is not told.
CLOSED = f"""
INSERT INTO row_finding (list_id, row_number, kind, code, person_id)
SELECT DISTINCT :list, f.row_number, 'suppressed', 'closed_case', k.person_id
FROM list_row f JOIN row_finding k ON k.list_id = f.list_id AND k.row_number = f.row_number AND k.kind = 'known'
  JOIN person p ON p.id = k.person_id JOIN person lives ON lives.id = coalesce(p.merged_into, p.id)
  JOIN "case" c ON c.campaign_id = f.campaign_id AND (c.person_id IN (p.id, lives.id) OR (c.unit = 'household' AND c.household_id = lives.household_id))
WHERE {FRESH} AND c.closed_at IS NOT NULL AND NOT EXISTS (
  SELECT FROM row_finding s WHERE s.list_id = f.list_id AND s.row_number = f.row_number AND s.kind = 'suppressed')
"""
SETTLED = """
INSERT INTO row_finding (list_id, row_number, kind, code)
SELECT list_id, row_number, 'suppressed', 'settled' FROM list_row WHERE list_id = :list AND leave_reason = 'settled'
  AND state = 'leaving'
"""
COUNTS = "SELECT kind || ':' || code, count(*) FROM row_finding WHERE list_id = :list GROUP BY 1 ORDER BY 1"


def look_up(session: Session, target: TargetList, pepper: str) -> dict[str, int]:
    """Write down what is known about the rows of a list; returns the counts by ``kind:code``."""
    values = {"list": target.id, "pepper": pepper}
    session.execute(text("DELETE FROM row_finding WHERE list_id = :list"), values)
    if session.execute(text("SELECT EXISTS (SELECT FROM person)")).scalar_one():
        session.execute(text(KNOWN), values)
        bulk.analyse(session, "row_finding")
    if session.execute(text("SELECT EXISTS (SELECT FROM objection)")).scalar_one():
        session.execute(text(OBJECTED), values)
    session.execute(text(CLOSED), values)
    session.execute(text(SETTLED), values)
    return {str(code): int(number) for code, number in session.execute(text(COUNTS), values)}
