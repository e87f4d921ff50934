"""The nightly plan of the network's busiest day, stage by stage: 704,000 cases of a year, 66 sites, 400 mediators.

    python benchmarks/nightly.py [--quick] [--json FILE]

Prints one table of seconds and memory; ``--json`` writes {figure: {value, unit, target, ok, peer}}. Machines are noisy.

Invented people stand in the tables as a campaign of some months leaves them: two cases in five are closed, one in four is due
tonight (half of those with one to five contacts behind them), the others wait for a later day. Timed is all of
``plan_campaign``, its commit included; peer, in the same run: the bare COPY of as many contacts and waits as it writes.
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import date
from pathlib import Path
from typing import Any

from homes import own_home
from listening import Steps

from outreach.core.marks import SQL_MARK, pepper

FULL, QUICK = 704_000, 7_000
SITES, PEOPLE = 66, 6
"""Sites, and mediators of each."""
DAY = date(2026, 11, 23)
FILL = """
INSERT INTO building (address_key, postal_code, insee, lon, lat, approx_lon, approx_lat, location)
SELECT 'k' || i, '69000', '69388', s.lon + ((i * 7919 % 10007) - 5003) / 100000.0, s.lat + ((i * 1729 % 10009) - 5004) / 130000.0, s.lon,
       s.lat, 'point'
FROM generate_series(1, :homes / 3) i JOIN (SELECT lon, lat, row_number() OVER (ORDER BY id) - 1 AS n FROM site) s ON s.n = i % :sites;
INSERT INTO household (building_id, floor, created_at) SELECT b.low + i % (:homes / 3), CAST(i % 9 AS text), :now
FROM generate_series(1, :homes) i CROSS JOIN (SELECT min(id) AS low FROM building) b;
INSERT INTO person (household_id, given_name, family_name, mobile, mobile_mark, fixed, fixed_mark, language, reads_french, simulated, created_at)
SELECT h.low + i - 1, 'P' || i % 900, 'N' || i % 4000, t.mobile, MOBILE_MARK, t.fixed, FIXED_MARK,
       CASE WHEN i % 9 = 0 THEN 'ar' WHEN i % 17 = 0 THEN 'tr' WHEN i % 2 = 0 THEN 'fr' END,
       CASE WHEN i % 7 = 0 THEN false WHEN i % 2 = 0 THEN true END, true, :now
FROM generate_series(1, :homes) i CROSS JOIN (SELECT min(id) AS low FROM household) h
  CROSS JOIN LATERAL (SELECT CASE WHEN i % 10 < 7 THEN '+3363998' || lpad(CAST(i % 10000 AS text), 4, '0') END AS mobile,
                             CASE WHEN i % 4 = 0 THEN '+3346571' || lpad(CAST(i % 10000 AS text), 4, '0') END AS fixed) t;
INSERT INTO "case" (campaign_id, version_id, unit, household_id, person_id, site_id, segment, priority, wave, letter_code, status, opened_at,
                    closed_at, closed_reason, next_step, next_at)
SELECT :campaign, :version, 'household', p.household_id, p.id, s.id, 'other', 1 + p.id * 31 % 8, 1, 'c' || p.id,
       CASE WHEN p.id % 20 < 8 THEN 'mediated' ELSE 'waiting' END, :opened, CASE WHEN p.id % 20 < 8 THEN :now END,
       CASE WHEN p.id % 20 < 8 THEN 'mediated' END, 'letter',
       CASE WHEN p.id % 20 < 13 THEN :now ELSE CAST(:now AS timestamptz) + interval '20 days' END
FROM person p JOIN household h ON h.id = p.household_id JOIN building b ON b.id = h.building_id
     JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM site) s ON s.n = CAST(substr(b.address_key, 2) AS int) % :sites;
INSERT INTO contact (campaign_id, case_id, person_id, step, attempt, channel, language, state, due_at, useful_until, disposition, done_at)
SELECT :campaign, c.id, c.person_id, k.step, k.attempt, k.channel, 'fr', CASE WHEN k.channel IN ('call', 'visit') THEN 'done' ELSE 'sent' END,
       d.day, d.day, CASE WHEN k.channel = 'call' AND (c.id / 10 + k.n) % 4 = 0 THEN 'talked' ELSE k.code END, d.day
FROM "case" c CROSS JOIN (VALUES (1, 'letter', 1, 'letter', 'sent'), (2, 'sms', 1, 'sms', 'sent'), (3, 'call', 1, 'call', 'no_answer'),
                                 (4, 'call', 2, 'call', 'voicemail'), (5, 'call', 3, 'call', 'no_answer')) AS k (n, step, attempt, channel, code)
     CROSS JOIN LATERAL (SELECT CAST(:opened AS timestamptz) + (8 * k.n + c.id % 5) * interval '1 day' + interval '7 hours' AS day) d
WHERE c.id % 2 = 0 AND k.n <= 1 + c.id / 2 % 5
""".replace("MOBILE_MARK", SQL_MARK.format(identity="t.mobile")).replace("FIXED_MARK", SQL_MARK.format(identity="t.fixed"))


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a hundredth of the network, to see that it runs")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    with own_home():
        measured = measure(QUICK if chosen.quick else FULL, 6 if chosen.quick else SITES)
    print_table(measured)
    if chosen.json:
        chosen.json.write_text(json.dumps(figures(measured), indent=2), encoding="utf-8")


def measure(cases: int, sites: int) -> dict[str, Any]:
    """Rows of (step, seconds, MB) of one night, and of the next, and the peer's seconds."""
    from outreach.core import clock, progress
    from outreach.core.database import drop_database, open_database
    from outreach.planning import plan_campaign

    database = open_database("bench_nightly")
    found: dict[str, Any] = {"cases": cases}
    with clock.travel(clock.at(DAY, "03:30")):
        loaded = fill(database, cases, sites)
        for night in ("first", "again"):
            steps = Steps()
            begin = time.perf_counter()
            with progress.listening(steps), database.session() as session:
                result = plan_campaign(session, loaded, actor="bench")
            found[night] = [*steps.rows, ("all, commit included", time.perf_counter() - begin, max(row[2] for row in steps.rows))]
            found[f"{night} plan"] = {"planned": result.planned, "waiting": result.waiting, "rounds": result.rounds}
        found["peer"] = bare_copy(
            database, sum(found["first plan"]["planned"].values()), sum(found["first plan"]["waiting"].values())
        )
    database.dispose()
    if database.cluster:
        drop_database(database.cluster, "bench_nightly")
        database.cluster.close()
    return found


def fill(database: Any, cases: int, sites: int) -> Any:
    """The network in the tables; returns its campaign."""
    from sqlalchemy import text

    from outreach.core import bulk, clock
    from outreach.definitions.loader import read_folder
    from outreach.definitions.registry import find_campaign, launch_campaign
    from outreach.migrations import run as migrations

    migrations.upgrade(database)
    folder = read_folder(Path("campaigns/energy-arrears"))
    with database.session() as session:
        launch_campaign(
            session, type(folder)(network(folder.campaign, sites), folder.agreement, folder.messages), actor="bench", lot="bench"
        )
        loaded = find_campaign(session, folder.campaign.code)
    values = {
        "homes": cases, "sites": sites, "campaign": loaded.campaign.id, "version": loaded.version.id, "now": clock.now(),
        "opened": clock.at(date(2026, 10, 6), "06:00"),
    }  # fmt: skip
    with database.session() as session:
        for statement in FILL.split(";\n"):
            session.execute(text(statement), values | {"pepper": pepper()})
    with database.session() as session:
        bulk.analyse(session, "case", "contact", "person", "household", "building")
    return loaded


def network(campaign: Any, sites: int) -> Any:
    """The campaign with the network's sites, six mediators each, and letters and SMS to match."""
    places = []
    for number in range(sites):
        pattern = campaign.sites[number % len(campaign.sites)]
        staff = [
            mediator.model_copy(update={"code": f"s{number}-{place}-{mediator.code}"})
            for place, mediator in enumerate((pattern.mediators * 2)[:PEOPLE])
        ]
        where = {"lon": 0.2 + number % 11 * 0.5, "lat": 43.6 + number // 11 * 0.9}
        places.append(pattern.model_copy(update={"code": f"site-{number}", "mediators": staff, **where}))
    capacity = campaign.capacity.model_copy(update={"letters_per_day": 15_000, "sms_per_day": 12_000})
    return campaign.model_copy(update={"sites": places, "capacity": capacity})


def bare_copy(database: Any, contacts: int, waits: int) -> float:
    """Seconds of the COPY of as many rows of the same width into a table without indexes."""
    import io

    row = "1,704000,704000,letter,1,letter,fr,planned,2026-11-23 07:00:00+01,2026-11-23 20:00:00+01\n"
    begin = time.perf_counter()
    with database.engine.begin() as connection:
        cursor = connection.connection.driver_connection.cursor()
        cursor.execute(
            "CREATE TEMP TABLE bare (a int, b int, c int, d text, e int, f text, g text, h text, i timestamptz, j timestamptz)"
        )
        cursor.copy_expert("COPY bare FROM STDIN WITH (FORMAT csv)", io.StringIO(row * (contacts + waits)))
    return time.perf_counter() - begin


def figures(measured: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every figure; there is no target: the table says where the time goes."""
    found = {}
    for night in ("first", "again"):
        for step, seconds, memory in measured[night]:
            found[f"{night}: {step}: seconds"] = {
                "value": round(seconds, 2),
                "unit": "s",
                "target": None,
                "ok": None,
                "peer": None,
            }
            found[f"{night}: {step}: memory"] = {"value": round(memory), "unit": "MB", "target": None, "ok": None, "peer": None}
    ratio = measured["first"][-1][1] / measured["peer"]
    found["over bare COPY"] = {
        "value": round(ratio, 1),
        "unit": "x",
        "target": None,
        "ok": None,
        "peer": "bare COPY of as many rows",
    }
    return found


def print_table(measured: dict[str, Any]) -> None:
    """Stages down; the first night and the same night again across."""
    print(f"{measured['cases']:,} cases, {measured['first plan']['rounds']} rounds; planned {measured['first plan']['planned']}")
    print(f"waiting {measured['first plan']['waiting']}")
    print(f"{'step':<26}{'s':>9}{'MB':>8}{'again s':>10}{'MB':>8}")
    for (step, seconds, memory), (_, later, kept) in zip(measured["first"], measured["again"], strict=True):
        print(f"{step:<26}{seconds:>9.1f}{memory:>8.0f}{later:>10.1f}{kept:>8.0f}")
    print(f"{'bare COPY of as many rows':<26}{measured['peer']:>9.1f}")


if __name__ == "__main__":
    main()
