"""A campaign from the partner's file to the mediation, on real components."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.models.base import SealedText
from outreach.reporting.figures.keeping import refresh_all, start_over
from outreach.reporting.uplift import Conclusive, Inconclusive, Reason, comparison_plan, uplift
from outreach.simulation.town import ENERGY_LIST
from outreach.tracking import wordings_to_check
from outreach.tracking.invariants import INVARIANTS, check_invariants
from outreach.tracking.wordings import TELLING
from tests.played import END
from tests.undoing import undone_session

# Mediations with somebody of ours, of which no contact came first.
UNCREDITED = """
SELECT count(*) FROM mediation m WHERE m.case_id IS NOT NULL AND m.contact_id IS NULL AND NOT EXISTS (
  SELECT FROM contact k WHERE k.case_id = m.case_id AND k.state IN ('sent', 'done') AND k.done_at <= m.occurred_at)
"""
HOUSEHOLDS = """
SELECT count(DISTINCT p.household_id) FROM mediation_person m JOIN person q ON q.id = m.person_id
       JOIN person p ON p.id = coalesce(q.merged_into, q.id) GROUP BY m.mediation_id
"""
DAYS_TO_CORRECTION = """
SELECT CAST(c.occurred_at AT TIME ZONE 'Europe/Paris' AS date) - CAST(e.occurred_at AT TIME ZONE 'Europe/Paris' AS date)
FROM event c JOIN event e ON e.id = CAST(c.data ->> 'event' AS uuid) WHERE c.kind = 'corrected'
"""
KEPT_IN = ("case_figure", "figure_cell", "figure_answer", "figure_work", "figure_credit", "figure_course")


def figures(session):
    """Every kept figure, whatever numbers its rows have."""
    refresh_all(session)
    return {
        name: sorted(str(row) for row in session.execute(text(f"SELECT to_jsonb(t) - 'id' FROM {name} t")).scalars())
        for name in KEPT_IN
    }


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
    for expected in (
        "letter:sent", "sms:sent", "call:mediated", "visit:mediated", "visit:not_home", "desk:mediated", "call_in:mediated",
        "call:third_party", "call:no_need", "return:imported",
    ):  # fmt: skip
        assert results[expected] > 0, expected
    with played.database.session() as session:
        assert count(session, UNCREDITED) == 0, "who came of their own accord was written to, or called, before"
        assert count(session, "SELECT count(DISTINCT state) FROM list_row") >= 4


def test_mediations_have_all_parts_that_people_write_down(played):
    with played.database.session() as session:
        held = session.execute(text("SELECT * FROM mediation WHERE case_id IS NOT NULL")).mappings().all()
        notes = count(session, "SELECT count(*) FROM private_note")
        people = count(session, "SELECT count(*) FROM mediation_person")
        sums = session.execute(text(HOUSEHOLDS)).scalars().all()
    assert len(held) > 100
    for part in ("barriers", "obstacles", "place", "interpreter", "autonomy", "reads_french", "found_by", "actions"):
        said = sum(bool(row[part]) or row[part] is False for row in held)
        assert said > 0, part
    assert {row["found_by"] for row in held} >= {None, "code", "phone", "name"}
    assert {"payment_plan", "referral"} <= {code for row in held for code in row["actions"]}
    assert all(row["actions"] for row in held if row["kind"] == "action")
    assert all("language" not in row["barriers"] for row in held if row["reads_french"])
    assert notes > 0
    assert people > 0
    assert set(sums) == {1}, "those who take part together live together"


def test_slips_are_corrected_a_day_later_and_the_case_follows(played):
    results = played.season.results
    assert results["correction:result"] > 0
    assert results["correction:mediation"] > 0
    with played.database.session() as session:
        days = session.execute(text(DAYS_TO_CORRECTION)).scalars().all()
        superseded = count(session, "SELECT count(*) FROM mediation WHERE superseded_at IS NOT NULL")
        taken_back = superseded - count(session, "SELECT count(*) FROM mediation WHERE replaces IS NOT NULL")
        standing = count(session, "SELECT max(minutes) FROM mediation WHERE superseded_at IS NULL")
    assert superseded == results["correction:mediation"]
    assert len(days) == results["correction:result"] + superseded + taken_back, "what was only a talk corrects the call too"
    assert set(days) == {1}
    assert standing <= 60, "a zero too many never stays"


def test_wordings_wait_for_nobody_and_name_nobody(played):
    with played.database.session() as session:
        waiting = wordings_to_check(session, played.loaded.campaign.code)
        query = text("SELECT said, released FROM wording WHERE released IS NOT NULL")
        told = session.execute(query.columns(said=SealedText("wording.said"))).all()
    assert waiting == []
    assert any(row.said == row.released for row in told)
    assert any(row.said != row.released for row in told), "some had to be written anew"
    assert not any(TELLING.search(row.released) for row in told)


def test_figures_kept_through_a_season_are_those_counted_anew(undone):
    kept = figures(undone)
    start_over(undone)
    assert figures(undone) == kept
    assert sum(map(len, kept.values())) > 300


def test_the_waves_are_compared_once_the_partner_told_of_the_day(played, undone):
    plan = comparison_plan(undone, played.loaded)
    told = undone.execute(text("SELECT as_of, counts FROM return_file ORDER BY as_of")).all()
    assert told[0].as_of == plan.planned_for
    assert told[0].counts["rows"]["matched"] > 100
    with clock.travel(clock.at(END, "21:00")):
        answer = uplift(undone, played.loaded)
    assert isinstance(answer, Conclusive | Inconclusive)
    assert getattr(answer, "reason", None) not in {Reason.NOT_TOLD, Reason.ONE_WAVE}


def test_playing_the_same_days_again_adds_nothing(played):
    counts = "SELECT (SELECT count(*) FROM {}), (SELECT max(id) FROM contact)"
    tables = ("list_row", "target_list", "person", "contact", "attempt", "event", "mediation", "mail_batch", "wording", "return_file",
              "partner_outcome", "private_note")  # fmt: skip
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
                " WHERE a.mobile_mark = b.mobile_mark AND a.birth_date <> b.birth_date AND a.given_name <> b.given_name"
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
    "once": "INSERT INTO attempt (contact_id, number, provider, provider_ref, address, address_mark, body_hash, started_at)"
    " SELECT contact_id, 9, provider, 'SM9', address, address_mark, body_hash, started_at FROM attempt WHERE provider_ref IS NOT NULL LIMIT 1",
    "one_place": "WITH busy AS (SELECT s.* FROM shift s JOIN contact k ON k.shift_id = s.id AND k.state = 'planned' GROUP BY s.id"
    " HAVING count(*) > 1 ORDER BY s.id LIMIT 1), made AS (INSERT INTO shift (mediator_id, site_id, kind, day, starts_at, ends_at)"
    " SELECT mediator_id, site_id, kind, day, starts_at + interval '1 minute', ends_at FROM busy RETURNING id)"
    " UPDATE contact SET shift_id = (SELECT id FROM made) WHERE id = (SELECT min(k.id) FROM contact k JOIN busy ON busy.id = k.shift_id"
    " WHERE k.state = 'planned')",
    "sums": "UPDATE \"case\" SET status = 'waiting' WHERE id = (SELECT min(id) FROM \"case\" WHERE status = 'solicited')",
    "status": "UPDATE \"case\" SET status = 'refused' WHERE id = (SELECT min(id) FROM \"case\" WHERE status = 'solicited')",
    "figures": "WITH counted AS (DELETE FROM figure_due) INSERT INTO case_figure (case_id, campaign_id, site_id, segment, wave, commune, area,"
    " language, reading, age, size, contactable, opened_at, objected_at) SELECT id, campaign_id, site_id, segment, wave, '', '', '', '', '', '',"
    " true, opened_at, opened_at FROM \"case\" WHERE status = 'solicited' LIMIT 1 ON CONFLICT (case_id) DO UPDATE SET objected_at = now()",
    "finished": "UPDATE campaign SET state = 'finished'",
    "secrecy": "INSERT INTO summary (campaign_id, partner_id, period_start, period_end, version, content_hash, content, produced_at, state)"
    " SELECT m.id, a.partner_id, date '2026-01-01', date '2026-01-02', 99, 'x',"
    ' \'{"breakdowns": [{"rows": [{"solicited": 2}]}]}\', a.valid_from, \'produced\' FROM campaign m JOIN agreement a ON a.id = m.agreement_id',
    "walls": "UPDATE list_row SET partner_id = partner_id + 1000 WHERE id = (SELECT min(id) FROM list_row)",
}


@pytest.mark.parametrize("code", list(PLANTED))
def test_doctor_finds_a_fault_planted_by_hand(played, code):
    statement = PLANTED[code]
    with undone_session(played.database) as session:
        session.execute(text(statement))
        faulty = {finding.code for finding in check_invariants(session) if finding.faults}
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
        printed = print_sheets(session, played.loaded, day, tmp_path)
    sheets = printed.sheets
    assert printed.left_out == 0
    assert len(sheets) == shifts
    assert sum(sheet.lines for sheet in sheets) == contacts
    assert all(sheet.path.read_bytes().startswith(b"%PDF") for sheet in sheets)
