"""The register of people: matching's answers written down as persons, households and buildings with stable ids.

A person keeps their id from one run to the next: a cluster takes the oldest id among its rows, and two persons found
to be one keep both histories (``merged_into``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
from sqlalchemy import text

from outreach.core import audit, bulk, clock, progress
from outreach.core.i18n import N_
from outreach.matching.engine import Matching, match_records
from outreach.matching.fields import unpack
from outreach.models import MatchRun

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

RECORDS = """
SELECT r.id AS record_id, p.code AS partner, r.reference, r.given_name, r.family_name, r.birth_date, r.mobile, r.fixed, r.email,
       r.house_number, r.repetition, r.street, r.postal_code, r.city, r.building, r.staircase, r.floor, r.door
FROM usable_row r JOIN partner p ON p.id = r.partner_id ORDER BY r.id
"""

# Where an address was found only by its commune, it has no point: nobody is sent to the middle of a town. A point once
# found is not given up for that, and a register that was read after the last search still gives its exact points.
BUILDINGS = """
INSERT INTO building (address_key, house_number, repetition, street, place, postal_code, city, cedex, country, insee, lon, lat,
                      approx_lon, approx_lat, location, location_score, priority_area)
SELECT DISTINCT ON (r.address_key) r.address_key, r.house_number, r.repetition, r.street, r.place, r.postal_code, r.city, r.cedex,
       r.country, coalesce(f.insee, r.insee), CASE WHEN f.level <> 'commune' THEN f.lon END,
       CASE WHEN f.level <> 'commune' THEN f.lat END, f.lon, f.lat, f.level, f.score, s.quarter
FROM usable_row r
     LEFT JOIN LATERAL (
       SELECT insee, street, lon, lat, level, score FROM address_location WHERE address_key = r.address_key
       UNION ALL SELECT insee, street, lon, lat, 'point', 1 FROM address_point WHERE address_key = r.address_key
       ORDER BY score DESC LIMIT 1) f ON true
     LEFT JOIN priority_street s ON s.insee = coalesce(f.insee, r.insee) AND s.street = coalesce(f.street, r.street)
WHERE r.address_key IS NOT NULL ORDER BY r.address_key, r.insee NULLS LAST, r.id
ON CONFLICT (address_key) DO UPDATE SET insee = coalesce(excluded.insee, building.insee), lon = excluded.lon, lat = excluded.lat,
       approx_lon = excluded.approx_lon, approx_lat = excluded.approx_lat, location = excluded.location,
       location_score = excluded.location_score, priority_area = coalesce(excluded.priority_area, building.priority_area)
WHERE excluded.location IS NOT NULL AND (excluded.lon IS NOT NULL OR building.lon IS NULL)
  AND (building.lon, building.lat, building.approx_lon, building.approx_lat, building.location, building.location_score)
      IS DISTINCT FROM (excluded.lon, excluded.lat, excluded.approx_lon, excluded.approx_lat, excluded.location,
                        excluded.location_score)
"""

# The oldest person among a cluster's rows keeps the cluster; a person whose rows fell apart stays with the oldest row.
ADOPT_PERSONS = """
CREATE TEMP TABLE cluster ON COMMIT DROP AS
WITH known AS (SELECT m.person_key, r.person_id, min(r.id) AS oldest FROM matched m JOIN list_row r ON r.id = m.record_id
               WHERE r.person_id IS NOT NULL GROUP BY 1, 2),
     keeper AS (SELECT DISTINCT ON (person_id) person_id, person_key FROM known ORDER BY person_id, oldest)
SELECT m.person_key, min(k.person_id) AS person_id
FROM (SELECT DISTINCT person_key FROM matched) m LEFT JOIN keeper k USING (person_key) GROUP BY 1
"""
NEW_PERSONS = """
WITH fresh AS (UPDATE cluster SET person_id = nextval(pg_get_serial_sequence('person', 'id')) WHERE person_id IS NULL
               RETURNING person_id)
INSERT INTO person (id, simulated, created_at) OVERRIDING SYSTEM VALUE SELECT person_id, false, :now FROM fresh
"""
MERGED_PERSONS = """
UPDATE person old SET merged_into = c.person_id
FROM list_row r JOIN matched m ON m.record_id = r.id JOIN cluster c USING (person_key)
WHERE r.person_id = old.id AND old.id <> c.person_id AND old.merged_into IS NULL
  AND NOT EXISTS (SELECT FROM cluster kept WHERE kept.person_id = old.id)
"""
# Whoever was merged into a person that is now merged in turn points at the last: one step always leads to the living id.
FLATTEN = """
UPDATE person p SET merged_into = q.merged_into FROM person q WHERE p.merged_into = q.id AND q.merged_into IS NOT NULL
"""
LINK_ROWS = """
UPDATE list_row r SET person_id = c.person_id FROM matched m JOIN cluster c USING (person_key)
WHERE m.record_id = r.id AND r.person_id IS DISTINCT FROM c.person_id
"""
# The latest word on each detail, from the latest row that says anything about it.
LATEST = "(array_agg(r.{0} ORDER BY r.id DESC) FILTER (WHERE r.{0} IS NOT NULL))[1] AS {0}"
PERSON_DETAILS = (
    "title", "given_name", "family_name", "birth_date", "mobile", "fixed", "email", "language", "reads_french"
)  # fmt: skip
DESCRIBE_PERSONS = f"""
UPDATE person p SET ({", ".join(PERSON_DETAILS)}, simulated) = ({", ".join("d." + name for name in PERSON_DETAILS)}, d.simulated)
FROM (SELECT r.person_id, bool_or(l.simulated) AS simulated, {", ".join(LATEST.format(name) for name in PERSON_DETAILS)}
      FROM usable_row r JOIN target_list l ON l.id = r.list_id WHERE r.person_id IS NOT NULL GROUP BY 1) d
WHERE d.person_id = p.id
"""
ADOPT_HOUSEHOLDS = """
CREATE TEMP TABLE home ON COMMIT DROP AS
WITH member AS (SELECT DISTINCT m.household_key, c.person_id FROM matched m JOIN cluster c USING (person_key)),
     known AS (SELECT m.household_key, p.household_id, min(p.id) AS oldest FROM member m JOIN person p ON p.id = m.person_id
               WHERE p.household_id IS NOT NULL GROUP BY 1, 2),
     keeper AS (SELECT DISTINCT ON (household_id) household_id, household_key FROM known ORDER BY household_id, oldest)
SELECT m.household_key, min(k.household_id) AS household_id
FROM (SELECT DISTINCT household_key FROM member) m LEFT JOIN keeper k USING (household_key) GROUP BY 1
"""
NEW_HOUSEHOLDS = """
WITH fresh AS (UPDATE home SET household_id = nextval(pg_get_serial_sequence('household', 'id')) WHERE household_id IS NULL
               RETURNING household_id)
INSERT INTO household (id, created_at) OVERRIDING SYSTEM VALUE SELECT household_id, :now FROM fresh
"""
LINK_PERSONS = """
UPDATE person p SET household_id = h.household_id
FROM (SELECT DISTINCT ON (c.person_id) c.person_id, m.household_key FROM matched m JOIN cluster c USING (person_key)
      ORDER BY c.person_id, m.record_id DESC) m JOIN home h USING (household_key)
WHERE m.person_id = p.id AND p.household_id IS DISTINCT FROM h.household_id
"""
DESCRIBE_HOUSEHOLDS = """
UPDATE household h SET building_id = d.building_id, staircase = d.staircase, floor = d.floor, door = d.door,
       building_name = d.building, residence = d.residence, po_box = d.po_box
FROM (SELECT DISTINCT ON (p.household_id) p.household_id, b.id AS building_id, r.staircase, r.floor, r.door, r.building,
             r.residence, r.po_box
      FROM usable_row r JOIN person p ON p.id = r.person_id JOIN building b ON b.address_key = r.address_key
      ORDER BY p.household_id, (r.superseded_by IS NULL) DESC, b.lon IS NULL, r.id DESC) d
WHERE d.household_id = h.id
"""


@dataclass(frozen=True)
class MatchResult:
    """What a run found: rows compared, persons and households behind them, links by decision, the merge threshold."""

    rows: int
    persons: int
    households: int
    links: dict[str, int]
    merge_at: float
    parameters: str


def match_people(session: Session, *, actor: str) -> MatchResult:
    """Match every usable row of the register and write down who is behind it; running it again changes nothing."""
    records = bulk.copy_out(
        session, RECORDS, dtype={"record_id": "int64"} | dict.fromkeys(_text_columns(), "str"), parse_dates=["birth_date"]
    )
    records["birth_date"] = pd.to_datetime(records["birth_date"]).dt.date
    matching = match_records(records)
    run = MatchRun(ran_at=clock.now(), parameters=matching.parameters_version, figures=_figures(matching))
    session.add(run)
    session.flush()
    with progress.step(N_("Inscription au registre"), len(records)):
        _write_links(session, run.id, matching)
        _write_register(session, matching)
    result = _result(matching)
    audit.record(session, actor, "match.run", f"match_run/{run.id}", {"rows": result.rows, "persons": result.persons})
    return result


def _write_register(session: Session, matching: Matching) -> None:
    frame = matching.persons.to_pandas().merge(matching.households.to_pandas(), on="record_id")
    session.execute(text("CREATE TEMP TABLE matched (record_id bigint, person_key bigint, household_key bigint) ON COMMIT DROP"))
    bulk.copy_in(session, "matched", frame, ("record_id", "person_key", "household_key"))
    session.execute(text("ANALYZE matched"))
    now = {"now": clock.now()}
    for statement in (BUILDINGS, ADOPT_PERSONS, NEW_PERSONS, MERGED_PERSONS, FLATTEN, LINK_ROWS, DESCRIBE_PERSONS):
        session.execute(text(statement), now if ":now" in statement else {})
    bulk.analyse(session, "building", "person", "list_row")
    for statement in (ADOPT_HOUSEHOLDS, NEW_HOUSEHOLDS, LINK_PERSONS, DESCRIBE_HOUSEHOLDS):
        session.execute(text(statement), now if ":now" in statement else {})
    for table in ("matched", "cluster", "home"):
        session.execute(text(f"DROP TABLE {table}"))
    bulk.analyse(session, "person", "household")


def _write_links(session: Session, run_id: int, matching: Matching) -> None:
    """The links of the newest run replace those of the last: they describe the same register."""
    session.execute(text("DELETE FROM match_link"))
    links = matching.links.to_pandas().rename(columns={"left_id": "left_row", "right_id": "right_row"})
    levels = unpack(links["pattern"].to_numpy())
    links["evidence"] = [json.dumps(row) for row in pd.DataFrame(levels).to_dict("records")]
    links["run_id"] = run_id
    columns = ("run_id", "left_row", "right_row", "p_same", "p_household", "decision", "evidence")
    bulk.copy_in(session, "match_link", links, columns)


def _figures(matching: Matching) -> dict[str, object]:
    return {
        "records": matching.stats.records,
        "pairs_compared": matching.stats.pairs_compared,
        "patterns": matching.stats.patterns,
        "merge_at": float(matching.merge_at),
        "review": matching.review_count,
    }


def _result(matching: Matching) -> MatchResult:
    decisions = matching.links.column("decision").value_counts().to_pylist()
    return MatchResult(
        rows=matching.stats.records,
        persons=len(matching.persons.column("person_key").unique()),
        households=len(matching.households.column("household_key").unique()),
        links={str(entry["values"]): int(entry["counts"]) for entry in decisions},
        merge_at=float(matching.merge_at),
        parameters=matching.parameters_version,
    )


def _text_columns() -> tuple[str, ...]:
    return (
        "partner", "reference", "given_name", "family_name", "mobile", "fixed", "email", "house_number", "repetition",
        "street", "postal_code", "city", "building", "staircase", "floor", "door",
    )  # fmt: skip
