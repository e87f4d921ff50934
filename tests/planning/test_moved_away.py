"""Who has moved to where the planned moment is a holiday, or night: the call is taken back, shown on no list, and the past stays what it was."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import ChangeKind, Channel
from outreach.definitions.registry import terms_of
from outreach.planning import plan_campaign
from outreach.planning.recheck import take_back_closed
from outreach.policy.standing import not_allowed
from outreach.policy.windows import is_open
from outreach.tracking.invariants import check_invariants
from tests.planning.test_plan import MORNING

REUNION = "97411"
"""Three hours ahead of Paris in winter, two in summer: late calls would ring there at night."""
LATE_CALL = """
SELECT k.id, k.person_id, k.due_at FROM contact k JOIN person p ON p.id = k.person_id AND p.merged_into IS NULL JOIN household h ON h.id = p.household_id
WHERE k.state = 'planned' AND k.channel = 'call' AND k.due_at > :now AND extract(hour FROM k.due_at AT TIME ZONE 'Europe/Paris') >= 17
  AND h.building_id IS NOT NULL AND k.appointment_id IS NULL ORDER BY k.due_at, k.id LIMIT 1
"""
LATE_ATTEMPT = """
SELECT e.id, k.person_id FROM event e JOIN contact k ON k.id = e.contact_id JOIN person p ON p.id = k.person_id AND p.merged_into IS NULL
  JOIN household h ON h.id = p.household_id
WHERE e.kind = 'attempted' AND k.channel = 'call' AND extract(hour FROM e.occurred_at AT TIME ZONE 'Europe/Paris') >= 18
  AND h.building_id IS NOT NULL ORDER BY e.occurred_at, e.id LIMIT 1
"""
MOVE = """
UPDATE building SET insee = :insee WHERE id = (SELECT h.building_id FROM person p JOIN household h ON h.id = p.household_id WHERE p.id = :person)
"""


def faults_of_hours(session):
    return {code for finding in check_invariants(session) if finding.code == "policy" for code in finding.faults}


@pytest.fixture
def call(undone):
    """A call planned for a late hour, to somebody who has moved overseas since."""
    found = undone.execute(text(LATE_CALL), {"now": MORNING}).one()
    undone.execute(text(MOVE), {"insee": REUNION, "person": found.person_id})
    return found


def test_what_would_ring_at_night_is_taken_back_and_planned_again(played, undone, call):
    _partner, terms = terms_of(undone, played.loaded.campaign)
    with clock.travel(MORNING):
        taken = take_back_closed(undone, played.loaded.campaign.id, terms)
        assert call.id in {change.contact_id for change in taken}
        assert {(change.change, change.reason) for change in taken} == {(ChangeKind.DROPPED, "closed")}
        assert take_back_closed(undone, played.loaded.campaign.id, terms) == []
        plan_campaign(undone, played.loaded, actor="test")
    kept = (
        "SELECT k.due_at, k.channel FROM contact k WHERE k.person_id = :person AND k.state = 'planned' AND k.channel <> 'letter'"
    )
    for due, channel in undone.execute(text(kept), {"person": call.person_id}):
        assert is_open(Channel(channel), due, REUNION, terms.hours)


def test_a_plan_after_a_match_looks_where_people_live_now(played, undone, call):
    with clock.travel(MORNING):
        undone.execute(text("UPDATE match_run SET ran_at = :now"), {"now": clock.now()})
        changes = plan_campaign(undone, played.loaded, actor="test").changes
    assert (call.id, "closed") in {(change.contact_id, change.reason) for change in changes}


def test_a_case_in_other_hands_is_passed_over_and_not_waited_for(played, undone, call):
    """Who closes a case holds it and then wants its contacts; who takes contacts back holds them: neither waits with the other's in hand."""
    _partner, terms = terms_of(undone, played.loaded.campaign)
    undone.execute(text("SET LOCAL lock_timeout = '5s'"))
    case = 'SELECT c.id FROM contact k JOIN "case" c ON c.id = k.case_id WHERE k.id = :contact FOR UPDATE OF c'

    def taken():
        with clock.travel(MORNING):
            return {change.contact_id for change in take_back_closed(undone, played.loaded.campaign.id, terms)}

    with played.database.session() as closing:
        closing.execute(text(case), {"contact": call.id})
        assert call.id not in taken()
    assert call.id in taken()


@pytest.mark.parametrize("looked_at", ["06:00", "12:00", "21:30"])
def test_no_list_shows_it_at_any_hour_of_its_day(played, undone, call, looked_at):
    day = call.due_at.astimezone(clock.PARIS).date()
    same = (
        "SELECT k.id FROM contact k WHERE k.state = 'planned' AND k.channel = 'call' AND k.due_at >= :begin AND k.due_at < :end"
    )
    span = {"begin": clock.at(day, "00:00"), "end": clock.at(day + timedelta(days=1), "00:00")}
    contacts = list(undone.execute(text(same), span).scalars())
    terms = {played.loaded.campaign.id: terms_of(undone, played.loaded.campaign)[1]}
    found = not_allowed(undone, contacts, terms, day, moment=clock.at(day, looked_at))
    assert found[call.id] == "closed"
    assert len(contacts) > sum(reason == "closed" for reason in found.values()), "the others may be called"


def test_the_past_is_judged_by_where_somebody_lived_then(undone):
    attempt = undone.execute(text(LATE_ATTEMPT)).one()
    before = faults_of_hours(undone)
    undone.execute(text("UPDATE list_row SET insee = '69388' WHERE person_id = :person"), {"person": attempt.person_id})
    undone.execute(text(MOVE), {"insee": REUNION, "person": attempt.person_id})
    assert faults_of_hours(undone) == before
    undone.execute(
        text("UPDATE list_row SET insee = :insee WHERE person_id = :person"), {"insee": REUNION, "person": attempt.person_id}
    )
    assert f"event {attempt.id}" in faults_of_hours(undone)
