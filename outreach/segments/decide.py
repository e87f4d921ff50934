"""Decides about every household or person of a campaign, keeps the trace, and opens the cases: set-based."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import audit, bulk, clock, progress
from outreach.core.errors import PolicyError
from outreach.core.i18n import N_, _
from outreach.core.joins import all_joined
from outreach.core.letter_codes import SQL_CODE, SQL_SCRAMBLED
from outreach.core.words import Unit
from outreach.definitions.facts import PARTNER
from outreach.definitions.sealing import Design, sealed
from outreach.policy.energy_debt import rules_in_force
from outreach.segments.facts import OF_DEBT
from outreach.segments.judge import UNDECIDED, Judged, clear, judge, place
from outreach.segments.waves import DEAL, ONE_WAVE, secret

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

# Two who decide at once would open the same cases; the second finds what the first has decided.
LOCK = "SELECT pg_advisory_xact_lock(hashtext('segments'), CAST(:campaign AS int))"
# Matching may have found since that the person of a case is somebody known, or lives elsewhere: they keep their one case.
SETTLED = """
CREATE TEMP TABLE settled ON COMMIT DROP AS
WITH held AS (
  SELECT c.household_id, coalesce(p.merged_into, p.id) AS person_id,
         CASE WHEN p.merged_into IS NULL THEN p.household_id ELSE lives.household_id END AS home
  FROM "case" c {held} {living} WHERE c.campaign_id = :campaign)
SELECT household_id AS unit_id FROM held WHERE :unit = 'household' AND household_id IS NOT NULL
UNION SELECT home FROM held WHERE :unit = 'household' AND home IS NOT NULL
UNION SELECT person_id FROM held WHERE :unit = 'person'
"""
_JOINS = {"held": ("person", "p", "p.id = c.person_id"), "living": ("person", "lives", "lives.id = p.merged_into")}
"""How those who have a case are joined with who they are now: table, name, condition."""
# Who was left out before for the same reason stays decided: a new line only where the answer is new.
STILL_EXCLUDED = """
INSERT INTO settled SELECT l.unit_id FROM (
  SELECT DISTINCT ON (d.unit_id) d.unit_id, d.reason, d.segment FROM decision d JOIN segment_run r ON r.id = d.run_id
  WHERE r.version_id = :version ORDER BY d.unit_id, d.run_id DESC) l
  JOIN judged j ON j.unit_id = l.unit_id JOIN pattern v ON v.rules = j.rules
WHERE l.reason IS NOT NULL AND l.reason = v.reason AND l.segment IS NOT DISTINCT FROM v.segment
"""
NEW_RUN = """
INSERT INTO segment_run (campaign_id, version_id, today, decided_at, actor, rules, facts, dated_rules, units, opened)
VALUES (:campaign, :version, :today, :now, :actor, :rules, :facts, CAST(:dated AS jsonb), :units, 0) RETURNING id
"""
STORE_DECISIONS = """
INSERT INTO decision (unit_id, run_id, person_id, household_id, site_id, verdict, segment, reason, rules{names})
SELECT j.unit_id, :run, j.person_id, j.household_id, CASE WHEN v.reason IS NULL THEN coalesce(p.site_id, :first_site) END,
       CASE WHEN v.reason IS NULL THEN 'targeted' ELSE 'excluded' END, v.segment, v.reason, j.rules{values}
FROM judged j JOIN pattern v ON v.rules = j.rules LEFT JOIN placed p ON p.building_id = j.building_id
WHERE NOT EXISTS (SELECT FROM settled s WHERE s.unit_id = j.unit_id)
"""
NUMBERS = """SELECT pg_get_serial_sequence('"case"', 'id')"""
OPENING = """
CREATE TEMP TABLE opening ON COMMIT DROP AS
SELECT nextval(CAST(:numbers AS regclass)) AS id, j.unit_id, j.person_id, j.household_id,
       coalesce(p.site_id, :first_site) AS site_id, v.segment, v.priority, j.amount
FROM judged j JOIN pattern v ON v.rules = j.rules LEFT JOIN placed p ON p.building_id = j.building_id
WHERE v.reason IS NULL AND NOT EXISTS (SELECT FROM settled s WHERE s.unit_id = j.unit_id)
"""
# In the order of their numbers: every index then grows at its end.
OPEN_CASES = f"""
INSERT INTO "case" (id, campaign_id, version_id, run_id, unit, household_id, person_id, site_id, segment, priority, wave, letter_code,
                    amount_due, status, opened_at, next_step, next_at)
OVERRIDING SYSTEM VALUE
SELECT n.id, :campaign, :version, :run, :unit, n.household_id, n.person_id, n.site_id, n.segment, n.priority,
       n.wave, {SQL_CODE.format(scrambled="x.code")}, n.amount, 'waiting', :now, :first_step, :now
FROM (SELECT o.*, d.wave FROM opening o JOIN dealt d ON d.id = o.id ORDER BY o.id) n
     CROSS JOIN LATERAL (SELECT {SQL_SCRAMBLED.format(number="n.id")} AS code OFFSET 0) x
"""
# The event's number is made of the case's (RFC 9562, version 8): told twice it is one event, and numbers come in order.
OPENING_EVENTS = """
INSERT INTO event (id, case_id, kind, code, occurred_at, recorded_at, actor, source, data)
SELECT CAST('00000000-0000-8000-8000-' || lpad(to_hex(id), 12, '0') AS uuid), id, 'opened', segment, :now, :now, :actor, 'segments', '{}'
FROM opening
"""

MANY = 1000
"""Cases opened at once that make a campaign another one than it was."""


@dataclass(frozen=True)
class SegmentResult:
    """Units looked at, cases opened now, cases in all by segment, units left out by reason."""

    units: int
    opened: int
    segments: dict[str, int]
    excluded: dict[str, int]


def segment_campaign(session: Session, loaded: Loaded, *, actor: str) -> SegmentResult:
    """Decide about everybody on the campaign's lists; a case once opened is never decided again.

    Raises ``PolicyError`` when the campaign has no sealed order of contact.
    """
    if loaded.version is None:
        message = "segment_campaign needs a launched campaign"
        raise ValueError(message)
    design = sealed(session, loaded.campaign.id)
    if design is None:
        mend = _("Relancez-la : « outreach campaign launch ».")
        raise PolicyError(_("l'ordre des contacts n'est pas scellé"), place=loaded.campaign.code, mend=mend)
    campaign = loaded.folder.campaign
    session.execute(text(LOCK), {"campaign": loaded.campaign.id})
    with progress.step(N_("Faits et règles")):
        judged = judge(session, loaded.folder, loaded.campaign.id, today=clock.today())
        values = _values(loaded, judged, design, actor)
        session.execute(text(SETTLED.format(**all_joined(_JOINS, few=judged.few, optional={"living"}))), values)
        session.execute(text(STILL_EXCLUDED), values)
        session.execute(text("ANALYZE settled"))
    with progress.step(N_("Sites"), judged.units):
        values["first_site"] = place(session, [site.code for site in campaign.sites], UNDECIDED)
    with progress.step(N_("Décisions"), judged.units):
        values["numbers"] = session.execute(text(NUMBERS)).scalar_one()
        values["run"] = session.execute(text(NEW_RUN), values).scalar_one()
        decided = int(session.execute(_store_decisions(judged), values).rowcount)  # type: ignore[attr-defined]
    with progress.step(N_("Dossiers"), judged.units):
        session.execute(text(OPENING), values)
        session.execute(text("ANALYZE opening"))
        session.execute(text(DEAL if design.waves > 1 else ONE_WAVE), values)
        opened = int(session.execute(text(OPEN_CASES), values).rowcount)  # type: ignore[attr-defined]
        session.execute(text(OPENING_EVENTS), values)
    session.execute(text("UPDATE segment_run SET opened = :opened WHERE id = :run"), {"opened": opened, "run": values["run"]})
    excluded = _excluded(session)
    for name in ("dealt", "opening", "settled"):
        session.execute(text(f"DROP TABLE {name}"))
    clear(session)
    bulk.analyse_grown(session, {"case": 0 if opened >= MANY else opened, "decision": decided, "event": opened})
    if opened >= MANY:
        # Of a campaign that statistics do not know PostgreSQL thinks that it has one case.
        bulk.analyse(session, "case")
    result = SegmentResult(judged.units, opened, _segments(session, values), excluded)
    audit.record(
        session, actor, "campaign.segment", campaign.code, {"units": judged.units, "opened": opened, "run": values["run"]}
    )
    return result


def _values(loaded: Loaded, judged: Judged, design: Design, actor: str) -> dict[str, Any]:
    campaign = loaded.folder.campaign
    dated = rules_in_force(judged.today) if OF_DEBT & set(judged.facts) else {}
    return {
        "campaign": loaded.campaign.id, "version": loaded.version.id if loaded.version else None, "unit": Unit(campaign.unit).value,
        "now": clock.now(), "today": judged.today, "actor": actor, "first_step": campaign.cadence[0].code, "units": judged.units,
        "rules": list(judged.rules), "facts": list(judged.facts), "dated": json.dumps(dated), "secret": secret(design),
        "waves": design.waves, "urgent": design.urgent,
    }  # fmt: skip


def _store_decisions(judged: Judged) -> Any:
    """The statement that keeps each decision with the facts that rules looked at, and no other."""
    ours = [name for name in judged.facts if not name.startswith(PARTNER)]
    own = [name for name in judged.facts if name.startswith(PARTNER)]
    names, values = [*ours], [f'j."{name}"' for name in ours]
    if own:
        names.append("extra")
        pairs = ", ".join(f"""'{name.removeprefix(PARTNER)}', j."{name}\"""" for name in own)
        values.append(f"jsonb_build_object({pairs})")
    return text(
        STORE_DECISIONS.format(names="".join(f", {name}" for name in names), values="".join(f", {value}" for value in values))
    )


def _segments(session: Session, values: dict[str, Any]) -> dict[str, int]:
    query = text('SELECT segment, count(*) FROM "case" WHERE campaign_id = :campaign GROUP BY 1 ORDER BY 2 DESC')
    return {str(name): int(number) for name, number in session.execute(query, values)}


def _excluded(session: Session) -> dict[str, int]:
    """Who is left out now, by reason; who has a case already counts among the cases."""
    query = text(
        "SELECT v.reason, count(*) FROM judged j JOIN pattern v ON v.rules = j.rules WHERE v.reason IS NOT NULL GROUP BY 1 ORDER BY 2 DESC"
    )
    return {str(name): int(number) for name, number in session.execute(query)}
