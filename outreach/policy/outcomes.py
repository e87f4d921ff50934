"""What holds of all that a partner told about its customers, in SQL: the last word about each thing and day.

Every fragment is a query to stand in parentheses; ``:campaign`` and ``:until`` are bound by who uses it.
"""

from __future__ import annotations

# A case that joined another one goes on there, however often that happened. Who parted again is no longer « joined ».
GOES_ON = """
WITH RECURSIVE joined AS (
  SELECT DISTINCT ON (e.case_id) e.case_id, CAST(e.data ->> 'into' AS bigint) AS into_id
  FROM event e JOIN "case" c ON c.id = e.case_id
  WHERE c.campaign_id = :campaign AND c.status = 'joined' AND e.kind = 'joined'
  ORDER BY e.case_id, e.occurred_at DESC, e.recorded_at DESC),
hop AS (
  SELECT case_id, into_id, ARRAY[case_id] AS seen FROM joined
  UNION ALL SELECT h.case_id, j.into_id, h.seen || j.case_id FROM hop h JOIN joined j ON j.case_id = h.into_id
  WHERE j.case_id <> ALL(h.seen))
SELECT DISTINCT ON (case_id) case_id, into_id AS goes_on FROM hop ORDER BY case_id, cardinality(seen) DESC
"""
HELD_OUTCOMES = """
SELECT DISTINCT ON (o.case_id, o.reference, o.kind, o.observed_on)
       o.id, o.file_id, o.campaign_id, o.case_id, o.reference, o.kind, o.value, o.amount, o.observed_on, o.recorded_at
FROM partner_outcome o WHERE o.campaign_id = :campaign AND o.observed_on <= :until
ORDER BY o.case_id, o.reference, o.kind, o.observed_on, o.recorded_at DESC, o.id DESC
"""
"""What holds about each case, reference, kind and day up to the day ``:until``: of several words, the one recorded last."""
# A case may be about several contracts of one home: what is said must hold for each of them.
CASE_OUTCOMES = f"""
SELECT case_id, kind, bool_and(value) AS value, sum(amount) AS amount, max(observed_on) AS observed_on FROM (
  SELECT DISTINCT ON (coalesce(g.goes_on, h.case_id), h.reference, h.kind) coalesce(g.goes_on, h.case_id) AS case_id, h.reference,
         h.kind, h.value, h.amount, h.observed_on
  FROM ({HELD_OUTCOMES}) h LEFT JOIN ({GOES_ON}) g ON g.case_id = h.case_id
  ORDER BY coalesce(g.goes_on, h.case_id), h.reference, h.kind, h.observed_on DESC, h.recorded_at DESC, h.id DESC) latest
GROUP BY case_id, kind
"""
"""What stood of each case that goes on, kind by kind, on the day ``:until``: the latest day told of each of its references."""
