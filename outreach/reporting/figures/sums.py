"""Sums of lines. Each statement adds up lines that carry a ``sign``: +1 for what counts now, -1 for what counted before."""

from __future__ import annotations

from outreach.models.figures import WAY
from outreach.reporting.figures.lines import MONTH

DIMENSIONS = ("all", "segment", "site", "commune", "area", "language", "reading", "age", "size", "wave")
"""By what cases are told apart. ``all`` has one value."""
_WAY = ", ".join(WAY)
_COLUMNS = {"all": "''", "site": "CAST(site_id AS text)", "wave": "CAST(wave AS text)"}
_VALUES = {dimension: _COLUMNS.get(dimension, dimension) for dimension in DIMENSIONS}

# ``{lines}``: rows like those of case_figure, each with a sign. The number of a way is the hash of its parts that PostgreSQL
# itself keeps from version to version (partitions rest on it): 64 bits, for some thousands of ways.
STEP = f"""
CREATE TEMP TABLE line ON COMMIT DROP AS
SELECT *, hash_record_extended(ROW({_WAY}), 0) AS way_id FROM (
  SELECT f.*, {MONTH.format("f.opened_at")} AS opened, {MONTH.format("f.solicited_at")} AS cohort,
         {MONTH.format("f.reached_at")} AS reached, {MONTH.format("f.accepted_at")} AS accepted,
         {MONTH.format("f.mediated_at")} AS mediated, {MONTH.format("f.objected_at")} AS objected, {MONTH.format("f.ended_at")} AS ended
  FROM ({{lines}}) f) l
"""
NEW_WAYS = f"INSERT INTO figure_way (id, {_WAY}) SELECT DISTINCT way_id, {_WAY} FROM line ON CONFLICT (id) DO NOTHING"
ADD_CELLS = f"""
INSERT INTO figure_cell AS k (campaign_id, dimension, value, way_id, n)
SELECT campaign_id, CASE {" ".join(f"WHEN GROUPING({name}_value) = 0 THEN '{name}'" for name in DIMENSIONS)} END AS dimension,
       coalesce({", ".join(f"{name}_value" for name in DIMENSIONS)}), way_id, sum(sign)
FROM (SELECT campaign_id, way_id, sign, {", ".join(f"{value} AS {name}_value" for name, value in _VALUES.items())} FROM line) l
GROUP BY GROUPING SETS ({", ".join(f"(campaign_id, way_id, {name}_value)" for name in DIMENSIONS)})
HAVING sum(sign) <> 0 ORDER BY 1, 2, 3, 4
ON CONFLICT (campaign_id, dimension, value, way_id) DO UPDATE SET n = k.n + excluded.n
"""
# Words are counted whole before they are taken apart: there are few.
ADD_ANSWERS = """
INSERT INTO figure_answer AS k (campaign_id, subject, code, cohort, mediated, objected, said, n, amount)
SELECT campaign_id, split_part(word, '|', 2), split_part(word, '|', 3), cohort, mediated, objected, CAST(split_part(word, '|', 1) AS date),
       sum(n), sum(n * CAST(split_part(word, '|', 4) AS numeric))
FROM (SELECT campaign_id, cohort, mediated, objected, word, sum(sign) AS n FROM line CROSS JOIN LATERAL unnest(answers) AS word
      GROUP BY 1, 2, 3, 4, 5) w
GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7
ON CONFLICT (campaign_id, subject, code, cohort, mediated, objected, said)
DO UPDATE SET n = k.n + excluded.n, amount = k.amount + excluded.amount
"""
ADD_WORK = """
INSERT INTO figure_work AS k (campaign_id, site_id, language, month, channel, result, n, minutes)
SELECT campaign_id, site_id, language, CAST(split_part(word, '|', 1) AS date), split_part(word, '|', 2), split_part(word, '|', 3),
       sum(n), sum(n * CAST(split_part(word, '|', 4) AS int))
FROM (SELECT campaign_id, site_id, language, word, sum(sign) AS n FROM line CROSS JOIN LATERAL unnest(work) AS word GROUP BY 1, 2, 3, 4) w
GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
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
# ``{sign}``: +1 or -1. What the credits of the cases that are due add up to, each rule for itself.
ADD_CREDITS = f"""
INSERT INTO figure_credit AS f (campaign_id, month, channel, contacts, first, last, n)
SELECT campaign_id, month, channel, cardinality(channels), coalesce(sum(n) FILTER (WHERE place = 1), 0),
       coalesce(sum(n) FILTER (WHERE place = cardinality(channels)), 0), sum(n)
FROM (SELECT c.campaign_id, {MONTH.format("c.occurred_at")} AS month, c.channels, {{sign}} * count(*) AS n
      FROM {{due}} d JOIN credit c ON c.case_id = d.case_id GROUP BY 1, 2, 3) w
     CROSS JOIN LATERAL unnest(channels) WITH ORDINALITY AS u (channel, place)
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
ON CONFLICT (campaign_id, month, channel, contacts)
DO UPDATE SET first = f.first + excluded.first, last = f.last + excluded.last, n = f.n + excluded.n
"""
EMPTY = (
    "DELETE FROM figure_cell WHERE campaign_id = ANY(:campaigns) AND n = 0",
    "DELETE FROM figure_answer WHERE campaign_id = ANY(:campaigns) AND n = 0",
    "DELETE FROM figure_work WHERE campaign_id = ANY(:campaigns) AND n = 0 AND minutes = 0",
    "DELETE FROM figure_course WHERE campaign_id = ANY(:campaigns) AND n = 0",
    "DELETE FROM figure_credit WHERE campaign_id = ANY(:campaigns) AND n = 0",
)
CLEAR = tuple(
    f"DELETE FROM {table} WHERE campaign_id = ANY(:campaigns)"
    for table in ("figure_cell", "figure_answer", "figure_work", "figure_course", "figure_credit", "credit", "case_figure")
)
