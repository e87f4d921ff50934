"""A year of the network, invented and written straight into the tables: 704,000 cases, some three million events."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from outreach.core.marks import SQL_MARK, pepper

FIRST, LAST = date(2026, 1, 5), date(2026, 12, 20)
FIRST_OF_YEAR = date(2026, 1, 1)
SITES = 66
# Who does what follows from the number of the case alone, so that a second run writes the same year.
FILL = """
INSERT INTO building (address_key, postal_code, insee, city, lon, lat, approx_lon, approx_lat, location, priority_area)
SELECT 'k' || i, CAST(69000 + i % 90 AS text), CAST(69000 + i % 300 AS text), 'VILLE ' || i % 300, 4.8, 45.7, 4.8, 45.7, 'point',
       CASE WHEN i % 5 = 0 THEN 'Q' || i % 40 END
FROM generate_series(1, :buildings) i;
INSERT INTO household (building_id, created_at) SELECT b.low + i % :buildings, :now
FROM generate_series(1, :units) i CROSS JOIN (SELECT min(id) AS low FROM building) b;
INSERT INTO person (household_id, given_name, family_name, birth_date, mobile, mobile_mark, fixed, fixed_mark, language, reads_french, simulated, created_at)
SELECT h.low + i % :units, 'P' || i % 900, 'N' || i % 4000, CASE WHEN i % 3 > 0 THEN DATE '1940-01-01' + CAST(i * 31 % 28000 AS int) END,
       t.mobile, MOBILE_MARK, t.fixed, FIXED_MARK,
       (ARRAY['fr', 'fr', 'fr', 'ar', 'tr', 'pt', NULL])[1 + i % 7], CASE WHEN i % 7 = 0 THEN false WHEN i % 2 = 0 THEN true END, true, :now
FROM generate_series(1, CAST(:units * 1.35 AS int)) i CROSS JOIN (SELECT min(id) AS low FROM household) h
  CROSS JOIN LATERAL (SELECT CASE WHEN i % 10 < 6 THEN '+33639980' || lpad(CAST(i % 1000 AS text), 3, '0') END AS mobile,
                             CASE WHEN i % 4 = 0 THEN '+33465710' || lpad(CAST(i % 1000 AS text), 3, '0') END AS fixed) t;
INSERT INTO list_row (list_id, campaign_id, partner_id, row_number, state, row_key, content_hash, raw, reference, given_name, family_name,
                      mobile, mobile_mark, address_key, person_id)
SELECT :list, :campaign, :partner, i, CASE WHEN i % 50 = 0 THEN 'rejected' WHEN i % 33 = 0 THEN 'duplicate' ELSE 'new' END, 'R' || i,
       gen_random_uuid(), repeat('x', 160), 'R' || i, 'P' || i % 900, 'N' || i % 4000, t.mobile, MOBILE_MARK, 'k', p.low + i - 1
FROM generate_series(1, :units) i CROSS JOIN (SELECT min(id) AS low FROM person) p CROSS JOIN (SELECT '+33639980000' AS mobile) t;
INSERT INTO row_issue (list_id, row_number, column_name, value, code, reason, details, rejects)
SELECT :list, i, 'Téléphone', 'x', 'phone_short', 'numéro trop court', '{}', i % 50 = 0 FROM generate_series(1, :units, 10) i;
INSERT INTO "case" (campaign_id, version_id, unit, household_id, person_id, site_id, segment, priority, wave, letter_code, status, opened_at, next_at)
SELECT :campaign, :version, 'household', h.low + i % :units, p.low + i - 1, s.low + i % :sites,
       (ARRAY['early', 'notice', 'limited'])[1 + i % 3], 5, 1 + i % 4, 'c' || i, 'waiting', CAST(:first AS date) + CAST(i % 5 AS int) * 60, :now
FROM generate_series(1, :units) i CROSS JOIN (SELECT min(id) AS low FROM household) h CROSS JOIN (SELECT min(id) AS low FROM person) p
     CROSS JOIN (SELECT min(id) AS low FROM site) s;
INSERT INTO contact (campaign_id, case_id, person_id, step, attempt, channel, language, state, due_at, useful_until, disposition, done_at)
SELECT c.campaign_id, c.id, c.person_id, 's' || n, n, (ARRAY['letter', 'sms', 'call', 'visit'])[n], 'fr',
       CASE WHEN n < 3 THEN 'sent' ELSE 'done' END, :now, :now, CASE WHEN n < 3 THEN NULL WHEN c.id % 10 < 6 AND n = 3 THEN 'mediated'
         ELSE (ARRAY['no_answer', 'voicemail', 'refused', 'call_back'])[1 + (c.id / 7) % 4] END,
       c.opened_at + make_interval(days => n * 8 + CAST(c.id % 13 AS int))
FROM "case" c CROSS JOIN generate_series(1, 4) n WHERE c.campaign_id = :campaign AND (n < 4 OR c.id % 10 >= 8) AND (c.id % 20 > 0 OR n = 1);
INSERT INTO event (id, case_id, contact_id, kind, code, occurred_at, recorded_at, actor, source, data)
SELECT gen_random_uuid(), c.id, NULL, 'opened', NULL, c.opened_at, c.opened_at, 'bench', 'segments', CAST('{}' AS jsonb) FROM "case" c WHERE c.campaign_id = :campaign
UNION ALL SELECT gen_random_uuid(), k.case_id, k.id, CASE WHEN k.state = 'sent' THEN 'sent' ELSE 'attempted' END,
  CASE WHEN k.state = 'done' THEN k.disposition END, k.done_at, k.done_at, 'bench', k.channel, '{}' FROM contact k WHERE k.campaign_id = :campaign
UNION ALL SELECT gen_random_uuid(), k.case_id, NULL, CASE WHEN k.id % 3 = 0 THEN 'withdrawn' WHEN k.id % 3 = 1 THEN 'exhausted' ELSE 'objected' END,
  'no_answer', k.done_at + interval '20 days', k.done_at, 'bench', 'intake', '{}' FROM contact k WHERE k.campaign_id = :campaign AND k.case_id % 10 = 7;
INSERT INTO mediation (id, campaign_id, site_id, case_id, contact_id, kind, medium, place, themes, language, interpreter, minutes, actions, barriers,
                       obstacles, autonomy, anonymous, occurred_at, recorded_at, recorded_by)
SELECT gen_random_uuid(), c.campaign_id, c.site_id, c.id, k.id, (ARRAY['exchange', 'information', 'action', 'action'])[1 + c.id % 4], 'call', 'remote',
       CASE WHEN c.id % 3 = 0 THEN ARRAY['energie', 'budget'] ELSE ARRAY['energie'] END, 'fr', 'none', CAST(5 + c.id % 40 AS int),
       CAST(CASE WHEN c.id % 4 > 1 THEN '{"payment_plan"\\: {"amount"\\: "120.00", "instalments"\\: 3}}' ELSE '{}' END AS jsonb),
       CASE WHEN c.id % 2 = 0 THEN ARRAY['budget'] ELSE ARRAY['understanding', 'digital'] END, CASE WHEN c.id % 5 = 0 THEN ARRAY['only_online'] ELSE ARRAY[]::text[] END,
       'helped', 0, k.done_at, k.done_at, 'bench'
FROM "case" c JOIN contact k ON k.case_id = c.id AND k.disposition = 'mediated' WHERE c.campaign_id = :campaign;
INSERT INTO event (id, case_id, contact_id, kind, code, occurred_at, recorded_at, actor, source, data)
SELECT m.id, m.case_id, m.contact_id, 'mediated', m.kind, m.occurred_at, m.recorded_at, 'bench', 'call', '{}' FROM mediation m
""".replace("MOBILE_MARK", SQL_MARK.format(identity="t.mobile")).replace("FIXED_MARK", SQL_MARK.format(identity="t.fixed"))


def fill(database: Any, units: int) -> Any:
    """A launched campaign with 66 sites, and so many cases that have gone all the ways there are."""
    from sqlalchemy import text

    from outreach.core import clock
    from outreach.definitions.registry import find_campaign, launch_campaign
    from outreach.migrations import run as migrations
    from outreach.models import TargetList

    migrations.upgrade(database)
    with clock.travel(clock.at(LAST, "20:00")), database.session() as session:
        launch_campaign(session, network(), actor="bench")
        loaded = find_campaign(session, "energy-arrears")
        partner = session.execute(text("SELECT min(id) FROM partner")).scalar_one()
        begun = clock.at(FIRST - timedelta(days=3), "09:00")
        target = TargetList(
            campaign_id=loaded.campaign.id, agreement_id=loaded.campaign.agreement_id, partner_id=partner, state="committed",
            list_code="impayes", scope="impayes", mode="full", file_name="bench.csv", sha256="", content_hash="", simulated=True,
            delivered_by="bench", delivered_through="command", imported_at=begun, committed_at=begun, total=units, blank=0,
            set_aside=0, counts={}, detection={}, columns=[], notices=[], columns_left_out=[], basis="",
        )  # fmt: skip
        session.add(target)
        session.flush()
        values = {
            "units": units, "buildings": max(units // 6, 10), "now": clock.now(), "list": target.id, "campaign": loaded.campaign.id,
            "partner": partner, "version": loaded.campaign.version_id, "sites": SITES, "first": FIRST,
        }  # fmt: skip
        for statement in FILL.split(";"):
            session.execute(text(statement), values | {"pepper": pepper()})
    vacuum(database)
    return loaded


def network() -> Any:
    """The energy campaign with the network's 66 sites."""
    from outreach.definitions.campaign import SiteDefinition
    from outreach.definitions.loader import read_folder

    written = read_folder(Path("campaigns/energy-arrears"))
    one = written.campaign.sites[0]
    sites = [
        SiteDefinition(**(one.model_dump() | {
            "code": f"site-{at}", "name": f"Site {at}", "mediators": [one.mediators[0].model_dump() | {"code": f"mediator-{at}"}],
        }))
        for at in range(SITES)
    ]  # fmt: skip
    return type(written)(written.campaign.model_copy(update={"sites": sites}), written.agreement, written.messages)


def vacuum(database: Any) -> None:
    """Fresh statistics, as the server makes them by itself in time."""
    from sqlalchemy import create_engine, make_url

    engine = create_engine(database.cluster.url(make_url(database.url).database, "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
        connection.exec_driver_sql("CHECKPOINT")
    engine.dispose()
