"""A mediator's day in one piece: every record is kept once, with all that belongs to it, as if told one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import text

from outreach.core.words import Channel, MediationKind
from outreach.tracking import events
from outreach.tracking.mediations import Kept, MediationRecord, Setting, store_all
from tests.phones import DUE, ready

RECORD = MediationRecord(
    MediationKind.ACTION, ("energie",), "ar", 20, {"payment_plan": {"instalments": 3, "amount": "120.50"}}, barriers=("budget",),
    place="remote", reads_french=False, complaint="Personne ne répond", private_note="Rappeler sa fille",
)  # fmt: skip


def records(session, count: int) -> list[Kept]:
    found = ready(session, count, Channel.CALL, "l8-paul")
    site = session.execute(text("SELECT min(id) FROM site")).scalar_one()
    people = session.execute(
        text('SELECT c.id, c.person_id FROM "case" c WHERE id = ANY(:ids) ORDER BY id'), {"ids": found.cases}
    ).all()
    return [
        Kept(
            uuid4(), replace(RECORD, people=(row.person_id,)),
            Setting(found.loaded.campaign.id, site, row.id, "call", "l8-paul", DUE + timedelta(minutes=place)),
        )
        for place, row in enumerate(people)
    ]  # fmt: skip


def counted(session, table: str) -> int:
    return session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


def test_each_is_kept_once_with_all_that_belongs_to_it(session):
    told = records(session, 5)
    assert store_all(session, [*told, told[0]]) == 5
    assert store_all(session, told) == 0
    for table in ("mediation", "mediation_person", "private_note", "wording"):
        assert counted(session, table) == 5
    kept = session.execute(text("SELECT * FROM mediation WHERE id = :id"), {"id": told[0].id}).mappings().one()
    assert (kept["themes"], kept["minutes"], kept["barriers"], kept["obstacles"]) == (["energie"], 20, ["budget"], [])
    assert kept["actions"]["payment_plan"]["instalments"] == 3
    assert (kept["occurred_at"], kept["recorded_by"], kept["interpreter"]) == (DUE, "l8-paul", None)


def test_what_was_said_of_reading_last_is_what_counts(session):
    first, second = records(session, 2)
    after = replace(first.setting, occurred_at=first.setting.occurred_at + timedelta(minutes=5))
    later = Kept(uuid4(), replace(RECORD, reads_french=True), after)
    assert store_all(session, [later, first, second]) == 3
    reads = session.execute(
        text('SELECT c.id, p.reads_french FROM "case" c JOIN person p ON p.id = c.person_id WHERE c.id = ANY(:ids)'),
        {"ids": [first.setting.case, second.setting.case]},
    )
    assert dict(reads.all()) == {first.setting.case: True, second.setting.case: False}


def test_what_was_just_told_is_found_by_its_key_however_much_was_told_before(session):
    case = ready(session, 1, Channel.CALL, "l8-paul").cases[0]
    told = """
    INSERT INTO event (id, case_id, kind, occurred_at, recorded_at, actor, source, data)
    SELECT gen_random_uuid(), :case, 'attempted', CAST(:at AS timestamptz), CAST(:at AS timestamptz) + interval '1 s' * (n % 100),
           'l8-paul', 'phone', '{}' FROM generate_series(1, 40000) n RETURNING CAST(id AS text)
    """
    known = session.execute(text(told), {"case": case, "at": DUE}).scalars().all()
    session.execute(text("ANALYZE event"))
    plan = session.execute(text(f"EXPLAIN {events._COUNT_TOLD}"), {"events": known[:600]}).scalars().all()
    used = [line for line in plan if " on event" in line]
    assert used
    assert all("pk_event" in line for line in used)
