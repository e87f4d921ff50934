"""The randomised order of contact: inside each stratum a sealed shuffle deals the cases out to the waves.

A stratum is the cases of one segment, at one site, opened by one run. Its cases are ordered by
``SHA-256(seed:salt:case number)`` and dealt out in turn, the first to a wave that is drawn too: a lone late case is as
likely in the last wave as in the first. Urgent segments are all in the first: nobody waits there for a comparison.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.definitions.sealing import Design, sealed

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

SHUFFLE = "sha256(convert_to(:secret || n.id, 'UTF8'))"
FIRST = (
    "CAST(CAST(('x' || left(encode(sha256(convert_to(:secret || n.site_id || ':' || n.segment || ':' || :run, 'UTF8')), 'hex'), 8))"
    " AS bit(32)) AS bigint)"
)
DEAL = f"""
CREATE TEMP TABLE dealt ON COMMIT DROP AS
SELECT n.id, CASE WHEN n.priority <= :urgent THEN 1 ELSE CAST(1 + (row_number() OVER (PARTITION BY s.number ORDER BY {SHUFFLE})
       - 1 + s.first) % :waves AS int) END AS wave
FROM opening n JOIN (SELECT n.site_id, n.segment, row_number() OVER () AS number, {FIRST} AS first
  FROM (SELECT DISTINCT site_id, segment FROM opening) n) s
     ON s.site_id = n.site_id AND s.segment = n.segment
"""
ONE_WAVE = "CREATE TEMP TABLE dealt ON COMMIT DROP AS SELECT id, 1 AS wave FROM opening"
CASES = """
SELECT id, site_id, segment, run_id, priority, wave FROM "case" WHERE campaign_id = :campaign AND run_id IS NOT NULL
ORDER BY run_id, site_id, segment
"""
# What foreign keys would forbid, and what they cannot see.
ORPHANS = """
SELECT 'case ' || c.id FROM "case" c LEFT JOIN person p ON p.id = c.person_id LEFT JOIN site s ON s.id = c.site_id
  LEFT JOIN campaign_version v ON v.id = c.version_id AND v.campaign_id = c.campaign_id
  LEFT JOIN household h ON h.id = c.household_id
WHERE p.id IS NULL OR s.id IS NULL OR v.id IS NULL OR (c.household_id IS NOT NULL AND h.id IS NULL)
UNION ALL SELECT 'event ' || e.id FROM event e LEFT JOIN "case" c ON c.id = e.case_id WHERE c.id IS NULL
UNION ALL SELECT 'decision ' || d.unit_id || '/' || d.run_id FROM decision d LEFT JOIN segment_run r ON r.id = d.run_id
WHERE r.id IS NULL
UNION ALL SELECT 'case ' || c.id || ' without decision' FROM "case" c LEFT JOIN decision d
  ON d.run_id = c.run_id AND d.unit_id = CASE WHEN c.unit = 'household' THEN c.household_id ELSE c.person_id END
WHERE c.run_id IS NOT NULL AND (d.unit_id IS NULL OR d.verdict <> 'targeted' OR d.segment <> c.segment)
"""


def secret(design: Design) -> str:
    """What the numbers of cases are hashed with."""
    return f"{design.seed}:{design.salt}:"


def deal(design: Design, cases: Iterable[int], stratum: str) -> dict[int, int]:
    """The wave of each case (by its number) of one stratum, named ``site_id:segment:run_id``."""
    key = secret(design)
    first = int(sha256(f"{key}{stratum}".encode()).hexdigest()[:8], 16)
    shuffled = sorted(cases, key=lambda case: sha256(f"{key}{case}".encode()).digest())
    return {case: 1 + (at + first) % design.waves for at, case in enumerate(shuffled)}


def verify(session: Session, campaign_id: int) -> tuple[int, list[str]]:
    """Compute every case's wave again from seed and salt, in Python: cases looked at, and those in another wave."""
    design = sealed(session, campaign_id)
    rows = session.execute(text(CASES), {"campaign": campaign_id}).all()
    if design is None:
        return len(rows), [f"campaign {campaign_id} without a sealed design"] if rows else []
    found = [] if design.is_kept else [f"campaign {campaign_id}: the commitment is not the hash of the design"]
    strata: dict[str, dict[int, int]] = defaultdict(dict)
    for row in rows:
        if row.priority <= design.urgent:
            found += [f"case {row.id}"] if row.wave != 1 else []
        else:
            strata[f"{row.site_id}:{row.segment}:{row.run_id}"][row.id] = row.wave
    for stratum, waves in strata.items():
        dealt = deal(design, waves, stratum)
        found += [f"case {case}" for case, wave in waves.items() if dealt[case] != wave]
    return len(rows), found


def faults(session: Session) -> tuple[int, list[str]]:
    """Everything wrong with cases, events, decisions and waves of all campaigns: how many cases, and the references."""
    campaigns = session.execute(text('SELECT DISTINCT campaign_id FROM "case" ORDER BY 1')).scalars().all()
    checked = [verify(session, campaign) for campaign in campaigns]
    orphans = [str(row) for row in session.execute(text(ORPHANS)).scalars()]
    return sum(count for count, _found in checked), [*orphans, *(fault for _count, found in checked for fault in found)]
