"""Who refused is left in peace, by every campaign."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from outreach.core import clock
from outreach.planning import plan_campaign
from outreach.policy.pressure import earliest_after_refusals
from outreach.tracking import AttemptResult, record_attempts
from tests.played import START

DAY = date(2026, 10, 5)


@given(st.lists(st.integers(-200, 0), max_size=6), st.integers(60, 90))
def test_no_contact_falls_into_a_silence(offsets, silence):
    refusals = [DAY + timedelta(days=offset) for offset in offsets]
    found = earliest_after_refusals(refusals, silence, DAY)
    assert found >= DAY
    assert all(found - refused >= timedelta(days=silence) for refused in refusals)
    assert found == DAY or any(found - refused == timedelta(days=silence) for refused in refusals), "and not later than that"


def planned_work(session):
    query = text(
        'SELECT k.id, k.case_id, k.person_id, k.due_at, c.household_id FROM contact k JOIN "case" c ON c.id = k.case_id'
        " WHERE k.state = 'planned' AND k.shift_id IS NOT NULL ORDER BY k.channel, k.id LIMIT 2"
    )
    return session.execute(query).all()


def test_a_refusal_takes_back_the_other_contacts_and_keeps_the_silence(played, undone):
    said, other = planned_work(undone)
    same_person = {"person": said.person_id, "contact": other.id, "case": other.case_id}
    undone.execute(text("UPDATE contact SET person_id = :person WHERE id = :contact"), same_person)
    undone.execute(text('UPDATE "case" SET person_id = :person WHERE id = :case'), same_person)
    record_attempts(undone, [AttemptResult(said.id, "refused", "tester", said.due_at)])
    taken_back = undone.execute(text("SELECT state, reason FROM contact WHERE id = :id"), {"id": other.id}).one()
    assert taken_back == ("cancelled", "silence")
    with clock.travel(said.due_at + timedelta(hours=10)):
        plan_campaign(undone, played.loaded, actor="test")
    live = text("SELECT count(*) FROM contact WHERE case_id = :case AND state = 'planned'")
    assert undone.execute(live, {"case": other.case_id}).scalar_one() == 0
    again = undone.execute(text('SELECT next_at, wait_reason FROM "case" WHERE id = :case'), {"case": other.case_id}).one()
    assert again.wait_reason == "silence"
    assert again.next_at.astimezone(clock.PARIS).date() >= said.due_at.astimezone(clock.PARIS).date() + timedelta(days=60)
    assert said.due_at.date() > START
