"""Counts over a campaign's cases: one temporary table with a line a case, from which every figure is taken.

A case stands where its events up to a given instant put it: the rule of ``outreach.policy.status``, in SQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core.words import Channel, Unit
from outreach.policy.dispositions import REFUSALS, TABLE
from outreach.policy.status import WRONG_DATA

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

# A case that joined another is counted there, unless it parted from it again: what it joined before counts no more. The strongest kind of a case's mediations is the case's kind: an action says more than an exchange.
CASES = """
CREATE TEMP TABLE case_figure ON COMMIT DROP AS
WITH fact AS (
  SELECT e.case_id, e.kind, e.code, e.occurred_at,
         CASE WHEN e.kind = 'mediated' THEN 'mediated' WHEN e.kind = 'withdrawn' THEN 'withdrawn'
              WHEN e.kind = 'joined' THEN 'joined'
              WHEN e.kind = 'exhausted' AND e.code = :wrong_data THEN 'wrong_data' WHEN e.kind = 'exhausted' THEN 'unreachable'
              WHEN e.kind = 'attempted' AND e.code = ANY(:final) THEN 'refused' END AS closing
  FROM event e JOIN "case" c ON c.id = e.case_id WHERE c.campaign_id = :campaign AND e.occurred_at < :until
    AND (e.kind <> 'joined' OR NOT EXISTS (SELECT FROM event p WHERE p.case_id = e.case_id AND p.kind = 'parted'
                                            AND p.occurred_at >= e.occurred_at AND p.occurred_at < :until))),
stand AS (
  SELECT case_id, bool_or(kind = 'objected') AS objected,
         (array_agg(closing ORDER BY occurred_at, kind COLLATE "C", coalesce(code, '') COLLATE "C")
          FILTER (WHERE closing IS NOT NULL))[1] AS closing,
         min(occurred_at) FILTER (WHERE kind IN ('sent', 'attempted')) AS solicited_at,
         min(occurred_at) FILTER (WHERE kind = 'mediated') AS mediated_at,
         bool_or(kind IN ('replied', 'mediated') OR (kind = 'attempted' AND code = ANY(:human))) AS reached
  FROM fact GROUP BY case_id),
strongest AS (
  SELECT m.case_id, (array_agg(m.kind ORDER BY array_position(ARRAY['action', 'information', 'exchange'], m.kind)))[1] AS kind
  FROM mediation m JOIN "case" c ON c.id = m.case_id
  WHERE c.campaign_id = :campaign AND m.occurred_at < :until GROUP BY 1)
SELECT c.id, c.segment, c.status AS stored, CASE WHEN s.objected THEN 'objected' ELSE s.closing END AS closing,
       s.solicited_at IS NOT NULL AND s.solicited_at >= :since AS solicited, s.solicited_at, s.mediated_at,
       coalesce(s.reached, false) AS reached, coalesce(k.kind, 'exchange') AS kind, b.insee, b.city, b.priority_area,
       b.id IS NOT NULL AS is_located,
       (p.mobile IS NOT NULL AND :phones) OR (p.fixed IS NOT NULL AND :calls) OR (b.id IS NOT NULL AND :doors)
       OR s.solicited_at IS NOT NULL AS contactable
FROM "case" c LEFT JOIN stand s ON s.case_id = c.id LEFT JOIN strongest k ON k.case_id = c.id JOIN person p ON p.id = c.person_id
     LEFT JOIN household h ON h.id = coalesce(c.household_id, p.household_id) LEFT JOIN building b ON b.id = h.building_id
WHERE c.campaign_id = :campaign AND c.opened_at < :until AND (s.closing IS DISTINCT FROM 'joined' OR s.objected)
"""
LISTED = """
SELECT count(*) AS received, count(*) FILTER (WHERE r.state NOT IN ('rejected', 'duplicate')) AS usable,
       count(DISTINCT coalesce(p.merged_into, p.id)) AS persons,
       count(DISTINCT CASE WHEN :unit = 'household' THEN coalesce(q.household_id, p.household_id)
                           ELSE coalesce(p.merged_into, p.id) END) AS units
FROM list_row r JOIN target_list t ON t.id = r.list_id LEFT JOIN person p ON p.id = r.person_id
     LEFT JOIN person q ON q.id = p.merged_into
WHERE r.campaign_id = :campaign AND t.imported_at < :until AND t.state = 'committed'
"""
COHORT = """
SELECT count(*) AS targeted, count(*) FILTER (WHERE contactable) AS contactable, count(*) FILTER (WHERE solicited) AS solicited,
       count(*) FILTER (WHERE solicited AND reached) AS reached,
       count(*) FILTER (WHERE NOT solicited AND closing = 'mediated') AS came_unasked,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY mediated_at - solicited_at)
       FILTER (WHERE solicited AND closing = 'mediated' AND mediated_at >= solicited_at) AS median_delay
FROM case_figure
"""
BEGINNING = datetime.fromisoformat("1900-01-01T00:00:00+00:00")


@contextmanager
def counted_cases(session: Session, loaded: Loaded, *, since: datetime = BEGINNING, until: datetime) -> Iterator[dict[str, Any]]:
    """Hold the temporary table ``case_figure`` for the block; gives the values its queries may need.

    ``since``: only cases first solicited from this instant on count as solicited.
    """
    channels = loaded.folder.campaign.channels
    values = {
        "campaign": loaded.campaign.id,
        "unit": Unit(loaded.campaign.unit).value,
        "since": since,
        "until": until,
        "wrong_data": WRONG_DATA,
        "final": REFUSALS,
        "human": [row.code for row in TABLE if row.human and row.right_person],
        "phones": bool(channels & {Channel.SMS, Channel.CALL}),
        "calls": Channel.CALL in channels,
        "doors": bool(channels & {Channel.LETTER, Channel.VISIT}),
    }
    session.execute(text("DROP TABLE IF EXISTS case_figure"))
    session.execute(text(CASES), values)
    try:
        yield values
    finally:
        session.execute(text("DROP TABLE IF EXISTS case_figure"))


def one(session: Session, query: str, values: dict[str, Any]) -> dict[str, Any]:
    """The single row of an aggregate query."""
    return dict(session.execute(text(query), values).mappings().one())


def counts(session: Session, query: str, values: dict[str, Any]) -> dict[str, int]:
    """A query of (name, count) as a mapping, in the query's order."""
    return {str(name): int(number) for name, number in session.execute(text(query), values)}
