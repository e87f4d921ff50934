"""Rows about somebody who had their data erased: they are not taken in, and nothing of what they say is kept.

The partner is told that the row cannot be used, not why: that somebody asked us is their own affair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock
from outreach.core.i18n import N_
from outreach.core.marks import pepper
from outreach.models.base import WAYS
from outreach.policy.erasure import SQL_ROW_FORGOTTEN, SQL_TOLD, TOLD_TIES, sql_borne, told_marks

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

BATCH = 20_000
CODE = "not_usable"
REASON = N_("ligne que l'association ne peut pas traiter")
ANY_MARKS = "SELECT EXISTS (SELECT FROM erasure_mark)"
SET_ASIDE = f"""
UPDATE list_row r SET state = 'rejected', duplicate_of = NULL, {SQL_ROW_FORGOTTEN}
WHERE r.list_id = :list AND r.anonymised_at IS NULL AND (r.id = ANY(:told) OR r.id IN (
  SELECT f.id FROM list_row f CROSS JOIN LATERAL ({sql_borne("f")}) m JOIN erasure_mark e ON e.mark = m.mark
  WHERE f.list_id = :list))
RETURNING r.row_number
"""
TOLD_MARKS = "SELECT mark FROM erasure_mark WHERE kind = ANY(:kinds)"
TOLD_ROWS = f"{SQL_TOLD} WHERE r.list_id = :list AND r.anonymised_at IS NULL AND r.family_name IS NOT NULL"
FORGET_ISSUES = "DELETE FROM row_issue WHERE list_id = :list AND row_number = ANY(:numbers)"
FORGET_FINDINGS = "DELETE FROM row_finding WHERE list_id = :list AND row_number = ANY(:numbers)"
TELL = """
INSERT INTO row_issue (list_id, row_number, column_name, value, code, reason, details, rejects)
SELECT :list, number, '', NULL, :code, :reason, '{}', true FROM unnest(CAST(:numbers AS int[])) AS number
"""
PREVIEWS = "SELECT id FROM target_list WHERE state = 'previewed' ORDER BY id"
COUNT_AGAIN = """
UPDATE target_list t
SET counts = t.counts - ARRAY(SELECT DISTINCT state FROM list_row WHERE list_id = t.id) || coalesce(n.counts, '{}')
FROM (SELECT jsonb_object_agg(state, n) AS counts
      FROM (SELECT state, count(*) AS n FROM list_row WHERE list_id = :list GROUP BY 1) s) n
WHERE t.id = :list
"""


def set_aside_in_previews(session: Session) -> int:
    """The same for lists that somebody is looking at: an erasure holds for what is put in force after it.

    Returns how many rows.
    """
    done = 0
    for list_id in list(session.execute(text(PREVIEWS)).scalars()):
        found = set_aside(session, list_id)
        if found:
            session.execute(text(COUNT_AGAIN), {"list": list_id})
        done += found
    return done


def set_aside(session: Session, list_id: int) -> int:
    """Reject the rows of a list that bear a mark of erasure, and forget them; returns how many."""
    if not session.execute(text(ANY_MARKS)).scalar_one():
        return 0
    values = {"list": list_id, "pepper": pepper(), "now": clock.now(), "told": _told(session, list_id)}
    numbers = list(session.execute(text(SET_ASIDE), values).scalars())
    if numbers:
        told = {"list": list_id, "numbers": numbers}
        session.execute(text(FORGET_ISSUES), told)
        session.execute(text(FORGET_FINDINGS), told)
        session.execute(text(TELL), told | {"code": CODE, "reason": REASON})
    return len(numbers)


def _told(session: Session, list_id: int) -> list[int]:
    """The rows that bear a mark made of a phone or e-mail address itself, before those were sealed."""
    marks = set(session.execute(text(TOLD_MARKS), {"kinds": list(TOLD_TIES)}).scalars())
    if not marks:
        return []
    rows = session.execute(text(TOLD_ROWS).columns(**WAYS), {"list": list_id}, execution_options={"yield_per": BATCH})
    return [row.id for row in rows if not marks.isdisjoint(told_marks(row))]
