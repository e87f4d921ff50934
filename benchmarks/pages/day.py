"""A day of work for everybody: calls and rounds of today for the mediators of a network's year."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from figures.year import LAST

MOMENT = "10:15"
CALLS, DOORS = 40, 14
WORK = """
INSERT INTO shift (mediator_id, site_id, kind, day, starts_at, ends_at)
SELECT m.id, m.site_id, k.kind, :day, CAST(:day AS date) + k.first, CAST(:day AS date) + k.last FROM mediator m
CROSS JOIN (VALUES ('call', time '09:00', time '13:00'), ('visit', time '14:00', time '18:30')) AS k (kind, first, last);
INSERT INTO contact (campaign_id, case_id, person_id, step, attempt, channel, language, state, due_at, useful_until, shift_id, position)
SELECT c.campaign_id, c.id, c.person_id, s.kind, 9, s.kind, 'fr', 'planned', s.starts_at + make_interval(mins => CAST(c.at AS int) * 5), s.ends_at, s.id, c.at
FROM shift s JOIN (SELECT c.*, row_number() OVER (PARTITION BY c.site_id ORDER BY c.id) AS at FROM "case" c) c
  ON c.site_id = s.site_id AND c.at BETWEEN CASE WHEN s.kind = 'call' THEN 1 ELSE :calls + 1 END AND CASE WHEN s.kind = 'call' THEN :calls ELSE :calls + :doors END
WHERE s.day = :day;
INSERT INTO round (shift_id, campaign_id, seed, iterations, travel_seconds, plan)
SELECT s.id, (SELECT min(id) FROM campaign), 1, 1, 0, CAST('{}' AS jsonb) FROM shift s WHERE s.kind = 'visit' AND s.day = :day;
INSERT INTO segment_run (campaign_id, version_id, today, decided_at, actor, rules, facts, dated_rules, units, opened)
SELECT id, version_id, :day, CAST(:day AS date), 'bench', '{early}', '{stage, on_list}', '{}', :known, :known FROM campaign;
INSERT INTO decision (unit_id, run_id, person_id, household_id, site_id, verdict, segment, rules, stage, on_list)
SELECT c.household_id, r.id, c.person_id, c.household_id, c.site_id, 'targeted', 'early', 1, 'reminder_1', true
FROM "case" c CROSS JOIN segment_run r WHERE c.segment = 'early' AND c.letter_code = 'Z' || c.id;
UPDATE "case" SET run_id = (SELECT min(id) FROM segment_run) WHERE segment = 'early' AND letter_code = 'Z' || id
"""
KNOWN = 5_000
"""So many cases have what is read out at a door: a decision, an amount, a code."""
DAY = LAST - timedelta(days=3)


def give_work(database: Any) -> None:
    """Shifts of the day with their contacts, for every mediator."""
    from sqlalchemy import text

    with database.session() as session:
        session.execute(text("SET LOCAL TIME ZONE 'Europe/Paris'"))
        session.execute(
            text(
                "UPDATE \"case\" SET segment = 'early', amount_due = 120, letter_code = 'Z' || id WHERE id <= (SELECT min(id) + :known FROM \"case\")"
            ),
            {"known": KNOWN},
        )
        for statement in WORK.split(";"):
            session.execute(text(statement), {"day": DAY, "calls": CALLS, "doors": DOORS, "known": KNOWN})


def accounts(database: Any) -> tuple[list[str], str]:
    """A session of every mediator, and one of a manager: what their cookies hold."""
    from sqlalchemy import text

    from outreach.core.roles import Role
    from outreach.web.access import accounts as making
    from outreach.web.access import sessions

    people = []
    with database.session() as session:
        association = session.execute(text("SELECT code FROM association")).scalar_one()
        codes = session.execute(text("SELECT code FROM mediator ORDER BY id")).scalars().all()
        for code in codes:
            made = making.create(session, code, f"{code}@bench.example", code, actor="bench", mediator=code)
            making.grant(session, made, Role.MEDIATOR, actor="bench", association=association)
            people.append((made.id, code))
        boss = making.create(session, "manager", "manager@bench.example", "Manager", actor="bench")
        making.grant(session, boss, Role.MANAGER, actor="bench", association=association)
        manager = (boss.id, boss.code)
    held = [f"{sessions.COOKIE}={sessions.begin(database, number, code, 'bench')}" for number, code in people]
    return held, f"{sessions.COOKIE}={sessions.begin(database, *manager, 'bench')}"
