"""Decides about every household or person of a campaign, keeps the trace, and opens the cases: set-based."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, Text, case, cast, column, func, insert, literal, null, select, table, text
from sqlalchemy.dialects.postgresql import JSONB

from outreach.core import audit, bulk, clock, progress
from outreach.core.i18n import N_
from outreach.core.words import Unit
from outreach.definitions.fields import FACTS
from outreach.segments.compiler import UNIT_FACT, compile_rule
from outreach.segments.facts import gather_facts
from outreach.segments.waves import URGENT, WAVE

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.campaign import Campaign, Exclusion, Segment
    from outreach.definitions.registry import Loaded

NO_SEGMENT = "no_segment"
"""The reason of who is excluded by no rule but belongs to no segment."""

VERDICTS = """
CREATE TEMP TABLE verdict (unit_id bigint, reason text, segment text, priority int, trace jsonb) ON COMMIT DROP
"""
VERDICT = table("verdict", *(column(name) for name in ("unit_id", "reason", "segment", "priority", "trace")))

# Matching may have found since that the person of a case is somebody known, or lives elsewhere: they keep their one case.
OPENED = """
CREATE TEMP TABLE opened ON COMMIT DROP AS
WITH held AS (SELECT c.household_id, coalesce(p.merged_into, p.id) AS person_id
              FROM "case" c JOIN person p ON p.id = c.person_id WHERE c.campaign_id = :campaign)
SELECT household_id AS unit_id FROM held WHERE :unit = 'household' AND household_id IS NOT NULL
UNION SELECT p.household_id FROM held JOIN person p ON p.id = held.person_id
      WHERE :unit = 'household' AND p.household_id IS NOT NULL
UNION SELECT person_id FROM held WHERE :unit = 'person'
"""
STORE_DECISIONS = """
INSERT INTO decision (version_id, household_id, person_id, verdict, segment, reason, trace, decided_at)
SELECT :version, CASE WHEN :unit = 'household' THEN unit_id END, CASE WHEN :unit = 'person' THEN unit_id END,
       CASE WHEN reason IS NULL THEN 'targeted' ELSE 'excluded' END, segment, reason, trace, :now
FROM verdict v WHERE v.unit_id NOT IN (SELECT unit_id FROM opened)
ON CONFLICT (version_id, household_id, person_id) DO UPDATE SET verdict = excluded.verdict, segment = excluded.segment,
       reason = excluded.reason, trace = excluded.trace, decided_at = excluded.decided_at
       WHERE decision.verdict <> excluded.verdict OR decision.reason IS DISTINCT FROM excluded.reason
"""
# The nearest site takes the case; where nothing says about where a building is, its postal code's buildings stand for it.
NEAREST_SITE = """
CREATE TEMP TABLE placed ON COMMIT DROP AS
WITH middle AS (SELECT postal_code, avg(approx_lon) AS lon, avg(approx_lat) AS lat FROM building
                WHERE approx_lon IS NOT NULL GROUP BY 1),
     spot AS (SELECT DISTINCT coalesce(f.approx_lon, m.lon) AS lon, coalesce(f.approx_lat, m.lat) AS lat
              FROM unit_fact f LEFT JOIN middle m USING (postal_code)),
     near AS (SELECT s.lon, s.lat, n.id AS site_id FROM spot s CROSS JOIN LATERAL (
              SELECT site.id FROM site WHERE site.code = ANY(:sites)
              ORDER BY power((site.lon - s.lon) * cos(radians(s.lat)), 2) + power(site.lat - s.lat, 2), site.id LIMIT 1) n)
SELECT f.unit_id, coalesce(near.site_id, (SELECT min(id) FROM site WHERE code = ANY(:sites))) AS site_id
FROM unit_fact f LEFT JOIN middle m USING (postal_code)
     LEFT JOIN near ON near.lon = coalesce(f.approx_lon, m.lon) AND near.lat = coalesce(f.approx_lat, m.lat)
"""
# The code of a letter: the case's number, scrambled, in 31 letters and digits that nobody confuses (6 places).
LETTER_CODE = "||".join(
    f"substr('23456789ABCDEFGHJKLMNPQRSTUVWXY', CAST((n.number * 387420489 + 104729) % 887503681 / {31**place} % 31 AS int) + 1, 1)"
    for place in range(6)
)
OPEN_CASES = f"""
INSERT INTO "case" (id, campaign_id, version_id, unit, household_id, person_id, site_id, segment, priority, wave, letter_code,
                    amount_due, status, opened_at, next_step, next_at)
OVERRIDING SYSTEM VALUE
SELECT n.number, :campaign, :version, :unit, f.household_id, f.person_id, p.site_id, v.segment, v.priority,
       {WAVE}, {LETTER_CODE}, f.amount_due, 'waiting', :now, :first_step, :now
FROM verdict v JOIN unit_fact f USING (unit_id) JOIN placed p USING (unit_id)
     CROSS JOIN LATERAL (SELECT nextval(pg_get_serial_sequence('"case"', 'id')) AS number WHERE v.unit_id IS NOT NULL) n
WHERE v.reason IS NULL AND v.unit_id NOT IN (SELECT unit_id FROM opened)
"""
OPENING_EVENTS = """
INSERT INTO event (id, case_id, kind, code, occurred_at, recorded_at, actor, source, data)
SELECT CAST(md5('opened:' || id) AS uuid), id, 'opened', segment, opened_at, :now, :actor, 'segments', '{}'
FROM "case" WHERE campaign_id = :campaign ON CONFLICT (id) DO NOTHING
"""


@dataclass(frozen=True)
class SegmentResult:
    """Units looked at, cases opened now, cases in all by segment, units left out by reason."""

    units: int
    opened: int
    segments: dict[str, int]
    excluded: dict[str, int]


def segment_campaign(session: Session, loaded: Loaded, *, pepper: str, actor: str) -> SegmentResult:
    """Decide about everybody on the campaign's lists; a case once opened is never decided again."""
    if loaded.version is None:
        message = "segment_campaign needs a launched campaign"
        raise ValueError(message)
    campaign = loaded.folder.campaign
    with progress.step(N_("Faits")):
        units = gather_facts(session, loaded.campaign, pepper)
    with progress.step(N_("Règles"), units):
        _judge(session, campaign, loaded.version.content_hash)
    values = {
        "campaign": loaded.campaign.id,
        "version": loaded.version.id,
        "unit": Unit(campaign.unit).value,
        "now": clock.now(),
        "actor": actor,
        "sites": [site.code for site in campaign.sites],
        "first_step": campaign.cadence[0].code,
        "seed": loaded.version.content_hash,
        "waves": campaign.waves.count,
        "urgent": URGENT,
    }
    with progress.step(N_("Dossiers"), units):
        session.execute(text(OPENED), values)
        session.execute(text(STORE_DECISIONS), values)
        session.execute(text(NEAREST_SITE), values)
        opened = int(session.execute(text(OPEN_CASES), values).rowcount)  # type: ignore[attr-defined]
        session.execute(text(OPENING_EVENTS), values)
    for name in ("opened", "placed", "verdict", "unit_fact"):
        session.execute(text(f"DROP TABLE {name}"))
    bulk.analyse(session, "case", "decision", "event")
    result = SegmentResult(units, opened, *_counts(session, values))
    audit.record(session, actor, "campaign.segment", campaign.code, {"units": units, "opened": opened})
    return result


def _judge(session: Session, campaign: Campaign, version: str) -> None:
    """Evaluate every rule for every unit into the temporary table ``verdict``."""
    exclusions = [(rule.code, compile_rule(rule.when)) for rule in campaign.exclusions]
    segments = [(rule.code, rule.priority, compile_rule(rule.when)) for rule in campaign.segments]
    reason = [(condition, literal(code, Text)) for code, condition in exclusions]
    segment = case(*((condition, literal(code, Text)) for code, _, condition in segments), else_=null())
    priority = case(*((condition, literal(number)) for _, number, condition in segments), else_=null())
    otherwise = case((segment.is_(None), literal(NO_SEGMENT, Text)), else_=cast(null(), Text))
    rules: list[Any] = []
    for code, condition in [*exclusions, *((code, condition) for code, _, condition in segments)]:
        rules += [literal(code, String), condition]
    values: list[Any] = []
    for name in FACTS:
        values += [literal(name, String), UNIT_FACT.c[name]]
    trace = func.jsonb_build_object(
        "values", func.jsonb_build_object(*values), "rules", func.jsonb_build_object(*rules),
        "thresholds", literal(_thresholds(campaign), JSONB), "version", version, type_=JSONB,
    )  # fmt: skip
    query = select(
        UNIT_FACT.c.unit_id,
        (case(*reason, else_=otherwise) if reason else otherwise).label("reason"),
        segment.label("segment"),
        priority.label("priority"),
        trace.label("trace"),
    ).select_from(UNIT_FACT)
    session.execute(text(VERDICTS))
    session.execute(insert(VERDICT).from_select(list(VERDICT.c.keys()), query))
    session.execute(text("ANALYZE verdict"))


def _thresholds(campaign: Campaign) -> dict[str, Any]:
    parts: list[Exclusion | Segment] = [*campaign.exclusions, *campaign.segments]
    return {part.code: part.when.model_dump(mode="json", exclude_none=True) for part in parts}


def _counts(session: Session, values: dict[str, Any]) -> tuple[dict[str, int], dict[str, int]]:
    segments = text('SELECT segment, count(*) FROM "case" WHERE campaign_id = :campaign GROUP BY 1 ORDER BY 2 DESC')
    excluded = text("SELECT reason, count(*) FROM decision WHERE version_id = :version AND verdict = 'excluded' GROUP BY 1")
    return (
        {str(name): int(number) for name, number in session.execute(segments, values)},
        {str(name): int(number) for name, number in session.execute(excluded, values)},
    )
