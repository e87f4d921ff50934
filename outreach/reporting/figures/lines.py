"""A line a case: from its events, contacts and mediations to everything that a report may count of it.

Where a case stands is the rule of ``outreach.policy.status``, in SQL: its earliest closing, a mediation before any other, an
objection above all, corrections in the place of what they correct. A year of the network goes through here in one statement.
"""

from __future__ import annotations

from typing import Any

from outreach.core.joins import joined
from outreach.policy.dispositions import ACCEPTED, CLOSING, MET
from outreach.policy.objections import BY_SMS
from outreach.policy.status import WRONG_DATA

AGES = ((25, "under_25"), (35, "25_34"), (50, "35_49"), (65, "50_64"), (75, "65_74"), (200, "75_on"))
"""Bands of age on the day the case was opened: below each bound."""
_AGE = " ".join(f"WHEN p.birth_date > CAST(c.opened_at AS date) - interval '{bound} years' THEN '{code}'" for bound, code in AGES)
READING = "CASE p.reads_french WHEN true THEN 'reads' WHEN false THEN 'does_not' ELSE 'unknown' END"
"""Whether the person ``p`` reads French, as figures tell it."""
_CODES = " ".join(f"WHEN '{code}' THEN '{status}'" for code, status in CLOSING.items())
_KINDS = "ARRAY['action', 'information', 'exchange']"
"""From the most that came of a mediation to the least."""

# Who a case is about, in broad strokes; of one that was anonymised, those that were kept (``x``). ``{{cases}}``: the cases ``c``,
# ``{{among}}``: a condition on them; ``{{people}}`` and ``{{sizes}}``: people as matching sees them now, and how large households
# are, one by one or all at once.
WHO = f"""
SELECT c.id AS case_id, c.campaign_id, c.site_id, c.segment, c.wave, c.run_id,
  CASE WHEN x.case_id IS NULL THEN h.building_id END AS building_id, c.opened_at,
  CASE WHEN x.case_id IS NOT NULL THEN x.commune WHEN b.id IS NULL THEN '' ELSE coalesce(b.insee, '') || '|' || coalesce(b.city, '') END AS commune,
  CASE WHEN x.case_id IS NOT NULL THEN x.area WHEN b.id IS NULL THEN 'none' WHEN b.priority_area IS NOT NULL THEN 'inside'
    WHEN r.insee IS NOT NULL THEN 'rural' ELSE 'outside' END AS area,
  coalesce(x.language, p.language, 'unknown') AS language,
  coalesce(x.reading, {READING}) AS reading,
  CASE WHEN x.case_id IS NOT NULL THEN x.age WHEN p.birth_date IS NULL THEN 'unknown' {_AGE} END AS age,
  CASE WHEN x.case_id IS NOT NULL THEN x.size WHEN h.id IS NULL THEN 'unknown'
    WHEN n.size >= 5 THEN '5_on' ELSE CAST(coalesce(n.size, 0) AS text) END AS size,
  coalesce(x.contactable, (p.mobile IS NOT NULL AND u.phones) OR (p.fixed IS NOT NULL AND u.calls)
    OR (b.id IS NOT NULL AND u.doors)) AS has_way
FROM {{cases}}
  JOIN unnest(CAST(:use_campaign AS bigint[]), CAST(:use_phones AS boolean[]), CAST(:use_calls AS boolean[]), CAST(:use_doors AS boolean[]))
    AS u (campaign_id, phones, calls, doors) ON u.campaign_id = c.campaign_id
  {{people}}
  LEFT JOIN household h ON h.id = p.household_id LEFT JOIN building b ON b.id = h.building_id
  LEFT JOIN rural_commune r ON r.insee = b.insee LEFT JOIN case_remainder x ON x.case_id = c.id
  LEFT JOIN {{sizes}}
WHERE {{among}}
"""
_A, _P = ("person", "a", "a.id = c.person_id"), ("person", "p", "p.id = coalesce(a.merged_into, a.id)")
ONE_BY_ONE = {
    # Whatever statistics say: of a campaign that is new they know nothing, and PostgreSQL would make all of the below again for each case.
    "people": f"{joined(*_A, few=True)} {joined(*_P, few=True)}",
    "sizes": "LATERAL (SELECT count(*) AS size FROM person q WHERE q.household_id = h.id AND q.merged_into IS NULL) n ON true",
}
ALL_AT_ONCE = {
    # Under the number of everybody that they ever were.
    "people": """JOIN (
      SELECT q.id AS was, q.household_id, q.language, q.reads_french, q.birth_date, q.mobile, q.fixed FROM person q
        WHERE q.merged_into IS NULL
      UNION ALL
      SELECT a.id, q.household_id, q.language, q.reads_french, q.birth_date, q.mobile, q.fixed
      FROM person a JOIN person q ON q.id = a.merged_into WHERE a.merged_into IS NOT NULL) p ON p.was = c.person_id""",
    "sizes": """(SELECT household_id, count(*) AS size FROM person WHERE merged_into IS NULL GROUP BY household_id) n
      ON n.household_id = h.id""",
}
EACH_CASE, DUE_CASE = '"case" c', 'due d JOIN "case" c ON c.id = d.case_id'
TURNING = ["corrected", "parted", "resumed"]
"""The kinds of event that turn what earlier ones said. Cases that have any are few: the rest is added up as it stands."""
# The facts that hold of cases with such events: the last correction of an event stands in its place.
HELD = f"""
WITH turning AS MATERIALIZED (
  SELECT e.* FROM due d {joined("event", "e", "e.case_id = d.case_id AND e.kind = ANY(:turning)", few=True)}
  WHERE e.case_id BETWEEN :low AND :high),
correction AS MATERIALIZED (
  SELECT DISTINCT ON (data ->> 'event') CAST(data ->> 'event' AS uuid) AS about, code FROM turning WHERE kind = 'corrected'
  ORDER BY data ->> 'event', occurred_at DESC, code COLLATE "C" DESC NULLS LAST, id DESC),
turn AS (
  SELECT case_id, max(occurred_at) FILTER (WHERE kind = 'parted'
    AND id NOT IN (SELECT about FROM correction WHERE code IS NULL)) AS parted,
         max(occurred_at) FILTER (WHERE kind = 'resumed' AND id NOT IN (SELECT about FROM correction WHERE code IS NULL)) AS resumed
  FROM turning GROUP BY 1)
SELECT e.case_id, e.kind, CASE WHEN k.about IS NULL THEN e.code ELSE k.code END AS code, e.occurred_at
FROM turn t JOIN event e ON e.case_id = t.case_id LEFT JOIN correction k ON k.about = e.id
WHERE (k.about IS NULL OR k.code IS NOT NULL)
  AND NOT (e.kind = 'objected' AND e.source = '{BY_SMS}' AND e.occurred_at <= t.resumed) IS TRUE
  AND NOT (e.kind = 'joined' AND e.occurred_at <= t.parted) IS TRUE
"""
_ENDS = f"""CASE kind WHEN 'withdrawn' THEN 'withdrawn' WHEN 'joined' THEN 'joined'
      WHEN 'exhausted' THEN CASE WHEN code = '{WRONG_DATA}' THEN 'wrong_data' ELSE 'unreachable' END
      WHEN 'attempted' THEN CASE code {_CODES} END END"""
_IS_END = "(kind IN ('withdrawn', 'joined', 'exhausted') OR (kind = 'attempted' AND code = ANY(:closing)))"
# What ends a case is told by one text that sorts as the policy's order does: moment, kind, code; what it ends as comes behind.
STAND = f"""case_id,
    min(occurred_at) FILTER (WHERE kind IN ('sent', 'attempted')) AS solicited_at,
    min(occurred_at) FILTER (WHERE kind IN ('replied', 'mediated', 'appointed')
      OR (kind = 'attempted' AND code = ANY(:met))) AS reached_at,
    min(occurred_at) FILTER (WHERE kind IN ('mediated', 'appointed') OR (kind = 'attempted' AND code = ANY(:accepted))
                             OR (kind = 'replied' AND code = 'call_back')) AS accepted_at,
    min(occurred_at) FILTER (WHERE kind = 'mediated') AS mediated_at,
    min(array_position({_KINDS}, code)) FILTER (WHERE kind = 'mediated') AS best,
    min(occurred_at) FILTER (WHERE kind = 'objected') AS objected_at,
    min(occurred_at) FILTER (WHERE {_IS_END}) AS ended_at,
    min(concat_ws('|', to_char(occurred_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS'), kind, coalesce(code, ''), {_ENDS}) COLLATE "C")
      FILTER (WHERE {_IS_END}) AS ended"""

_LINES = f"""
WITH plain AS (
  SELECT e.case_id, e.kind, e.code, e.occurred_at FROM {{events}}
  WHERE e.case_id BETWEEN :low AND :high AND e.kind = ANY(:told) AND e.case_id NOT IN (SELECT case_id FROM held)),
stand AS (SELECT {STAND} FROM plain GROUP BY case_id UNION ALL SELECT {STAND} FROM held GROUP BY case_id)
SELECT c.*, c.has_way OR s.solicited_at IS NOT NULL AS contactable, s.solicited_at, s.reached_at, s.accepted_at,
  CASE WHEN joined.first THEN NULL ELSE s.mediated_at END AS mediated_at,
  CASE WHEN s.mediated_at IS NOT NULL AND NOT joined.first THEN coalesce(({_KINDS})[s.best], 'exchange') END AS kind,
  s.objected_at, s.ended_at, split_part(s.ended, '|', 4) AS ended_as
FROM ({WHO.format(cases="{cases}", among="c.id BETWEEN :low AND :high", people="{people}", sizes="{sizes}")}) c
  LEFT JOIN stand s ON s.case_id = c.case_id
  CROSS JOIN LATERAL (SELECT coalesce(split_part(s.ended, '|', 4) = 'joined' AND s.ended_at <= s.mediated_at, false) AS first) joined
"""
_TELLING = ["sent", "attempted", "replied", "mediated", "appointed", "objected", "withdrawn", "joined", "exhausted"]
"""The kinds of event that ``STAND`` looks at."""


def lines(*, each: bool, many: bool) -> str:
    """The query of the lines of ``each`` case between ``:low`` and ``:high``, or of those in ``due``.

    ``held`` is there (``HELD``).
    """
    # Case by case while they are few: of a week in which the first letters leave, statistics know no event that was sent, and
    # PostgreSQL would hold each of them against each case that is due. Of many, whole tables are hashed: without an index, "case by
    # case" would read all events again for each.
    events = "event e" if each else f"due d {joined('event', 'e', 'e.case_id = d.case_id', few=not many)}"
    return _LINES.format(cases=EACH_CASE if each else DUE_CASE, events=events, **(ALL_AT_ONCE if many else ONE_BY_ONE))


def bound() -> dict[str, Any]:
    """What ``HELD`` and ``lines`` bind, beside the channels that campaigns use and the numbers of the cases."""
    return {"met": MET, "accepted": ACCEPTED, "closing": list(CLOSING), "told": _TELLING, "turning": TURNING}
