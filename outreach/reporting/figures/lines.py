"""A line a case: from its events, contacts and mediations to everything that a report may count of it.

Where a case stands is the rule of ``outreach.policy.status``, in SQL: its earliest closing, a mediation before any other, an
objection above all, corrections in the place of what they correct.
"""

from __future__ import annotations

from typing import Any

from outreach.policy.dispositions import ACCEPTED, CLOSING, MET
from outreach.policy.objections import BY_SMS
from outreach.policy.status import WRONG_DATA

AGES = ((25, "under_25"), (35, "25_34"), (50, "35_49"), (65, "50_64"), (75, "65_74"), (200, "75_on"))
"""Bands of age on the day the case was opened: below each bound."""
_AGE = " ".join(
    f"WHEN p.birth_date > CAST(c.opened_at AS date) - interval '{bound} years' THEN '{code}'" for bound, code in AGES
)
_CODES = " ".join(f"WHEN f.code = '{code}' THEN '{status}'" for code, status in CLOSING.items())
MONTH_WORD = "to_char({0} AT TIME ZONE 'Europe/Paris', 'YYYY-MM-01')"
MONTH = "CAST(date_trunc('month', {0} AT TIME ZONE 'Europe/Paris') AS date)"
"""The month of an instant on the clock of Paris, as its first day."""

# ``{due}``: a table of case_id. Facts are those that hold: the last correction of an event stands in its place.
LINES = f"""
WITH told AS MATERIALIZED (
  SELECT e.id, e.case_id, e.contact_id, e.kind, e.code, e.occurred_at, e.source, e.data FROM {{due}} d JOIN event e ON e.case_id = d.case_id),
correction AS (
  SELECT DISTINCT ON (data ->> 'event') CAST(data ->> 'event' AS uuid) AS about, code FROM told WHERE kind = 'corrected'
  ORDER BY data ->> 'event', occurred_at DESC, code DESC NULLS LAST, id DESC),
held AS (
  SELECT t.case_id, t.contact_id, t.kind, CASE WHEN k.about IS NULL THEN t.code ELSE k.code END AS code, t.occurred_at, t.source
  FROM told t LEFT JOIN correction k ON k.about = t.id
  WHERE t.kind <> 'corrected' AND (k.about IS NULL OR k.code IS NOT NULL)),
turn AS (
  SELECT case_id, max(occurred_at) FILTER (WHERE kind = 'parted') AS parted, max(occurred_at) FILTER (WHERE kind = 'resumed') AS resumed
  FROM held GROUP BY 1),
fact AS (
  SELECT h.*, CASE
    WHEN h.kind = 'withdrawn' THEN 'withdrawn' WHEN h.kind = 'joined' THEN 'joined'
    WHEN h.kind = 'exhausted' AND h.code = '{WRONG_DATA}' THEN 'wrong_data' WHEN h.kind = 'exhausted' THEN 'unreachable'
    WHEN h.kind = 'attempted' THEN CASE {_CODES.replace("f.code", "h.code")} END END AS ends
  FROM held h JOIN turn t ON t.case_id = h.case_id
  WHERE NOT (h.kind = 'joined' AND h.occurred_at <= t.parted IS TRUE)
    AND NOT (h.kind = 'objected' AND h.source = '{BY_SMS}' AND (h.occurred_at <= t.resumed) IS TRUE)),
stand AS (
  SELECT case_id,
    min(occurred_at) FILTER (WHERE kind IN ('sent', 'attempted')) AS solicited_at,
    min(occurred_at) FILTER (WHERE kind IN ('replied', 'mediated', 'appointed') OR (kind = 'attempted' AND code = ANY(:met))) AS reached_at,
    min(occurred_at) FILTER (WHERE kind IN ('mediated', 'appointed') OR (kind = 'attempted' AND code = ANY(:accepted))
                             OR (kind = 'replied' AND code = 'call_back')) AS accepted_at,
    min(occurred_at) FILTER (WHERE kind = 'mediated') AS mediated_at,
    (array_agg(code ORDER BY array_position(ARRAY['action', 'information', 'exchange'], code)) FILTER (WHERE kind = 'mediated'))[1] AS kind,
    min(occurred_at) FILTER (WHERE kind = 'objected') AS objected_at,
    min(occurred_at) FILTER (WHERE ends IS NOT NULL) AS ended_at,
    (array_agg(ends ORDER BY occurred_at, kind COLLATE "C", coalesce(code, '') COLLATE "C") FILTER (WHERE ends IS NOT NULL))[1] AS ended_as
  FROM fact GROUP BY case_id),
done AS (
  SELECT h.case_id, {MONTH_WORD.format("h.occurred_at")} AS month, k.channel,
         coalesce(CASE WHEN h.kind = 'attempted' THEN h.code END, 'sent') AS result, 1 AS times, 0 AS minutes
  FROM held h JOIN contact k ON k.id = h.contact_id WHERE h.kind IN ('sent', 'attempted')
  UNION ALL
  SELECT m.case_id, {MONTH_WORD.format("m.occurred_at")}, m.medium, 'mediation', 1, m.minutes
  FROM {{due}} d JOIN mediation m ON m.case_id = d.case_id AND m.superseded_at IS NULL),
worked AS (
  SELECT case_id, array_agg(word ORDER BY word COLLATE "C") AS work FROM (
    SELECT case_id, concat_ws('|', month, channel, result, sum(times), sum(minutes)) AS word FROM done
    GROUP BY case_id, month, channel, result) w
  GROUP BY 1),
said AS (
  SELECT DISTINCT ON (m.case_id, subject, code) m.case_id, subject, code, m.occurred_at, amount
  FROM {{due}} d JOIN mediation m ON m.case_id = d.case_id AND m.superseded_at IS NULL
       CROSS JOIN LATERAL (
         SELECT 'theme' AS subject, code, 0.0 AS amount FROM unnest(m.themes) AS code
         UNION ALL SELECT 'action', key, CASE WHEN value ->> 'amount' ~ '^[0-9.]+$' THEN CAST(value ->> 'amount' AS numeric) ELSE 0 END FROM jsonb_each(m.actions)
         UNION ALL SELECT 'referral', value ->> 'to', 0 FROM jsonb_each(m.actions) WHERE key = 'referral' AND value ? 'to'
         UNION ALL SELECT 'barrier', code, 0 FROM unnest(m.barriers) AS code
         UNION ALL SELECT 'obstacle', code, 0 FROM unnest(m.obstacles) AS code
         UNION ALL SELECT 'medium', m.medium, 0 UNION ALL SELECT 'spoken', m.language, 0
         UNION ALL SELECT 'interpreter', m.interpreter, 0 WHERE m.interpreter IS NOT NULL
         UNION ALL SELECT 'autonomy', m.autonomy, 0 WHERE m.autonomy IS NOT NULL) a
  ORDER BY m.case_id, subject, code, m.occurred_at, m.id),
answered AS (
  SELECT case_id, array_agg({MONTH_WORD.format("occurred_at")} || '|' || subject || '|' || code || '|' || amount
                            ORDER BY subject, code) AS answers
  FROM said GROUP BY 1)
SELECT c.id AS case_id, c.campaign_id, c.site_id, c.segment, c.wave, c.run_id, h.building_id,
  CASE WHEN b.id IS NULL THEN '' ELSE coalesce(b.insee, '') || '|' || coalesce(b.city, '') END AS commune,
  CASE WHEN b.id IS NULL THEN 'none' WHEN b.priority_area IS NOT NULL THEN 'inside' ELSE 'outside' END AS area,
  coalesce(p.language, 'unknown') AS language,
  CASE p.reads_french WHEN true THEN 'reads' WHEN false THEN 'does_not' ELSE 'unknown' END AS reading,
  CASE WHEN p.birth_date IS NULL THEN 'unknown' {_AGE} END AS age,
  CASE WHEN h.id IS NULL THEN 'unknown' WHEN n.size >= 5 THEN '5_on' ELSE CAST(n.size AS text) END AS size,
  (p.mobile IS NOT NULL AND u.phones) OR (p.fixed IS NOT NULL AND u.calls) OR (b.id IS NOT NULL AND u.doors)
    OR s.solicited_at IS NOT NULL AS contactable,
  c.opened_at, s.solicited_at, s.reached_at, s.accepted_at,
  CASE WHEN s.ended_as = 'joined' AND s.ended_at <= s.mediated_at THEN NULL ELSE s.mediated_at END AS mediated_at,
  CASE WHEN s.mediated_at IS NOT NULL AND NOT coalesce(s.ended_as = 'joined' AND s.ended_at <= s.mediated_at, false)
       THEN coalesce(s.kind, 'exchange') END AS kind,
  s.objected_at, s.ended_at, s.ended_as,
  coalesce(m.work, '{{{{}}}}') AS work, coalesce(w.answers, '{{{{}}}}') AS answers
FROM {{due}} d JOIN "case" c ON c.id = d.case_id
  JOIN unnest(CAST(:use_campaign AS bigint[]), CAST(:use_phones AS boolean[]), CAST(:use_calls AS boolean[]), CAST(:use_doors AS boolean[]))
    AS u (campaign_id, phones, calls, doors) ON u.campaign_id = c.campaign_id
  JOIN person a ON a.id = c.person_id JOIN person p ON p.id = coalesce(a.merged_into, a.id)
  LEFT JOIN household h ON h.id = coalesce(c.household_id, p.household_id) LEFT JOIN building b ON b.id = h.building_id
  LEFT JOIN LATERAL (SELECT count(*) AS size FROM person q WHERE q.household_id = h.id AND q.merged_into IS NULL) n ON true
  LEFT JOIN stand s ON s.case_id = c.id LEFT JOIN worked m ON m.case_id = c.id LEFT JOIN answered w ON w.case_id = c.id
"""


def bound() -> dict[str, Any]:
    """What ``LINES`` binds, beside the channels that campaigns use."""
    return {"met": MET, "accepted": ACCEPTED}
