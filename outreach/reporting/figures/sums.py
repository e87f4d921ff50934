"""Sums of lines. Each statement adds up lines that carry a ``sign``: +1 for what counts now, -1 for what counted before."""

from __future__ import annotations

from outreach.models.figures import WAY
from outreach.reporting.figures.lines import MONTH

DIMENSIONS = ("all", "segment", "site", "commune", "area", "language", "reading", "age", "size", "wave")
"""By what cases are told apart. ``all`` has one value."""
_WAY = ", ".join(WAY)
_SAME = " AND ".join(f"w.{column} IS NOT DISTINCT FROM l.{column}" for column in WAY)
_VALUES = ", ".join(
    {
        "all": "('all', '')",
        "site": "('site', CAST(l.site_id AS text))",
        "wave": "('wave', CAST(l.wave AS text))",
    }.get(dimension, f"('{dimension}', l.{dimension})")
    for dimension in DIMENSIONS
)

# ``{lines}``: rows like those of case_figure, each with a sign. The way is looked up by a text of all its parts: the parts
# themselves may be null, and a hash join does not know that nulls are alike.
_TEXT = "concat_ws('|', " + ", ".join(f"coalesce(CAST({{0}}.{column} AS text), '-')" for column in WAY) + ")"
STEP = f"""
CREATE TEMP TABLE line ON COMMIT DROP AS
SELECT f.case_id, f.campaign_id, f.site_id, f.segment, f.wave, f.commune, f.area, f.language, f.reading, f.age, f.size, f.work, f.answers,
       f.sign, f.contactable, f.opened_at, f.solicited_at, f.mediated_at, f.objected_at, f.ended_at,
       f.kind, f.ended_as, {MONTH.format("f.opened_at")} AS opened, {MONTH.format("f.solicited_at")} AS cohort,
       {MONTH.format("f.reached_at")} AS reached, {MONTH.format("f.accepted_at")} AS accepted,
       {MONTH.format("f.mediated_at")} AS mediated, {MONTH.format("f.objected_at")} AS objected, {MONTH.format("f.ended_at")} AS ended
FROM ({{lines}}) f
"""
NEW_WAYS = f"""
INSERT INTO figure_way ({_WAY}) SELECT DISTINCT {_WAY} FROM line ON CONFLICT DO NOTHING
"""
ADD_CELLS = f"""
WITH way AS MATERIALIZED (SELECT id, {_TEXT.format("w")} AS word FROM figure_way w),
placed AS MATERIALIZED (SELECT l.*, w.id AS way_id FROM line l JOIN way w ON w.word = {_TEXT.format("l")})
INSERT INTO figure_cell AS k (campaign_id, dimension, value, way_id, n)
SELECT l.campaign_id, d.dimension, d.value, l.way_id, sum(l.sign) FROM placed l CROSS JOIN LATERAL (VALUES {_VALUES}) AS d (dimension, value)
GROUP BY 1, 2, 3, 4 HAVING sum(l.sign) <> 0 ORDER BY 1, 2, 3, 4
ON CONFLICT (campaign_id, dimension, value, way_id) DO UPDATE SET n = k.n + excluded.n
"""
ADD_ANSWERS = """
INSERT INTO figure_answer AS k (campaign_id, subject, code, cohort, mediated, objected, said, n, amount)
SELECT l.campaign_id, split_part(a, '|', 2), split_part(a, '|', 3), l.cohort, l.mediated, l.objected,
       CAST(split_part(a, '|', 1) AS date), sum(l.sign), sum(l.sign * CAST(split_part(a, '|', 4) AS numeric))
FROM line l CROSS JOIN LATERAL unnest(l.answers) AS a GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7
ON CONFLICT (campaign_id, subject, code, cohort, mediated, objected, said)
DO UPDATE SET n = k.n + excluded.n, amount = k.amount + excluded.amount
"""
ADD_WORK = """
INSERT INTO figure_work AS k (campaign_id, site_id, language, month, channel, result, n, minutes)
SELECT l.campaign_id, l.site_id, l.language, CAST(split_part(a, '|', 1) AS date), split_part(a, '|', 2), split_part(a, '|', 3),
       sum(l.sign * CAST(split_part(a, '|', 4) AS int)), sum(l.sign * CAST(split_part(a, '|', 5) AS int))
FROM line l CROSS JOIN LATERAL unnest(l.work) AS a GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
ON CONFLICT (campaign_id, site_id, language, month, channel, result)
DO UPDATE SET n = k.n + excluded.n, minutes = k.minutes + excluded.minutes
"""
_DAY = "CAST({0} AT TIME ZONE 'Europe/Paris' AS date)"
# Days of the calendar from the one to the other. What stops a clock first stops it; a closing of the same instant as what the
# clock waits for came with it.
ADD_COURSE = f"""
WITH clocked AS (
  SELECT l.campaign_id, 'contact' AS clock, l.opened_at AS begun, l.solicited_at AS hoped,
         least(l.mediated_at, l.objected_at, l.ended_at) AS other, 'solicited' AS hope, l.sign FROM line l
  UNION ALL
  SELECT l.campaign_id, 'mediation', l.solicited_at, l.mediated_at, least(l.objected_at, l.ended_at), 'mediated', l.sign
  FROM line l WHERE l.solicited_at IS NOT NULL),
stopped AS (
  SELECT campaign_id, clock, {_DAY.format("begun")} AS begun, sign,
         CASE WHEN hoped <= other OR (hoped IS NOT NULL AND other IS NULL) THEN hope WHEN other IS NOT NULL THEN 'other' ELSE '' END AS came,
         coalesce(greatest({_DAY.format("least(hoped, other)")} - {_DAY.format("begun")}, 0), 0) AS days
  FROM clocked)
INSERT INTO figure_course AS k (campaign_id, clock, begun, came, days, n)
SELECT campaign_id, clock, begun, came, days, sum(sign) FROM stopped GROUP BY 1, 2, 3, 4, 5 HAVING sum(sign) <> 0 ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (campaign_id, clock, begun, came, days) DO UPDATE SET n = k.n + excluded.n
"""
# ``{sign}``: +1 or -1. What the credits of the cases that are due add up to.
ADD_CREDITS = f"""
INSERT INTO figure_credit AS f (campaign_id, month, channel, first, last, shared)
SELECT m.campaign_id, {MONTH.format("m.occurred_at")}, k.channel, {{sign}} * sum(c.first), {{sign}} * sum(c.last), {{sign}} * sum(c.shared)
FROM due d JOIN credit c ON c.case_id = d.case_id JOIN mediation m ON m.id = c.mediation_id JOIN contact k ON k.id = c.contact_id
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
ON CONFLICT (campaign_id, month, channel)
DO UPDATE SET first = f.first + excluded.first, last = f.last + excluded.last, shared = f.shared + excluded.shared
"""
EMPTY = (
    "DELETE FROM figure_cell WHERE campaign_id = ANY(:campaigns) AND n = 0",
    "DELETE FROM figure_answer WHERE campaign_id = ANY(:campaigns) AND n = 0",
    "DELETE FROM figure_work WHERE campaign_id = ANY(:campaigns) AND n = 0 AND minutes = 0",
    "DELETE FROM figure_course WHERE campaign_id = ANY(:campaigns) AND n = 0",
    "DELETE FROM figure_credit WHERE campaign_id = ANY(:campaigns) AND first = 0 AND last = 0 AND shared = 0",
)
CLEAR = tuple(
    f"DELETE FROM {table} WHERE campaign_id = ANY(:campaigns)"
    for table in ("figure_cell", "figure_answer", "figure_work", "figure_course", "figure_credit", "case_figure")
)
