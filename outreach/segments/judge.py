"""Facts and rules in one pass: a temporary table ``judged`` with every unit's facts and the result of every rule.

``judged``: unit_id, person_id, household_id, building_id, amount, zip, the facts by their names, and ``rules``, one bit a
rule. ``pattern``: what follows from each combination of results. ``placed``: the site of each building.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from sqlalchemy import BigInteger, ColumnElement, case, column, literal, literal_column, select, text

from outreach.core import bulk
from outreach.core.joins import are_few
from outreach.definitions.facts import vocabulary
from outreach.definitions.loader import Folder
from outreach.segments.compiler import compile_rule, facts_of
from outreach.segments.facts import SMALL_TABLES, fact_query
from outreach.segments.verdict import outcome_of, parts_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PATTERNS = "CREATE TEMP TABLE pattern (rules bigint, reason text, segment text, priority int, units int) ON COMMIT DROP"
# Where nothing says about where a building is, its postal code's buildings stand for it.
SPOTS = """
WITH asked AS MATERIALIZED (SELECT DISTINCT building_id FROM judged j WHERE {which}),
spot AS MATERIALIZED (
  SELECT b.id, b.postal_code, b.approx_lon AS lon, b.approx_lat AS lat
  FROM asked JOIN LATERAL (SELECT * FROM building WHERE id = asked.building_id OFFSET 0) b ON true),
middle AS (SELECT postal_code, avg(approx_lon) AS lon, avg(approx_lat) AS lat FROM building
           WHERE approx_lon IS NOT NULL AND postal_code = ANY(ARRAY(SELECT DISTINCT postal_code FROM spot WHERE lon IS NULL))
             GROUP BY 1)
SELECT s.id, coalesce(s.lon, m.lon) AS lon, coalesce(s.lat, m.lat) AS lat
FROM spot s LEFT JOIN middle m ON m.postal_code = s.postal_code AND s.lon IS NULL WHERE coalesce(s.lon, m.lon) IS NOT NULL
"""
EVERYBODY, UNDECIDED = "true", "NOT EXISTS (SELECT FROM settled s WHERE s.unit_id = j.unit_id)"
ROWS = "SELECT count(*) FROM list_row WHERE campaign_id = :campaign AND superseded_by IS NULL AND state IN ('new', 'changed')"
OBJECTED = "SELECT count(*) FROM objection WHERE lifted_at IS NULL"
PLACED = "CREATE TEMP TABLE placed (building_id bigint, site_id bigint) ON COMMIT DROP"
SITES = "SELECT id, lon, lat FROM site WHERE code = ANY(:sites) ORDER BY id"
AT_A_TIME = 20_000
"""Buildings whose distances to all sites are held at a time."""
SETTINGS = ("work_mem = '128MB'", "parallel_setup_cost = 100", "parallel_tuple_cost = 0.005")
"""For the one transaction: lists of a year are sorted in memory, and several processes join them although rows are many."""
TABLES = ("placed", "pattern", "judged")


@dataclass(frozen=True)
class Judged:
    """What was judged: units, facts looked at and rules, in the order of their columns and bits; the day of the rules.

    ``few``: the campaign's rows are few beside the register (``core.joins``).
    """

    units: int
    facts: tuple[str, ...]
    rules: tuple[str, ...]
    today: date
    few: bool


def judge(session: Session, folder: Folder, campaign_id: int, *, today: date) -> Judged:
    """Evaluate every rule for every unit on the lists in force, into ``judged`` and ``pattern``."""
    for setting in SETTINGS:
        session.execute(text(f"SET LOCAL {setting}"))
    campaign, known = folder.campaign, vocabulary(folder.campaign, folder.agreement)
    parts = parts_of(campaign)
    wanted = set().union(*(facts_of(part.when) for part in parts))
    listed = int(session.execute(text(ROWS), {"campaign": campaign_id}).scalar_one())
    few = are_few(session, listed, "person")
    objected = int(session.execute(text(OBJECTED)).scalar_one())
    query = fact_query(campaign, campaign_id, wanted, known, today=today, few=few, few_objected=objected < listed)
    for statement in query.before:
        session.execute(text(statement), query.values)
    used = {name: value for name, value in query.values.items() if re.search(rf":{name}\b", query.sql)}
    units = text(query.sql).bindparams(**used).columns(*(column(name) for name in query.facts)).subquery("f")
    results: ColumnElement[int] = literal(0, BigInteger)
    for at, part in enumerate(parts):
        results += case(
            (compile_rule(part.when, today, known), literal_column(f"CAST({1 << at} AS bigint)")), else_=literal_column("0")
        )
    create_as(session, "judged", select(literal_column("f.*"), results.label("rules")).select_from(units))
    counted = session.execute(text("SELECT rules, count(*) FROM judged GROUP BY 1")).all()
    session.execute(text(PATTERNS))
    rows = []
    for results_, count in counted:
        outcome = outcome_of(campaign, results_)
        rows.append(
            {
                "rules": results_,
                "reason": outcome.reason,
                "segment": outcome.segment,
                "priority": outcome.priority,
                "units": count,
            }
        )
    if rows:
        session.execute(text("INSERT INTO pattern VALUES (:rules, :reason, :segment, :priority, :units)"), rows)
    # What is joined and grouped by, and none of the facts.
    session.execute(text("ANALYZE judged (unit_id, building_id, rules)"))
    session.execute(text("ANALYZE pattern"))
    return Judged(sum(int(count) for _results, count in counted), query.facts, tuple(part.code for part in parts), today, few)


def place(session: Session, sites: Sequence[str], which: str = EVERYBODY) -> int:
    """The nearest site of each building into ``placed``; returns the site of whoever has none there.

    ``which``: of all units judged, or of those who are ``UNDECIDED`` (not in the table ``settled``). In columns: the database
    would take a row at a time through all sites.
    """
    session.execute(text(PLACED))
    known = session.execute(text(SITES), {"sites": list(sites)}).all()
    if not known:
        return 0
    if len(known) > 1:
        ids, lon, lat = (np.array(column) for column in zip(*known, strict=True))
        spots = bulk.arrow_out(
            session, SPOTS.format(which=which), {}, {"id": pa.int64(), "lon": pa.float64(), "lat": pa.float64()}
        )
        with bulk.Loading(session, "placed", ("building_id", "site_id")) as loading:
            for start in range(0, spots.num_rows, AT_A_TIME):
                part = spots.slice(start, AT_A_TIME)
                x, y = (part.column(name).to_numpy()[:, None] for name in ("lon", "lat"))
                nearest = (((lon - x) * np.cos(np.radians(y))) ** 2 + (lat - y) ** 2).argmin(axis=1)
                loading.write(pa.table({"building_id": part.column("id"), "site_id": pa.array(ids[nearest])}))
        session.execute(text("ANALYZE placed"))
    return int(known[0].id)


def clear(session: Session) -> None:
    """Drop the temporary tables."""
    for table in (*TABLES, *SMALL_TABLES):
        session.execute(text(f"DROP TABLE IF EXISTS {table}"))


def create_as(session: Session, table: str, query: Any) -> None:
    """``CREATE TEMP TABLE … AS``: unlike ``INSERT … SELECT``, PostgreSQL may use several processes for it."""
    connection = session.connection()
    compiled = query.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    connection.exec_driver_sql(f"CREATE TEMP TABLE {table} ON COMMIT DROP AS {compiled}", compiled.params)
