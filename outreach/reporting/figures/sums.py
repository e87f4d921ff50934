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
_DAY = "CAST(f.{0}_at AT TIME ZONE 'Europe/Paris' AS date) AS {0}_day"
_FIRST = "{0}_day - CAST(extract(day FROM {0}_day) AS int) + 1 AS {1}"
_MOMENTS = {
    "opened": "opened", "solicited": "cohort", "reached": "reached", "accepted": "accepted", "mediated": "mediated",
    "objected": "objected", "ended": "ended",
}  # fmt: skip
STEP = f"""
CREATE TEMP TABLE line ON COMMIT DROP AS
SELECT *, hash_record_extended(ROW({_WAY}), 0) AS way_id FROM (
  SELECT *, {", ".join(_FIRST.format(moment, month) for moment, month in _MOMENTS.items())} FROM (
    SELECT f.*, {", ".join(_DAY.format(moment) for moment in _MOMENTS)} FROM ({{lines}}) f) d) l
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
# Which months the cases that are due did or said something in: these are counted anew, whoever did it.
TOUCHED = """
CREATE TEMP TABLE touched ON COMMIT DROP AS
SELECT campaign_id, month AT TIME ZONE 'Europe/Paris' AS since, (month + interval '1 month') AT TIME ZONE 'Europe/Paris' AS until, CAST(month AS date) AS month
FROM (SELECT DISTINCT campaign_id, date_trunc('month', at AT TIME ZONE 'Europe/Paris') AS month FROM (
  SELECT k.campaign_id, k.done_at AS at FROM due d JOIN contact k ON k.case_id = d.case_id AND k.done_at IS NOT NULL
  UNION ALL SELECT m.campaign_id, m.occurred_at FROM due d JOIN mediation m ON m.case_id = d.case_id) t) m
"""
FORGET_MONTHS = (
    "DELETE FROM figure_work w USING touched t WHERE w.campaign_id = t.campaign_id AND w.month = t.month",
    "DELETE FROM figure_answer a USING touched t WHERE a.campaign_id = t.campaign_id AND a.said = t.month",
)
IN_TOUCHED = "JOIN touched t ON t.campaign_id = {0}.campaign_id AND {0}.{1} >= t.since AND {0}.{1} < t.until"
# ``{contacts}``, ``{mediations}``: nothing, or only those of the months touched.
ADD_WORK = f"""
INSERT INTO figure_work (campaign_id, site_id, language, month, channel, result, n, minutes)
SELECT campaign_id, site_id, language, month, channel, result, sum(n), sum(minutes) FROM (
  SELECT f.campaign_id, f.site_id, f.language, {MONTH.format("k.done_at")} AS month, k.channel, coalesce(k.disposition, 'sent') AS result,
         1 AS n, 0 AS minutes
  FROM contact k JOIN case_figure f ON f.case_id = k.case_id {{contacts}}
  WHERE k.campaign_id = ANY(:campaigns) AND (k.state = 'sent' OR (k.state = 'done' AND k.disposition IS NOT NULL))
  UNION ALL
  SELECT f.campaign_id, f.site_id, f.language, {MONTH.format("m.occurred_at")}, m.medium, 'mediation', 1, m.minutes
  FROM mediation m JOIN case_figure f ON f.case_id = m.case_id {{mediations}}
  WHERE m.campaign_id = ANY(:campaigns) AND m.superseded_at IS NULL) w
GROUP BY 1, 2, 3, 4, 5, 6
"""
_CODES = """
  SELECT 'theme' AS subject, code FROM unnest({0}.themes) AS code UNION ALL SELECT 'barrier', code FROM unnest({0}.barriers) AS code
  UNION ALL SELECT 'obstacle', code FROM unnest({0}.obstacles) AS code
  UNION ALL SELECT 'autonomy', {0}.autonomy WHERE {0}.autonomy IS NOT NULL
  UNION ALL SELECT 'interpreter', {0}.interpreter WHERE {0}.interpreter <> 'none'
"""
_ACTIONS = """
  SELECT 'action' AS subject, key AS code, CAST(coalesce(value ->> 'amount', '0') AS numeric) AS amount FROM jsonb_each({0}.actions)
  UNION ALL SELECT 'referral', value ->> 'to', 0 FROM jsonb_each({0}.actions) WHERE value ? 'to'
"""
# Most cases have one mediation: those that said the same are counted together before they are taken apart. Of several
# mediations of a case, the first to say a thing says it for the case.
ADD_ANSWERS = f"""
WITH again AS MATERIALIZED (
  SELECT case_id FROM mediation WHERE campaign_id = ANY(:campaigns) AND superseded_at IS NULL AND case_id IS NOT NULL
  GROUP BY 1 HAVING count(*) > 1),
line AS (
  SELECT f.case_id, f.campaign_id, {MONTH.format("f.solicited_at")} AS cohort, {MONTH.format("f.mediated_at")} AS mediated,
         {MONTH.format("f.objected_at")} AS objected
  FROM case_figure f WHERE f.campaign_id = ANY(:campaigns) AND f.mediated_at IS NOT NULL),
once AS (
  SELECT l.*, {MONTH.format("m.occurred_at")} AS said, m.themes, m.barriers, m.obstacles, m.autonomy, m.interpreter, m.actions
  FROM mediation m JOIN line l ON l.case_id = m.case_id {{mediations}}
  WHERE m.campaign_id = ANY(:campaigns) AND m.superseded_at IS NULL AND m.case_id NOT IN (SELECT case_id FROM again)),
alike AS (
  SELECT campaign_id, cohort, mediated, objected, said, themes, barriers, obstacles, autonomy, interpreter, count(*) AS n
  FROM once GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
several AS (
  SELECT DISTINCT ON (l.case_id, subject, code) l.*, {MONTH.format("m.occurred_at")} AS said, subject, code, amount
  FROM again g JOIN line l ON l.case_id = g.case_id JOIN mediation m ON m.case_id = g.case_id AND m.superseded_at IS NULL
       CROSS JOIN LATERAL (SELECT subject, code, 0 AS amount FROM ({_CODES.format("m")}) c UNION ALL {_ACTIONS.format("m")}) a
  ORDER BY l.case_id, subject, code, m.occurred_at, m.id)
INSERT INTO figure_answer (campaign_id, subject, code, cohort, mediated, objected, said, n, amount)
SELECT campaign_id, subject, code, cohort, mediated, objected, said, sum(n), sum(amount) FROM (
  SELECT campaign_id, subject, code, cohort, mediated, objected, said, n, 0 AS amount FROM alike CROSS JOIN LATERAL ({_CODES.format("alike")}) c
  UNION ALL
  SELECT campaign_id, subject, code, cohort, mediated, objected, said, 1, amount FROM once CROSS JOIN LATERAL ({_ACTIONS.format("once")}) a
  WHERE actions <> CAST('{{{{}}}}' AS jsonb)
  UNION ALL
  SELECT campaign_id, subject, code, cohort, mediated, objected, said, 1, amount FROM several {{months}}) w
GROUP BY 1, 2, 3, 4, 5, 6, 7
"""
MONTHS_TOUCHED = "WHERE (campaign_id, said) IN (SELECT campaign_id, month FROM touched)"
# Days of the calendar from the one to the other. What stops a clock first stops it; a closing of the same instant as what the
# clock waits for came with it.
ADD_COURSE = """
WITH clocked AS (
  SELECT campaign_id, 'contact' AS clock, opened_day AS begun, solicited_at AS hoped, solicited_day AS hoped_day,
         least(mediated_at, objected_at, ended_at) AS other, least(mediated_day, objected_day, ended_day) AS other_day,
         'solicited' AS hope, sign FROM line
  UNION ALL
  SELECT campaign_id, 'mediation', solicited_day, mediated_at, mediated_day, least(objected_at, ended_at), least(objected_day, ended_day),
         'mediated', sign
  FROM line WHERE solicited_at IS NOT NULL),
stopped AS (
  SELECT campaign_id, clock, begun, sign,
         CASE WHEN hoped <= other OR (hoped IS NOT NULL AND other IS NULL) THEN hope WHEN other IS NOT NULL THEN 'other' ELSE '' END AS came,
         coalesce(greatest(least(hoped_day, other_day) - begun, 0), 0) AS days
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
    "DELETE FROM figure_course WHERE campaign_id = ANY(:campaigns) AND n = 0",
    "DELETE FROM figure_credit WHERE campaign_id = ANY(:campaigns) AND n = 0",
)
CLEAR = tuple(
    f"DELETE FROM {table} WHERE campaign_id = ANY(:campaigns)"
    for table in ("figure_cell", "figure_answer", "figure_work", "figure_course", "figure_credit", "credit", "case_figure")
)
