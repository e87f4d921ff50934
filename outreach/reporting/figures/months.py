"""What was done and said in a month, counted from contacts and mediations as they are now: a month touched is counted anew.

Each query sums up the months in ``figure_month``. ``:since`` and ``:until``: the days around all of them, so that an index
finds what may count; ``:campaigns``: whose months they are.
"""

from __future__ import annotations

from outreach.policy.attribution import SQL_STEPS
from outreach.reporting.figures.sums import MONTH

# Which months the cases that are due did or said something in: these are counted anew, whoever did it.
TOUCH = f"""
INSERT INTO figure_month (campaign_id, month) SELECT campaign_id, {MONTH.format("at")} FROM (
  SELECT k.campaign_id, k.done_at AS at FROM due d JOIN contact k ON k.case_id = d.case_id AND k.done_at IS NOT NULL
  UNION ALL SELECT m.campaign_id, m.occurred_at FROM due d JOIN mediation m ON m.case_id = d.case_id) t
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
_IN = "campaign_id = ANY(:campaigns) AND {0} >= CAST(:since AS date) AND {0} < CAST(:until AS date)"
_TOUCHED = f"JOIN figure_month t ON t.campaign_id = {{0}}.campaign_id AND t.month = {MONTH.format('{0}.{1}')}"
_CONTACTS, _MEDIATIONS = _TOUCHED.format("k", "done_at"), _TOUCHED.format("m", "occurred_at")
WORK = f"""
SELECT campaign_id, site_id, language, month, channel, result, sum(n) AS n, sum(minutes) AS minutes FROM (
  SELECT f.campaign_id, f.site_id, f.language, t.month, k.channel, coalesce(k.disposition, 'sent') AS result, count(*) AS n, 0 AS minutes
  FROM contact k JOIN case_figure f ON f.case_id = k.case_id {_CONTACTS}
  WHERE k.{_IN.format("k.done_at")} AND k.state IN ('sent', 'done') AND (k.state = 'sent' OR k.disposition IS NOT NULL)
  GROUP BY 1, 2, 3, 4, 5, 6
  UNION ALL
  SELECT f.campaign_id, f.site_id, f.language, t.month, m.medium, 'mediation', count(*), sum(m.minutes)
  FROM mediation m JOIN case_figure f ON f.case_id = m.case_id {_MEDIATIONS}
  WHERE m.{_IN.format("m.occurred_at")} AND m.superseded_at IS NULL GROUP BY 1, 2, 3, 4, 5) w
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
ANSWERS = f"""
WITH again AS MATERIALIZED (
  SELECT case_id FROM mediation WHERE campaign_id = ANY(:campaigns) AND superseded_at IS NULL AND case_id IS NOT NULL
  GROUP BY 1 HAVING count(*) > 1),
line AS (
  SELECT f.case_id, f.campaign_id, {MONTH.format("f.solicited_at")} AS cohort, {MONTH.format("f.mediated_at")} AS mediated,
         {MONTH.format("f.objected_at")} AS objected
  FROM case_figure f WHERE f.campaign_id = ANY(:campaigns) AND f.mediated_at IS NOT NULL),
once AS (
  SELECT l.*, t.month AS said, m.themes, m.barriers, m.obstacles, m.autonomy, m.interpreter, m.actions
  FROM mediation m JOIN line l ON l.case_id = m.case_id {_MEDIATIONS}
  WHERE m.{_IN.format("m.occurred_at")} AND m.superseded_at IS NULL AND m.case_id NOT IN (SELECT case_id FROM again)),
alike AS (
  SELECT campaign_id, cohort, mediated, objected, said, themes, barriers, obstacles, autonomy, interpreter, count(*) AS n
  FROM once GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
several AS (
  SELECT DISTINCT ON (l.case_id, subject, code) l.*, {MONTH.format("m.occurred_at")} AS said, subject, code, amount
  FROM again g JOIN line l ON l.case_id = g.case_id JOIN mediation m ON m.case_id = g.case_id AND m.superseded_at IS NULL
       CROSS JOIN LATERAL (SELECT subject, code, 0 AS amount FROM ({_CODES.format("m")}) c UNION ALL {_ACTIONS.format("m")}) a
  ORDER BY l.case_id, subject, code, m.occurred_at, m.id)
SELECT campaign_id, subject, code, cohort, mediated, objected, said, sum(n) AS n, sum(amount) AS amount FROM (
  SELECT campaign_id, subject, code, cohort, mediated, objected, said, n, 0 AS amount FROM alike CROSS JOIN LATERAL ({_CODES.format("alike")}) c
  UNION ALL
  SELECT campaign_id, subject, code, cohort, mediated, objected, said, 1, amount FROM once CROSS JOIN LATERAL ({_ACTIONS.format("once")}) a
  WHERE actions <> CAST('{{}}' AS jsonb)
  UNION ALL
  SELECT campaign_id, subject, code, cohort, mediated, objected, said, 1, amount FROM several
  WHERE (campaign_id, said) IN (SELECT campaign_id, month FROM figure_month)) w
GROUP BY 1, 2, 3, 4, 5, 6, 7
"""
# Each rule of credit for itself.
CREDITS = f"""
SELECT campaign_id, month, channel, contacts, count(*) FILTER (WHERE place = 1) AS first,
       count(*) FILTER (WHERE place = contacts) AS last, count(*) AS n
FROM ({SQL_STEPS.format(month=", t.month", touched=_MEDIATIONS, chosen=f"m.{_IN.format('m.occurred_at')}")}) s GROUP BY 1, 2, 3, 4
"""
COUNTED_BY_MONTH = {
    "figure_work": ("month", "campaign_id, site_id, language, month, channel, result, n, minutes", WORK),
    "figure_answer": ("said", "campaign_id, subject, code, cohort, mediated, objected, said, n, amount", ANSWERS),
    "figure_credit": ("month", "campaign_id, month, channel, contacts, first, last, n", CREDITS),
}
"""Each table: the column of its month, its columns, and what fills them."""
FORGET_MONTHS = "DELETE FROM {table} f USING figure_month t WHERE f.campaign_id = t.campaign_id AND f.{month} = t.month"
