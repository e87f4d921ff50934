"""A campaign from the partner's file to the mediation, on real components."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from outreach.simulation.town import ENERGY_LIST
from outreach.tracking.invariants import INVARIANTS, check_invariants
from tests.played import END


def count(session, query, **values):
    return session.execute(text(query), values).scalar_one()


def test_every_invariant_holds_after_weeks_of_play(played):
    with played.database.session() as session:
        findings = check_invariants(session)
    assert [finding.code for finding in findings] == [code for code, _, _ in INVARIANTS]
    assert {finding.code: finding.faults for finding in findings if finding.faults} == {}
    checked = {finding.code: finding.checked for finding in findings}
    assert min(checked[code] for code in ("rows", "people", "next_step", "policy", "once", "status", "walls")) > 100


def test_every_channel_worked_and_people_were_helped(played):
    results = played.season.results
    for expected in ("letter:sent", "sms:sent", "call:mediated", "visit:mediated", "visit:not_home", "desk:mediated"):
        assert results[expected] > 0, expected
    with played.database.session() as session:
        assert count(session, "SELECT count(*) FROM mediation WHERE contact_id IS NULL") == 0, "each is linked to its contact"
        assert count(session, "SELECT count(DISTINCT state) FROM list_row") >= 4


def test_playing_the_same_days_again_adds_nothing(played):
    counts = "SELECT (SELECT count(*) FROM {}), (SELECT max(id) FROM contact)"
    tables = ("list_row", "target_list", "person", "contact", "attempt", "event", "mediation", "mail_batch")
    with played.database.session() as session:
        before = {name: session.execute(text(counts.format(name))).one() for name in tables}
    again = played.play_again(END)
    with played.database.session() as session:
        after = {name: session.execute(text(counts.format(name))).one() for name in tables}
    assert after == before
    assert again.results.total() == 0


def test_nobody_was_merged_on_a_shared_phone_alone(played):
    with played.database.session() as session:
        wrong = session.execute(
            text(
                "SELECT count(*) FROM list_row a JOIN list_row b ON a.person_id = b.person_id AND a.id < b.id"
                " WHERE a.mobile = b.mobile AND a.birth_date <> b.birth_date AND a.given_name <> b.given_name"
                " AND left(a.given_name, 1) <> left(b.given_name, 1) AND a.family_name <> b.family_name"
            )
        ).scalar_one()
    assert wrong == 0


def test_the_partner_list_is_accounted_for_row_by_row(played):
    lines = (played.town / ENERGY_LIST).read_bytes().decode("cp1252").splitlines()
    with played.database.session() as session:
        total, blank = session.execute(
            text("SELECT total, blank FROM target_list WHERE file_name = :name"), {"name": (played.town / ENERGY_LIST).name}
        ).one()
        reasons = session.execute(text("SELECT DISTINCT reason FROM row_issue WHERE rejects")).scalars().all()
    assert total + blank == len(lines) - 2, "all but the title and the header"
    assert all(";" in reason or "manque" in reason for reason in reasons), "each says the mend"


PLANTED = {
    "rows": "UPDATE target_list SET total = total + 1 WHERE id = (SELECT min(id) FROM target_list)",
    "people": "UPDATE household_member SET until = since WHERE id = (SELECT min(id) FROM household_member WHERE until IS NULL)",
    "next_step": 'UPDATE "case" SET next_at = NULL WHERE id = (SELECT min(id) FROM "case" WHERE closed_at IS NULL)',
    "policy": "INSERT INTO event SELECT gen_random_uuid(), case_id, contact_id, kind, code, occurred_at + interval '13 hours',"
    " recorded_at, actor, source, data FROM event WHERE kind = 'attempted' AND source = 'call' LIMIT 1",
    "once": "INSERT INTO attempt (contact_id, number, provider, provider_ref, address, body_hash, started_at)"
    " SELECT contact_id, 9, provider, 'SM9', address, body_hash, started_at FROM attempt WHERE provider_ref IS NOT NULL LIMIT 1",
    "sums": "UPDATE \"case\" SET status = 'waiting' WHERE id = (SELECT min(id) FROM \"case\" WHERE status = 'solicited')",
    "status": "UPDATE \"case\" SET status = 'refused' WHERE id = (SELECT min(id) FROM \"case\" WHERE status = 'solicited')",
    "finished": "UPDATE campaign SET state = 'finished'",
    "secrecy": "INSERT INTO summary (campaign_id, partner_id, period_start, period_end, version, content_hash, content, produced_at)"
    " SELECT m.id, a.partner_id, date '2026-01-01', date '2026-01-02', 99, 'x',"
    ' \'{"breakdowns": [{"rows": [{"solicited": 2}]}]}\', a.valid_from FROM campaign m JOIN agreement a ON a.id = m.agreement_id',
    "walls": "UPDATE list_row SET partner_id = partner_id + 1000 WHERE id = (SELECT min(id) FROM list_row)",
}


@pytest.mark.parametrize("code", list(PLANTED))
def test_doctor_finds_a_fault_planted_by_hand(played, code):
    statement = PLANTED[code]
    with played.database.engine.connect() as connection:
        transaction = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            session.execute(text(statement))
            faulty = {finding.code for finding in check_invariants(session) if finding.faults}
        transaction.rollback()
    assert code in faulty


def test_every_invariant_has_a_planted_fault():
    assert set(PLANTED) == {code for code, _, _ in INVARIANTS}


def test_the_sheets_of_a_day_hold_every_planned_call_and_door(played, tmp_path):
    from outreach.channels.sheets.dispatch import print_sheets

    planned = "SELECT s.day, count(DISTINCT s.id), count(*) FROM contact k JOIN shift s ON s.id = k.shift_id"
    with played.database.session() as session:
        day, shifts, contacts = session.execute(
            text(f"{planned} WHERE k.state = 'planned' GROUP BY 1 ORDER BY 3 DESC LIMIT 1")
        ).one()
        printed = print_sheets(session, played.loaded, day, tmp_path, pepper="pepper")
    sheets = printed.sheets
    assert printed.left_out == 0
    assert len(sheets) == shifts
    assert sum(sheet.lines for sheet in sheets) == contacts
    assert all(sheet.path.read_bytes().startswith(b"%PDF") for sheet in sheets)
