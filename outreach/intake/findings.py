"""What the register knows about the rows of a list: people already met, and rows for which nobody will be contacted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core.plain_names import SQL_PLAIN
from outreach.policy.kin import sql_cases_about
from outreach.policy.objections import stopped_among

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.models import TargetList

LISTED = "f.list_id = :list AND f.state IN ('new', 'changed', 'unchanged')"
NEW = "f.list_id = :list AND f.state = 'new'"
_NAMES = " AND ".join(
    f"{SQL_PLAIN.format('{0}.' + part)} = {SQL_PLAIN.format('{1}.' + part)}" for part in ("family_name", "given_name")
)

_REFERENCE = f"""
  SELECT f.row_number, 'reference' AS code, 1 AS rank, r.person_id
  FROM list_row f JOIN list_row r ON r.partner_id = f.partner_id AND r.row_key = f.row_key AND r.person_id IS NOT NULL
  WHERE {NEW} AND r.list_id <> :list AND r.state IN ('new', 'changed') AND r.superseded_by IS"""
# Who comes new on the list, though not to us. The surest reason is told; only matching decides who is who. Rows in force and rows
# of before have an index each.
KNOWN = f"""
INSERT INTO row_finding (list_id, row_number, kind, code, person_id)
SELECT DISTINCT ON (row_number) :list, row_number, 'known', code, person_id FROM (
  {_REFERENCE} NULL
  UNION ALL
  {_REFERENCE} NOT NULL
  UNION ALL
  SELECT f.row_number, 'name_birth', 2, p.id
  FROM list_row f JOIN person p ON p.birth_date = f.birth_date AND {_NAMES.format("f", "p")}
  WHERE {NEW}
  UNION ALL
  SELECT f.row_number, 'name_phone', 3, p.id
  FROM list_row f JOIN person p ON p.mobile_mark = f.mobile_mark AND {_NAMES.format("f", "p")}
  WHERE {NEW}
  UNION ALL
  SELECT f.row_number, 'name_phone', 3, p.id
  FROM list_row f JOIN person p ON p.fixed_mark = f.fixed_mark AND {_NAMES.format("f", "p")}
  WHERE {NEW}
) found
ORDER BY row_number, rank, person_id
"""
# The person behind each row, as far as anybody can say before matching.
ROW_PERSON = """
CREATE TEMP TABLE row_person ON COMMIT DROP AS
SELECT k.row_number, lives.id AS person_id, lives.household_id FROM (
  SELECT row_number, person_id FROM row_finding WHERE list_id = :list AND kind = 'known'
  UNION
  SELECT f.row_number, o.person_id FROM list_row f JOIN current_row o
    ON o.campaign_id = f.campaign_id AND o.partner_id = f.partner_id AND o.row_key = f.row_key
  WHERE f.list_id = :list AND f.state IN ('changed', 'unchanged') AND o.person_id IS NOT NULL AND o.list_id <> :list) k
  JOIN person p ON p.id = k.person_id JOIN person lives ON lives.id = coalesce(p.merged_into, p.id)
"""
# An objection stops whoever has the phone, or is the same person; that it exists is told to all, where it was made to nobody.
OBJECTED = f"""
WITH met AS MATERIALIZED (SELECT DISTINCT person_id FROM row_person),
stopped AS MATERIALIZED (SELECT DISTINCT person_id FROM ({stopped_among("met")}) s)
INSERT INTO row_finding (list_id, row_number, kind, code, person_id)
SELECT :list, f.row_number, 'suppressed', 'objection', min(w.person_id)
FROM list_row f LEFT JOIN row_person w ON w.row_number = f.row_number
WHERE {LISTED} AND (w.person_id IN (SELECT person_id FROM stopped)
  OR f.mobile_mark IN (SELECT mark FROM objection WHERE lifted_at IS NULL)
  OR f.fixed_mark IN (SELECT mark FROM objection WHERE lifted_at IS NULL))
GROUP BY f.row_number
"""
# Cases of this campaign alone: what another association did with somebody is not told. From the rows to their cases: a file of changes
# has few, and a campaign as many cases as ever.
CLOSED = f"""
WITH met AS MATERIALIZED (SELECT DISTINCT person_id FROM row_person),
closed AS MATERIALIZED (
  SELECT DISTINCT t.person_id FROM ({sql_cases_about("met")}) t JOIN "case" c ON c.id = t.case_id
  WHERE c.campaign_id = :campaign AND c.closed_at IS NOT NULL)
INSERT INTO row_finding (list_id, row_number, kind, code, person_id)
SELECT :list, w.row_number, 'suppressed', 'closed_case', min(w.person_id) FROM row_person w
WHERE w.person_id IN (SELECT person_id FROM closed)
  AND w.row_number NOT IN (SELECT row_number FROM row_finding WHERE list_id = :list AND kind = 'suppressed')
GROUP BY w.row_number
"""
# What the row itself says: nothing is due any more, the customer objects, or is dead.
SAID_BY_ROW = """
INSERT INTO row_finding (list_id, row_number, kind, code)
SELECT list_id, row_number, 'suppressed', leave_reason FROM list_row WHERE list_id = :list
  AND leave_reason IN ('settled', 'partner_objection', 'deceased') AND state = 'leaving'
"""
ANY_OBJECTION = "SELECT EXISTS (SELECT FROM objection)"
ANY_CLOSED = 'SELECT EXISTS (SELECT FROM "case" WHERE campaign_id = :campaign AND closed_at IS NOT NULL)'
COUNTS = "SELECT kind || ':' || code, count(*) FROM row_finding WHERE list_id = :list GROUP BY 1 ORDER BY 1"


def look_up(session: Session, target: TargetList) -> dict[str, int]:
    """Write down what is known about the rows of a list; returns the counts by ``kind:code``."""
    values: dict[str, object] = {"list": target.id, "campaign": target.campaign_id}
    if _is_so(session, "SELECT EXISTS (SELECT FROM person)", values):
        session.execute(text(KNOWN), values)
    needed = [
        statement
        for question, statement in ((ANY_OBJECTION, OBJECTED), (ANY_CLOSED, CLOSED))
        if _is_so(session, question, values)
    ]
    if needed:
        for statement in (ROW_PERSON, "ANALYZE row_person", *needed, "DROP TABLE row_person"):
            session.execute(text(statement), values)
    session.execute(text(SAID_BY_ROW), values)
    return {str(code): int(number) for code, number in session.execute(text(COUNTS), values)}


def _is_so(session: Session, question: str, values: dict[str, object]) -> bool:
    return bool(session.execute(text(question), values).scalar_one())
