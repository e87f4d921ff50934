"""What closes a case without a meeting: nobody lists the person any more, or another case is about the same household."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import MediationKind
from outreach.reporting import campaign_funnel
from outreach.tracking import (
    MediationRecord,
    closing,
    join_twins,
    known_cases,
    part_twins,
    record_coming_forward,
    record_objection,
    stop_mourned,
    stop_objected,
    withdraw_departed,
)

EXCHANGE = MediationRecord(MediationKind.EXCHANGE, ("energie",), "fr", 10)


def two_open_cases(session, ahead="reached", behind="solicited"):
    query = text(
        'SELECT DISTINCT ON (c.status) c.id, c.person_id, c.letter_code FROM "case" c JOIN person p ON p.id = c.person_id'
        " WHERE c.closed_at IS NULL AND c.status = ANY(:statuses) AND p.household_id = c.household_id ORDER BY c.status, c.id DESC"
    )
    further, other = session.execute(query, {"statuses": [ahead, behind]}).all()
    return further, other


def move_in_together(session, further, other):
    move = text("UPDATE person SET household_id = (SELECT household_id FROM person WHERE id = :host) WHERE id = :guest")
    session.execute(move, {"host": further.person_id, "guest": other.person_id})


def case(session, case_id):
    return session.execute(text('SELECT status, closed_reason FROM "case" WHERE id = :id'), {"id": case_id}).one()


def test_two_cases_of_one_household_go_on_as_one(played, undone):
    further, other = two_open_cases(undone)
    assert join_twins(undone, played.loaded, actor="test") == 0
    before = campaign_funnel(undone, played.loaded)
    move_in_together(undone, further, other)
    assert join_twins(undone, played.loaded, actor="test") == 1
    assert case(undone, other.id).status == "joined"
    assert case(undone, further.id).status == "reached", "the case that got furthest goes on"
    live = text("SELECT count(*) FROM contact WHERE case_id = :id AND state = 'planned'")
    assert undone.execute(live, {"id": other.id}).scalar_one() == 0
    assert join_twins(undone, played.loaded, actor="test") == 0, "once"
    after = campaign_funnel(undone, played.loaded)
    assert (before.count("targeted") - after.count("targeted"), before.count("solicited") - after.count("solicited")) == (1, 1)
    assert sum(step.count for step in after.outcomes) == after.count("solicited")


def test_cases_that_had_joined_part_when_the_household_splits_again(played, undone):
    further, other = two_open_cases(undone)
    home = undone.execute(text("SELECT household_id FROM person WHERE id = :id"), {"id": other.person_id}).scalar_one()
    before = case(undone, other.id)
    assert part_twins(undone, played.loaded, actor="test") == 0
    for _ in range(2):
        move_in_together(undone, further, other)
        assert join_twins(undone, played.loaded, actor="test") == 1
        assert part_twins(undone, played.loaded, actor="test") == 0
        undone.execute(text("UPDATE person SET household_id = :home WHERE id = :id"), {"home": home, "id": other.person_id})
        assert part_twins(undone, played.loaded, actor="test") == 1
        assert case(undone, other.id) == before, "as if it had never joined"
        assert join_twins(undone, played.loaded, actor="test") == 0


def test_the_letter_of_a_case_that_joined_another_still_leads_home(played, undone):
    further, other = two_open_cases(undone)
    move_in_together(undone, further, other)
    join_twins(undone, played.loaded, actor="test")
    assert record_coming_forward(undone, other.letter_code, EXCHANGE, medium="desk", actor="desk", occurred_at=clock.now())
    assert case(undone, further.id).status == "mediated"
    assert case(undone, other.id).status == "joined"


def test_a_case_that_ended_without_an_answer_holds_nobody_back(played, undone):
    further, other = two_open_cases(undone)
    undone.execute(
        text("UPDATE \"case\" SET status = 'unreachable', closed_at = :now WHERE id = :id"),
        {"id": further.id, "now": clock.now()},
    )
    move_in_together(undone, further, other)
    assert join_twins(undone, played.loaded, actor="test") == 0


def test_a_person_merged_into_another_is_not_taken_for_gone(played, undone):
    assert withdraw_departed(undone, played.loaded, actor="test") == 0
    [person] = undone.execute(text('SELECT person_id FROM "case" WHERE closed_at IS NULL ORDER BY id DESC LIMIT 1')).scalars()
    twin = undone.execute(
        text("INSERT INTO person (simulated, created_at) VALUES (true, :now) RETURNING id"), {"now": clock.now()}
    ).scalar_one()
    undone.execute(text("UPDATE list_row SET person_id = :twin WHERE person_id = :person"), {"twin": twin, "person": person})
    undone.execute(
        text("UPDATE person SET merged_into = :twin, household_id = NULL WHERE id = :person"), {"twin": twin, "person": person}
    )
    assert withdraw_departed(undone, played.loaded, actor="test") == 0


def test_between_two_matches_what_was_said_lately_stops_whoever_shares_the_phone(played, undone):
    further, other = two_open_cases(undone)
    share = text(
        "UPDATE person p SET mobile = q.mobile, mobile_mark = q.mobile_mark FROM person q WHERE p.id = :guest AND q.id = :host"
    )
    undone.execute(
        text("UPDATE person SET mobile = 'sealed', mobile_mark = 'a mark of this test' WHERE id = :id"), {"id": further.person_id}
    )
    undone.execute(share, {"guest": other.person_id, "host": further.person_id})
    before = clock.now() - timedelta(minutes=1)
    assert stop_objected(undone, played.loaded, actor="test", since=before) == 0
    record_objection(undone, further.person_id, source="visit", actor="test", occurred_at=clock.now())
    assert case(undone, further.id).status == "objected"
    assert case(undone, other.id).status != "objected", "said of a person, at once of theirs alone"
    assert stop_objected(undone, played.loaded, actor="test", since=clock.now() + timedelta(minutes=1)) == 0, "nothing since"
    assert stop_objected(undone, played.loaded, actor="test", since=before) >= 1
    assert case(undone, other.id).status == "objected"
    assert stop_objected(undone, played.loaded, actor="test") == 0, "a whole look finds no more"


def test_a_person_known_under_another_number_is_stopped_by_what_they_said_under_it(played, undone):
    further, other = two_open_cases(undone)
    undone.execute(
        text("UPDATE person SET mobile = NULL, mobile_mark = NULL, fixed = NULL, fixed_mark = NULL WHERE id = ANY(:ids)"),
        {"ids": [further.person_id, other.person_id]},
    )
    before = clock.now() - timedelta(minutes=1)
    record_objection(undone, further.person_id, source="visit", actor="test", occurred_at=clock.now())
    undone.execute(
        text("UPDATE person SET merged_into = :into WHERE id = :id"), {"into": other.person_id, "id": further.person_id}
    )
    for since in (before, None):
        with undone.begin_nested() as tried:
            assert stop_objected(undone, played.loaded, actor="test", since=since) >= 1
            assert case(undone, other.id).status == "objected"
            tried.rollback()


@pytest.mark.parametrize("saying", [0, 1_000_000])
def test_it_is_the_same_whether_those_who_said_so_are_looked_up_or_the_people_of_the_cases(played, undone, monkeypatch, saying):
    monkeypatch.setattr(closing, "SAYING", f"SELECT {saying}")
    further, other = two_open_cases(undone)
    move_in_together(undone, further, other)
    insert = "INSERT INTO objection (id, person_id, mark, source, occurred_at, recorded_at) VALUES (gen_random_uuid(), :who, 'x', 'desk', :now, :now)"
    undone.execute(text(insert), {"who": other.person_id, "now": clock.now()})
    assert stop_objected(undone, played.loaded, actor="test") >= 1
    assert {case(undone, one.id).status for one in (further, other)} == {"objected"}, "of whoever lives with them too"


def test_what_is_known_of_the_cases_is_looked_up_once_for_all_that_is_asked_in_a_block(played, undone):
    further, other = two_open_cases(undone)
    with known_cases(undone, played.loaded):
        withdraw_departed(undone, played.loaded, actor="test")
        move_in_together(undone, further, other)
        assert join_twins(undone, played.loaded, actor="test") == 0, "of people as they were when it began"
    assert join_twins(undone, played.loaded, actor="test") == 1


@pytest.mark.parametrize("by", [closing.BY_SAYING, closing.BY_PEOPLE])
def test_where_those_who_objected_live_is_not_looked_up_for_each_open_case(played, undone, by):
    values, parts = {"campaign": played.loaded.campaign.id}, closing._joins(undone, played.loaded) | {"stopped": by}
    with known_cases(undone, played.loaded):
        [[[plan]]] = undone.execute(text(f"EXPLAIN (FORMAT json) {closing.STOPPED.format(**parts)}"), values).all()
    for node in _nodes(plan["Plan"]):
        if node["Node Type"] == "Nested Loop":
            outer, inner = node["Plans"]
            of_cases = any(one.get("CTE Name") == "open" for one in _nodes(outer))
            assert not (of_cases and any(one.get("CTE Name") == "stopped" for one in _nodes(inner)))


def _nodes(plan):
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def told_of_a_death(session, person):
    """As if, in another campaign, somebody had said that the person has died."""
    told = text(
        "UPDATE contact SET person_id = :person, disposition = :said WHERE id = ("
        "SELECT k.id FROM contact k JOIN \"case\" c ON c.id = k.case_id WHERE k.state = 'done' AND c.closed_at IS NOT NULL LIMIT 1) RETURNING id"
    )
    return session.execute(told, {"person": person, "said": "deceased"}).scalar_one()


def test_whoever_has_died_is_written_to_in_no_campaign(played, undone):
    """Sixty days of silence were all, as after a refusal: then the next campaign wrote to the dead."""
    assert stop_mourned(undone, played.loaded, actor="test") == 0
    dead, other = two_open_cases(undone)
    twin = undone.execute(
        text("INSERT INTO person (simulated, created_at) VALUES (true, :now) RETURNING id"), {"now": clock.now()}
    ).scalar_one()
    undone.execute(
        text("UPDATE person SET merged_into = :living, household_id = NULL WHERE id = :twin"),
        {"living": dead.person_id, "twin": twin},
    )
    told_of_a_death(undone, twin)
    assert stop_mourned(undone, played.loaded, actor="test") == 1
    assert case(undone, dead.id).status == "withdrawn"
    assert case(undone, other.id).status != "withdrawn"
    live = text("SELECT count(*) FROM contact WHERE case_id = :id AND state = 'planned'")
    assert undone.execute(live, {"id": dead.id}).scalar_one() == 0
    assert stop_mourned(undone, played.loaded, actor="test") == 0, "once"
