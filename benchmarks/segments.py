"""Segments a year's list at once: facts, rules, decisions, sites, cases and their events, beside a bare copy and pandas.

    python benchmarks/segments.py [--quick] [--json FILE]

Prints one table; ``--json`` writes {figure: {value, unit, target, ok, peer}}. Machines are noisy: read the ratios.

People, homes and list rows are invented and written straight into the tables, as matching leaves them; some had contacts of
an earlier campaign. What is timed is all of ``segment_campaign``, its commit included. Peers, in the same run: the same
decisions, cases and events again by bare ``INSERT … SELECT`` into tables of the same columns and primary keys; and the same
rules over the same facts in pandas, in memory, with nothing kept (the evaluation alone).
"""

from __future__ import annotations

import argparse
import json
import time
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from homes import own_home
from listening import Steps

from outreach.core.marks import SQL_MARK, pepper

FULL, QUICK = (176_000, 352_000, 704_000), (2_000, 4_000)
NETWORK = 704_000
TARGET = 10.0
"""Seconds that the network's year may take."""
SITES = 66
DAY = date(2026, 10, 5)
STEPS = ("Faits et règles", "Sites", "Décisions", "Dossiers", "rest, commit")

FILL = """
INSERT INTO building (address_key, postal_code, insee, lon, lat, approx_lon, approx_lat, location, priority_area)
SELECT 'k' || i, CAST(69000 + i % 90 AS text), CAST(69000 + i % 300 AS text), CASE WHEN i % 20 > 0 THEN 4.7 + (i % 10007 * 7919 % 10007) / 25000.0 END,
       CASE WHEN i % 20 > 0 THEN 45.6 + (i % 10009 * 1729 % 10009) / 25000.0 END, 4.7 + (i % 10007 * 7919 % 10007) / 25000.0,
       45.6 + (i % 10009 * 1729 % 10009) / 25000.0, 'point', CASE WHEN i % 5 = 0 THEN 'Q' || i % 40 END
FROM generate_series(1, :buildings) i;
INSERT INTO household (building_id, created_at) SELECT b.low + i % :buildings, :now
FROM generate_series(1, :units) i CROSS JOIN (SELECT min(id) AS low FROM building) b;
INSERT INTO person (household_id, given_name, family_name, birth_date, mobile, mobile_mark, fixed, fixed_mark, language, reads_french, simulated, created_at)
SELECT h.low + i % :units, 'P' || i % 900, 'N' || i % 4000, CASE WHEN i % 3 > 0 THEN DATE '1940-01-01' + CAST(i * 31 % 28000 AS int) END,
       t.mobile, MOBILE_MARK, t.fixed, FIXED_MARK,
       CASE WHEN i % 6 = 0 THEN 'ar' WHEN i % 2 = 0 THEN 'fr' END, CASE WHEN i % 7 = 0 THEN false WHEN i % 2 = 0 THEN true END, true, :now
FROM generate_series(1, CAST(:units * 1.35 AS int)) i CROSS JOIN (SELECT min(id) AS low FROM household) h
  CROSS JOIN LATERAL (SELECT CASE WHEN i % 10 < 6 THEN '+336399' || lpad(CAST(80000 + i % 9999 AS text), 5, '0') || i % 10 END AS mobile,
                             CASE WHEN i % 4 = 0 THEN '+334657' || lpad(CAST(10000 + i % 9999 AS text), 5, '0') || i % 10 END AS fixed) t;
INSERT INTO list_row (list_id, campaign_id, partner_id, row_number, state, row_key, content_hash, raw, reference, given_name,
                      family_name, amount_due, debt_since, stage, energy_voucher, person_id)
SELECT :list, :campaign, :partner, i, 'new', 'R' || i, gen_random_uuid(), repeat('x', 160), 'R' || i, 'P' || i % 900, 'N' || i % 4000,
       (i * 37 % 140000) / 100.0, DATE '2026-10-05' - CAST(i * 13 % 400 AS int),
       (ARRAY['reminder_1', 'reminder_1', 'reminder_2', 'reminder_2', 'notice', 'limited', NULL])[1 + i * 11 % 7], i % 4 = 0, p.low + i - 1
FROM generate_series(1, :units) i CROSS JOIN (SELECT min(id) AS low FROM person) p;
INSERT INTO "case" (campaign_id, version_id, unit, household_id, person_id, site_id, segment, priority, wave, letter_code, status, opened_at,
                    closed_at, closed_reason, next_at)
SELECT :other, 1, 'household', p.household_id, p.id, 1, 'other', 5, 1, 'old' || p.id,
       (ARRAY['mediated', 'refused', 'unreachable', 'waiting'])[1 + p.id % 4], :now, CASE WHEN p.id % 4 < 3 THEN :now END, 'old', :now
FROM person p WHERE p.id % 10 = 0 AND p.id < (SELECT min(id) FROM person) + :units;
INSERT INTO contact (campaign_id, case_id, person_id, step, attempt, channel, language, state, due_at, useful_until, disposition, done_at)
SELECT :other, c.id, c.person_id, 'call', n, 'call', 'fr', 'done', :now, :now,
       (ARRAY['no_answer', 'mediated', 'refused', 'voicemail'])[1 + (c.id + n) % 4],
       CAST(:now AS timestamptz) - CAST(((c.id % 1000 * 7 + n * 11) % 200) || ' days' AS interval)
FROM "case" c CROSS JOIN generate_series(1, 2) n WHERE c.campaign_id = :other;
INSERT INTO objection (id, person_id, mark, source, occurred_at, recorded_at)
SELECT gen_random_uuid(), p.id, md5(CAST(p.id AS text)), 'phone', :now, :now FROM person p WHERE p.id % 400 = 0
""".replace("MOBILE_MARK", SQL_MARK.format(identity="t.mobile")).replace("FIXED_MARK", SQL_MARK.format(identity="t.fixed"))


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small lists, to see that it runs")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    with own_home():
        measured = {units: measure(units) for units in (QUICK if chosen.quick else FULL)}
    print_table(measured)
    if chosen.json:
        chosen.json.write_text(json.dumps(figures(measured), indent=2), encoding="utf-8")


def measure(units: int) -> dict[str, float]:
    """Seconds of each step on a fresh database with so many households on its list, and of the peers."""
    from outreach.core import clock, progress
    from outreach.core.database import drop_database, open_database
    from outreach.segments import segment_campaign

    database = open_database(f"bench_{units}")
    steps = Steps()
    with clock.travel(clock.at(DAY, "05:00")):
        loaded = fill(database, units)
        begin = time.perf_counter()
        with progress.listening(steps), database.session() as session:
            result = segment_campaign(session, loaded, actor="bench")
        total = time.perf_counter() - begin
        # The same day again: nobody is new.
        begin = time.perf_counter()
        with database.session() as session:
            again = segment_campaign(session, loaded, actor="bench")
        repeat = time.perf_counter() - begin
        if result.units != units or again.opened:
            raise SystemExit(f"{result.units} of {units} units, {again.opened} opened twice")
        raw = bare_copy(database)
        pandas = in_pandas(database, loaded)
    database.dispose()
    if database.cluster:
        drop_database(database.cluster, f"bench_{units}")
        database.cluster.close()
    rest = total - sum(steps.seconds.values())
    return {
        **steps.seconds, "rest, commit": rest, "total": total, "again": repeat, "bare INSERT": raw, "pandas rules": pandas,
        "cases": result.opened,
    }  # fmt: skip


def fill(database: Any, units: int) -> Any:
    """A launched campaign with 66 sites and so many households on its list."""
    from sqlalchemy import text

    from outreach.core import clock
    from outreach.definitions.registry import find_campaign, launch_campaign
    from outreach.migrations import run as migrations
    from outreach.models import TargetList

    migrations.upgrade(database)
    with database.session() as session:
        for code in ("earlier", "energy-arrears"):
            launch_campaign(session, folder(code), actor="bench")
        earlier, loaded = (find_campaign(session, code) for code in ("earlier", "energy-arrears"))
        owner = loaded.campaign.agreement_id, session.execute(text("SELECT min(id) FROM partner")).scalar_one()
        target = TargetList(
            campaign_id=loaded.campaign.id, agreement_id=owner[0], partner_id=owner[1], state="committed", list_code="impayes",
            scope="impayes", mode="full", file_name="bench.csv", sha256="", content_hash="", simulated=True, delivered_by="bench",
            delivered_through="command", imported_at=clock.now(), committed_at=clock.now(), total=units, blank=0, set_aside=0,
            counts={}, detection={}, columns=[], notices=[], columns_left_out=[], basis="",
        )  # fmt: skip
        session.add(target)
        session.flush()
        values = {
            "units": units, "buildings": max(units // 6, 10), "now": clock.now(), "list": target.id, "campaign": loaded.campaign.id,
            "partner": owner[1], "other": earlier.campaign.id,
        }  # fmt: skip
        for statement in FILL.split(";"):
            session.execute(text(statement), values | {"pepper": pepper()})
    with owner_connection(database) as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
        connection.exec_driver_sql("CHECKPOINT")
    return loaded


def folder(code: str) -> Any:
    """The energy campaign with the network's 66 sites and a rule on each kind of fact."""
    from outreach.definitions.campaign import Exclusion, SiteDefinition
    from outreach.definitions.loader import read_folder

    written = read_folder(Path("campaigns/energy-arrears"))
    one = written.campaign.sites[0]
    sites = [
        SiteDefinition(**(one.model_dump() | {
            "code": f"site-{at}", "lon": 4.7 + (at * 37 % 100) / 250, "lat": 45.6 + (at * 61 % 100) / 250,
            "mediators": [one.mediators[0].model_dump() | {"code": f"mediator-{at}"}],
        }))
        for at in range(SITES)
    ]  # fmt: skip
    rested = Exclusion(code="rested", label="Contacté il y a peu", when={"last_contact_on": {"within": "30 days"}})
    refused = Exclusion(code="refused", label="A refusé", when={"refused_before": True, "days_since_contact": {"below": 60}})
    campaign = written.campaign.model_copy(update={
        "code": code, "sites": sites, "exclusions": [*written.campaign.exclusions, rested, refused],
        "segments": [written.campaign.segments[0].model_copy(update={
            "code": "soon", "when": type(rested)(code="x", label="x", when={"days_to_cut": {"below": 20}}).when}),
            *written.campaign.segments],
    })  # fmt: skip
    return type(written)(campaign, written.agreement, written.messages)


@contextmanager
def owner_connection(database: Any) -> Any:
    """The owner of the tables, outside any transaction."""
    from sqlalchemy import create_engine, make_url

    url = database.cluster.url(make_url(database.url).database, "postgres")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def bare_copy(database: Any) -> float:
    """The same rows again into tables with the same columns and primary keys, and nothing else."""
    with owner_connection(database) as connection:
        for table in ("decision", '"case"', "event"):
            name = table.strip('"')
            connection.exec_driver_sql(f"CREATE TABLE bare_{name} (LIKE {table})")
            key = "unit_id, run_id" if name == "decision" else "id"
            connection.exec_driver_sql(f"ALTER TABLE bare_{name} ADD PRIMARY KEY ({key})")
        connection.exec_driver_sql("CHECKPOINT")
        begin = time.perf_counter()
        connection.exec_driver_sql("BEGIN")
        for table in ("decision", '"case"', "event"):
            where = " WHERE run_id IS NOT NULL" if table == '"case"' else ""
            connection.exec_driver_sql(f"INSERT INTO bare_{table.strip(chr(34))} SELECT * FROM {table}{where}")
        connection.exec_driver_sql("COMMIT")
        return time.perf_counter() - begin


def in_pandas(database: Any, loaded: Any) -> float:
    """The same rules over the same facts as columns in memory: the evaluation alone, and it must find the same."""
    import numpy as np
    import pandas as pd

    from outreach.core import bulk

    with database.session() as session:
        facts = bulk.copy_out(session, "SELECT * FROM decision ORDER BY unit_id, run_id")
    begin = time.perf_counter()
    total = np.zeros(len(facts), dtype=np.int64)
    for at, part in enumerate([*loaded.folder.campaign.exclusions, *loaded.folder.campaign.segments]):
        total += frame_rule(part.when, facts, pd).to_numpy().astype(np.int64) << at
    seconds = time.perf_counter() - begin
    if not (total == facts["rules"].to_numpy()).all():
        raise SystemExit("pandas finds other results")
    return seconds


def frame_rule(rule: Any, facts: Any, pd: Any) -> Any:
    """One rule over a frame."""
    parts = [frame_rule(part, facts, pd) for part in rule.all or rule.any or []]
    if parts:
        found = parts[0]
        for part in parts[1:]:
            found = found & part if rule.all else found | part
        return found
    if rule.negated:
        return ~frame_rule(rule.negated, facts, pd)
    return frame_comparison(rule, facts, pd)


def frame_comparison(rule: Any, facts: Any, pd: Any) -> Any:
    """One comparison over a frame."""
    column, operator, value = facts[rule.comparison.fact], rule.comparison.operator, rule.comparison.value
    if operator == "known":
        return column.notna() if value else column.isna()
    if operator == "in":
        return column.isin(value)
    if operator == "within":
        day = pd.Timestamp(DAY)
        return pd.to_datetime(column).between(day - pd.Timedelta(days=int(value.split()[0])), day)
    if operator == "is":
        return column.map({"t": True, "f": False}) == value if isinstance(value, bool) else column == value
    return {"at_least": column.ge, "above": column.gt, "at_most": column.le, "below": column.lt}[operator](value)


def figures(measured: dict[int, dict[str, float]]) -> dict[str, dict[str, Any]]:
    """Every figure with its target and peer."""
    found = {
        f"segments_seconds_{units}": {
            "value": round(seconds["total"], 2), "unit": "s", "target": TARGET if units == NETWORK else None,
            "ok": seconds["total"] <= TARGET if units == NETWORK else None, "peer": None,
        }
        for units, seconds in measured.items()
    }  # fmt: skip
    largest = measured[max(measured)]
    for peer in ("bare INSERT", "pandas rules"):
        found[f"segments_over_{peer.replace(' ', '_')}"] = {
            "value": round(largest["total"] / largest[peer], 2), "unit": "x", "target": None, "ok": None, "peer": peer,
        }  # fmt: skip
    return found


def print_table(measured: dict[int, dict[str, float]]) -> None:
    """Steps down, lists across, the growth of the last doubling at the end."""
    sizes = sorted(measured)
    print(f"{'seconds':<18}" + "".join(f"{size:>10,}" for size in sizes) + f"{'growth':>9}")
    for step in (*STEPS, "total", "again", "bare INSERT", "pandas rules"):
        row = [measured[size][step] for size in sizes]
        print(f"{step:<18}" + "".join(f"{value:>10.2f}" for value in row) + f"{row[-1] / max(row[-2], 1e-9):>8.2f}x")
    largest = measured[sizes[-1]]
    print(f"cases opened: {largest['cases']:,.0f} of {sizes[-1]:,} households")
    for peer in ("bare INSERT", "pandas rules"):
        print(f"total / {peer}: {largest['total'] / largest[peer]:.1f}")


if __name__ == "__main__":
    main()
