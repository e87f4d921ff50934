"""Cells: how many cases of a campaign have a value of a dimension, and came to what in which month. Sums of lines."""

from __future__ import annotations

from outreach.reporting.figures.lines import PARIS

DIMENSIONS = ("all", "segment", "site", "commune", "area", "language", "reading", "age", "size", "wave")
"""By what cases are told apart. ``all`` has one value."""
KEY = ("dimension", "value", "cohort", "reached", "accepted", "contactable", "mediated", "kind", "objected", "ended", "ended_as", "said")
"""What names a cell within its campaign."""

# ``{lines}``: rows like those of case_figure with a ``sign``: +1 for what counts now, -1 for what counted before.
CELLS = f"""
WITH line AS MATERIALIZED (
  SELECT f.*, {PARIS.format("f.solicited_at")} AS cohort, {PARIS.format("f.mediated_at")} AS mediated,
         {PARIS.format("f.objected_at")} AS objected, {PARIS.format("f.ended_at")} AS ended
  FROM ({{lines}}) f),
of_cases AS (
  SELECT l.campaign_id, d.dimension, d.value, l.cohort, l.reached_at IS NOT NULL AS reached, l.accepted_at IS NOT NULL AS accepted,
         l.contactable, l.mediated, l.kind, l.objected, l.ended, l.ended_as, CAST(NULL AS date) AS said, l.sign AS n, 0.0 AS amount
  FROM line l CROSS JOIN LATERAL (VALUES
    ('all', ''), ('segment', l.segment), ('site', CAST(l.site_id AS text)), ('commune', l.commune), ('area', l.area),
    ('language', l.language), ('reading', l.reading), ('age', l.age), ('size', l.size), ('wave', CAST(l.wave AS text))) AS d (dimension, value)),
of_answers AS (
  SELECT l.campaign_id, split_part(a, '|', 2), split_part(a, '|', 3), l.cohort, CAST(NULL AS boolean), CAST(NULL AS boolean),
         CAST(NULL AS boolean), l.mediated, CAST(NULL AS text), l.objected, CAST(NULL AS date), CAST(NULL AS text),
         CAST(split_part(a, '|', 1) AS date), l.sign, l.sign * CAST(split_part(a, '|', 4) AS numeric)
  FROM line l CROSS JOIN LATERAL unnest(l.answers) AS a),
of_attempts AS (
  SELECT l.campaign_id, 'attempt', split_part(a, '|', 2) || ':' || split_part(a, '|', 3), CAST(NULL AS date), CAST(NULL AS boolean),
         CAST(NULL AS boolean), CAST(NULL AS boolean), CAST(NULL AS date), CAST(NULL AS text), CAST(NULL AS date), CAST(NULL AS date),
         CAST(NULL AS text), CAST(split_part(a, '|', 1) AS date), l.sign, 0.0
  FROM line l CROSS JOIN LATERAL unnest(l.attempts) AS a)
SELECT campaign_id, {", ".join(KEY)}, sum(n) AS n, sum(amount) AS amount
FROM (SELECT * FROM of_cases UNION ALL SELECT * FROM of_answers UNION ALL SELECT * FROM of_attempts) c
GROUP BY campaign_id, {", ".join(KEY)} HAVING sum(n) <> 0 OR sum(amount) <> 0
"""
ADD = f"""
INSERT INTO figure_cell AS k (campaign_id, {", ".join(KEY)}, n, amount) SELECT * FROM ({CELLS}) c ORDER BY campaign_id, {", ".join(KEY)}
ON CONFLICT (campaign_id, {", ".join(KEY)}) DO UPDATE SET n = k.n + excluded.n, amount = k.amount + excluded.amount
"""
EMPTY = "DELETE FROM figure_cell WHERE campaign_id = ANY(:campaigns) AND n = 0 AND amount = 0"
