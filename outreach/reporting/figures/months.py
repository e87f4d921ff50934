"""What was done and said in a month, counted from contacts and mediations as they are now: a month touched is counted anew.

Each query sums up months of ``:campaigns`` from ``:since`` to before ``:until``, the months' first instants being ``:starts`` and
their first days ``:months``; those in ``figure_month`` are kept.
"""

from __future__ import annotations

from outreach.core.joins import joined
from outreach.policy.attribution import SQL_STEPS
from outreach.reporting.figures.sums import MONTH

# Which months are touched by the cases that are due: those in which something was done or said of which a new event tells;
# where the past itself may read otherwise now, all months of the case. ``line`` has each case as it counted before and as it counts now.
TOUCH = f"""
INSERT INTO figure_month (campaign_id, month)
WITH told AS (
  SELECT e.case_id, e.contact_id, e.kind, e.occurred_at
  FROM due d {joined("event", "e", "e.case_id = d.case_id AND e.recorded_at >= d.since", few=True)}),
anew AS (SELECT case_id FROM due WHERE since = '-infinity' UNION SELECT case_id FROM told WHERE kind = ANY(:turning)
         UNION SELECT case_id FROM line GROUP BY 1 HAVING count(DISTINCT (campaign_id, site_id, language)) > 1),
said AS (SELECT case_id FROM anew UNION SELECT case_id FROM line
  GROUP BY 1 HAVING count(DISTINCT (cohort, mediated, objected)) > 1)
SELECT campaign_id, {MONTH.format("at")} FROM (
  SELECT k.campaign_id, k.done_at AS at FROM told t JOIN contact k ON k.id = t.contact_id WHERE k.done_at IS NOT NULL
  UNION ALL SELECT m.campaign_id, m.occurred_at FROM told t JOIN mediation m ON m.case_id = t.case_id
    AND m.occurred_at = t.occurred_at
  UNION ALL SELECT k.campaign_id, k.done_at FROM anew a JOIN contact k ON k.case_id = a.case_id WHERE k.done_at IS NOT NULL
  UNION ALL SELECT m.campaign_id, m.occurred_at FROM said s JOIN mediation m ON m.case_id = s.case_id) t
GROUP BY 1, 2 ORDER BY 1, 2 ON CONFLICT DO NOTHING
"""
_ENDS = """
LATERAL (SELECT min({1}) AS low, max({1}) AS high FROM {0} x WHERE x.campaign_id = c.id AND x.{1} IS NOT NULL{2}) {0}_ends
"""
TOUCH_ALL = f"""
INSERT INTO figure_month (campaign_id, month)
SELECT c.id, CAST(generate_series(date_trunc('month', least(contact_ends.low, mediation_ends.low)),
                                  greatest(contact_ends.high, mediation_ends.high), interval '1 month') AS date)
FROM campaign c, {_ENDS.format("contact", "done_at", " AND x.state IN ('sent', 'done')")}, {_ENDS.format("mediation", "occurred_at", "")}
ORDER BY 1, 2 ON CONFLICT DO NOTHING
"""
"""All months of all campaigns."""
# Found among the months at hand: to take an instant apart by the clock of Paris takes as long as all the rest of a row.
_MONTH = "(CAST(:months AS date[]))[width_bucket({0}, CAST(:starts AS timestamptz[]))]"
_IN = "campaign_id = ANY(:campaigns) AND {0} >= :since AND {0} < :until"
_CONTACTS = f"k.{_IN.format('k.done_at')} AND k.state IN ('sent', 'done')"
_OF_MEDIATIONS = f"m.{_IN.format('m.occurred_at')}"
_MEDIATIONS = f"{_OF_MEDIATIONS} AND m.superseded_at IS NULL"
WORK = f"""
SELECT campaign_id, site_id, language, month, channel, result, sum(n) AS n, sum(minutes) AS minutes FROM (
  SELECT f.campaign_id, f.site_id, f.language, {_MONTH.format("k.done_at")} AS month, k.channel,
         coalesce(k.disposition, 'sent') AS result, count(*) AS n, 0 AS minutes
  FROM contact k JOIN case_figure f ON f.case_id = k.case_id
  WHERE {_CONTACTS} AND (k.state = 'sent' OR k.disposition IS NOT NULL) GROUP BY 1, 2, 3, 4, 5, 6
  UNION ALL
  SELECT f.campaign_id, f.site_id, f.language, {_MONTH.format("m.occurred_at")}, m.medium, 'mediation', count(*), sum(m.minutes)
  FROM mediation m JOIN case_figure f ON f.case_id = m.case_id WHERE {_MEDIATIONS} GROUP BY 1, 2, 3, 4, 5) w
GROUP BY 1, 2, 3, 4, 5, 6
"""
_CODES = """
  SELECT 'theme' AS subject, code FROM unnest({0}.themes) AS code UNION ALL SELECT 'barrier', code
    FROM unnest({0}.barriers) AS code
  UNION ALL SELECT 'obstacle', code FROM unnest({0}.obstacles) AS code
  UNION ALL SELECT 'autonomy', {0}.autonomy WHERE {0}.autonomy IS NOT NULL
  UNION ALL SELECT 'interpreter', {0}.interpreter WHERE {0}.interpreter <> 'none'
"""
_ACTIONS = """
  SELECT 'action' AS subject, key AS code, CAST(coalesce(value ->> 'amount', '0') AS numeric) AS amount
    FROM jsonb_each({0}.actions)
  UNION ALL SELECT 'referral', value ->> 'to', 0 FROM jsonb_each({0}.actions) WHERE value ? 'to'
"""
# Most cases have one mediation: those that said the same are counted together before they are taken apart. Of several
# mediations of a case, the first to say a thing says it for the case.
ANSWERS = f"""
WITH again AS MATERIALIZED (
  SELECT case_id FROM mediation WHERE campaign_id = ANY(:campaigns) AND superseded_at IS NULL AND case_id IS NOT NULL
  GROUP BY 1 HAVING count(*) > 1),
line AS (
  SELECT f.case_id, f.campaign_id, {MONTH.format("f.solicited_at")} AS cohort, {MONTH.format("f.mediated_at")} AS mediated,
         {MONTH.format("f.objected_at")} AS objected
  FROM case_figure f WHERE f.campaign_id = ANY(:campaigns) AND f.mediated_at IS NOT NULL),
once AS (
  SELECT l.*, {_MONTH.format("m.occurred_at")} AS said, m.themes, m.barriers, m.obstacles, m.autonomy, m.interpreter, m.actions
  FROM mediation m JOIN line l ON l.case_id = m.case_id WHERE {_MEDIATIONS} AND m.case_id NOT IN (SELECT case_id FROM again)),
alike AS (
  SELECT campaign_id, cohort, mediated, objected, said, themes, barriers, obstacles, autonomy, interpreter, count(*) AS n
  FROM once GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
several AS (
  SELECT DISTINCT ON (l.case_id, subject, code) l.*, {MONTH.format("m.occurred_at")} AS said, subject, code, amount
  FROM again g JOIN line l ON l.case_id = g.case_id JOIN mediation m ON m.case_id = g.case_id AND m.superseded_at IS NULL
       CROSS JOIN LATERAL (SELECT subject, code, 0 AS amount FROM ({_CODES.format("m")}) c UNION ALL {_ACTIONS.format("m")}) a
  ORDER BY l.case_id, subject, code, m.occurred_at, m.id)
SELECT campaign_id, subject, code, cohort, mediated, objected, said, sum(n) AS n, sum(amount) AS amount FROM (
  SELECT campaign_id, subject, code, cohort, mediated, objected, said, n, 0 AS amount FROM alike
    CROSS JOIN LATERAL ({_CODES.format("alike")}) c
  UNION ALL
  SELECT campaign_id, subject, code, cohort, mediated, objected, said, 1, amount FROM once
    CROSS JOIN LATERAL ({_ACTIONS.format("once")}) a
  WHERE actions <> CAST('{{}}' AS jsonb)
  UNION ALL
  SELECT campaign_id, subject, code, cohort, mediated, objected, said, 1, amount FROM several) w
GROUP BY 1, 2, 3, 4, 5, 6, 7
"""
# Each rule of credit for itself.
CREDITS = f"""
SELECT campaign_id, month, channel, contacts, count(*) FILTER (WHERE place = 1) AS first,
       count(*) FILTER (WHERE place = contacts) AS last, count(*) AS n
FROM ({SQL_STEPS.format(month=f", {_MONTH.format('m.occurred_at')} AS month", chosen=_OF_MEDIATIONS)}) s GROUP BY 1, 2, 3, 4
"""
COUNTED_BY_MONTH = {
    "figure_work": ("month", "campaign_id, site_id, language, month, channel, result, n, minutes", WORK),
    "figure_credit": ("month", "campaign_id, month, channel, contacts, first, last, n", CREDITS),
    "figure_answer": ("said", "campaign_id, subject, code, cohort, mediated, objected, said, n, amount", ANSWERS),
}
"""Each table, those first that take the longest: the column of its month, its columns, and what fills them."""
KEEP_MONTHS = """
INSERT INTO {table} ({columns}) SELECT {columns} FROM month_sum s
WHERE (s.campaign_id, s.{month}) IN (SELECT campaign_id, month FROM figure_month WHERE month = ANY(CAST(:months AS date[])))
ORDER BY {columns}
"""
FORGET_MONTHS = """
DELETE FROM {table} f USING figure_month t
WHERE f.campaign_id = t.campaign_id AND f.{month} = t.month AND t.month = ANY(CAST(:months AS date[]))
"""
