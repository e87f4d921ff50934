"""Whose case a partner's reference is: through the rows of the campaign's lists, now or ever, and the people behind them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import TYPE_CHECKING

import pyarrow as pa
from sqlalchemy import text

from outreach.core import bulk
from outreach.core.marks import reference_marks
from outreach.policy.outcomes import GOES_ON

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

ASKED = "CREATE TEMP TABLE asked_reference (reference text) ON COMMIT DROP"
# The rows in force speak for a reference; where there are none any more, those of the last list that named it. Two people of
# one contract are two rows.
NAMED = """
CREATE TEMP TABLE named_row ON COMMIT DROP AS
SELECT reference, person_id FROM (
  SELECT a.reference, r.person_id,
         rank() OVER (PARTITION BY a.reference
                      ORDER BY r.superseded_by IS NOT NULL, CASE WHEN r.superseded_by IS NOT NULL THEN -r.list_id END) AS place
  FROM asked_reference a JOIN usable_row r ON r.row_key = a.reference
  WHERE r.campaign_id = :campaign AND r.partner_id = :partner) ranked
WHERE place = 1
"""
# Each person counts as who they are found to be now. Of several cases about one unit the one about that very person comes
# first, then one that is open; one that joined another leads there.
CASES = f"""
WITH lives AS (
  SELECT DISTINCT n.reference, p.id AS person_id, p.household_id
  FROM named_row n JOIN person o ON o.id = n.person_id JOIN person p ON p.id = coalesce(o.merged_into, o.id)),
placed AS MATERIALIZED (
  SELECT c.id, c.unit, c.status, c.closed_at, lives.id AS person_id, lives.household_id
  FROM "case" c JOIN person p ON p.id = c.person_id JOIN person lives ON lives.id = coalesce(p.merged_into, p.id)
  WHERE c.campaign_id = :campaign),
candidate AS (
  SELECT l.reference, l.person_id, p.id, p.status, p.closed_at, TRUE AS is_own
  FROM lives l JOIN placed p ON p.person_id = l.person_id
  UNION ALL
  SELECT l.reference, l.person_id, p.id, p.status, p.closed_at, FALSE
  FROM lives l JOIN placed p ON p.household_id = l.household_id
  WHERE p.unit = 'household' AND p.person_id <> l.person_id),
chosen AS (
  SELECT DISTINCT ON (reference, person_id) reference, id FROM candidate
  ORDER BY reference, person_id, status = 'joined', is_own DESC, closed_at IS NOT NULL, id)
SELECT DISTINCT c.reference, coalesce(g.goes_on, c.id) AS case_id FROM chosen c LEFT JOIN ({GOES_ON}) g ON g.case_id = c.id
ORDER BY 1, 2
"""


def cases_of(
    session: Session, campaign_id: int, partner_id: int, references: Collection[str]
) -> tuple[dict[str, list[int]], set[str]]:
    """The cases of each reference that has any, and all references that a list of the campaign ever named.

    They are found by their marks.
    """
    told = sorted(references)
    said = dict(zip(reference_marks(partner_id, told), told, strict=True))
    values = {"campaign": campaign_id, "partner": partner_id}
    session.execute(text(ASKED))
    with bulk.Loading(session, "asked_reference", ["reference"]) as loading:
        loading.write(pa.table({"reference": pa.array(list(said), pa.string())}))
    session.execute(text(NAMED), values)
    session.execute(text("ANALYZE named_row"))
    found: dict[str, list[int]] = defaultdict(list)
    for row in session.execute(text(CASES), values):
        found[said[row.reference]].append(int(row.case_id))
    known = {said[mark] for mark in session.execute(text("SELECT DISTINCT reference FROM named_row")).scalars()}
    session.execute(text("DROP TABLE named_row, asked_reference"))
    return dict(found), known
