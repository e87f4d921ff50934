"""What people told of their language and of reading French is known of them at once, in every campaign; taken back, it is not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from outreach.core.prepared import kept
from outreach.policy.told import sql_told
from outreach.tracking.events import ASKED, SMALL

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# Of the person addressed, under the number that they have now. Who told nothing any more is as lists say.
LEARN = f"""
WITH mine AS MATERIALIZED (
  SELECT DISTINCT coalesce(a.merged_into, a.id) AS person_id
  FROM "case" c JOIN person a ON a.id = c.person_id WHERE c.id = ANY({ASKED})),
number AS MATERIALIZED (
  SELECT person_id, person_id AS was FROM mine
  UNION ALL SELECT mine.person_id, q.id FROM mine JOIN person q ON q.merged_into = mine.person_id),
told AS ({sql_told("number", few=True)})
UPDATE person p SET language = n.language, reads_french = n.reads_french FROM (
  SELECT mine.person_id, coalesce(told.language, listed.language) AS language,
         coalesce(told.reads_french, listed.reads_french) AS reads_french
  FROM mine LEFT JOIN told USING (person_id) CROSS JOIN LATERAL (
    SELECT (array_agg(r.language ORDER BY r.id DESC) FILTER (WHERE r.language IS NOT NULL))[1] AS language,
           (array_agg(r.reads_french ORDER BY r.id DESC) FILTER (WHERE r.reads_french IS NOT NULL))[1] AS reads_french
    FROM usable_row r WHERE r.person_id = mine.person_id) listed) n
WHERE p.id = n.person_id AND p.anonymised_at IS NULL
  AND (p.language, p.reads_french) IS DISTINCT FROM (n.language, n.reads_french)
"""


def learn_languages(session: Session, cases: Iterable[int]) -> None:
    """Have what was told in some cases known of their people, as matching would say it at its next run."""
    asked = sorted(set(cases))
    kept(session, LEARN, {"cases": asked}, when=len(asked) <= SMALL)
