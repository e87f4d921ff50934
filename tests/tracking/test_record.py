"""What people record: results, mediations with their contact, objections that stop everything."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from outreach.core.errors import OutreachError
from outreach.core.words import MediationKind
from outreach.policy.dispositions import UNSEEN
from outreach.tracking import AttemptResult, MediationRecord, record_attempts, record_coming_forward, record_objection
from outreach.tracking.events import standings_of
from tests.journeys import journeys_of

MEDIATION = MediationRecord(MediationKind.ACTION, ("energie",), "fr", 20, {"payment_plan": {"instalments": 4}})


def one(session, query, **values):
    return session.execute(text(query), values).mappings().first()


def planned_call(session):
    return one(
        session,
        'SELECT k.*, c.household_id FROM contact k JOIN "case" c ON c.id = k.case_id'
        " WHERE k.state = 'planned' AND k.channel = 'call' LIMIT 1",
    )


def test_a_result_is_recorded_once_and_moves_the_case(undone):
    call = planned_call(undone)
    result = AttemptResult(call["id"], "call_back", "tester", call["due_at"])
    assert record_attempts(undone, [result]) == 1
    assert record_attempts(undone, [AttemptResult(call["id"], "refused", "tester", call["due_at"])]) == 0, (
        "the first result stays"
    )
    assert one(undone, 'SELECT status FROM "case" WHERE id = :id', id=call["case_id"])["status"] == "reached"


def test_a_mediation_closes_the_case_and_names_its_contact(undone):
    call = planned_call(undone)
    record_attempts(undone, [AttemptResult(call["id"], "mediated", "tester", call["due_at"], MEDIATION)])
    case = one(undone, 'SELECT * FROM "case" WHERE id = :id', id=call["case_id"])
    mediation = one(undone, "SELECT * FROM mediation WHERE contact_id = :id", id=call["id"])
    assert (case["status"], case["closed_reason"]) == ("mediated", "action")
    assert (mediation["kind"], mediation["medium"], mediation["minutes"]) == ("action", "call", 20)
    assert mediation["actions"] == {"payment_plan": {"instalments": 4}}


@pytest.mark.parametrize(("code", "record"), [("flying", None), ("not_home", None), ("mediated", None), ("no_answer", MEDIATION)])
def test_an_impossible_result_is_refused(undone, code, record):
    call = planned_call(undone)
    with pytest.raises(OutreachError):
        record_attempts(undone, [AttemptResult(call["id"], code, "tester", call["due_at"], record)])


def test_an_objection_stops_every_channel_at_once_and_leaves_a_mark(undone):
    call = planned_call(undone)
    at = call["due_at"] - timedelta(hours=1)
    for _ in range(2):
        record_objection(undone, call["person_id"], source="desk", actor="tester", occurred_at=at)
    case = one(undone, 'SELECT status FROM "case" WHERE id = :id', id=call["case_id"])
    live = one(undone, "SELECT count(*) AS n FROM contact WHERE case_id = :id AND state = 'planned'", id=call["case_id"])
    marks = undone.execute(text("SELECT mark FROM objection WHERE person_id = :id"), {"id": call["person_id"]}).scalars().all()
    assert case["status"] == "objected"
    assert live["n"] == 0
    assert 1 <= len(marks) <= 2
    assert all(len(mark) == 64 for mark in marks)


LAST_SEEN = """
SELECT DISTINCT ON (c.id) c.id AS case_id, c.letter_code, k.id, k.done_at
FROM "case" c JOIN contact k ON k.case_id = c.id
WHERE c.closed_at IS NULL AND k.state IN ('sent', 'done') AND NOT coalesce(k.disposition, '') = ANY(:unseen)
ORDER BY c.id, k.done_at DESC, k.id DESC LIMIT 1
"""


def test_who_comes_forward_is_linked_to_the_last_contact_made(undone):
    row = one(undone, LAST_SEEN, unseen=UNSEEN)
    at = row["done_at"] + timedelta(days=2)
    assert record_coming_forward(undone, row["letter_code"], MEDIATION, medium="desk", actor="desk", occurred_at=at)
    assert not record_coming_forward(undone, row["letter_code"], MEDIATION, medium="desk", actor="desk", occurred_at=at)
    found = "SELECT id, case_id, medium, found_by FROM mediation WHERE occurred_at = :at AND case_id = :case"
    told = one(undone, found, at=at, case=row["case_id"])
    assert (told["medium"], told["found_by"]) == ("desk", "code")
    assert journeys_of(undone, told["case_id"])[told["id"]][-1][0] == row["id"]


def test_a_message_that_never_arrived_led_nobody_anywhere(undone):
    row = one(undone, LAST_SEEN, unseen=UNSEEN)
    undone.execute(text("UPDATE contact SET disposition = :code WHERE id = :id"), {"code": UNSEEN[0], "id": row["id"]})
    at = row["done_at"] + timedelta(days=2)
    record_coming_forward(undone, row["letter_code"], MEDIATION, medium="desk", actor="desk", occurred_at=at)
    credited = [contact for steps in journeys_of(undone, row["case_id"]).values() for contact, _channel in steps]
    assert row["id"] not in credited


def test_an_unknown_letter_code_is_told(undone):
    with pytest.raises(OutreachError, match="n'existe pas"):
        record_coming_forward(
            undone, "ZZZZZZ", MEDIATION, medium="desk", actor="desk", occurred_at=planned_call(undone)["due_at"]
        )


def test_stored_statuses_equal_fresh_ones_for_all_cases(undone):
    stored = dict(undone.execute(text('SELECT id, status FROM "case"')).all())
    fresh = {case: str(standing.status) for case, standing in standings_of(undone, list(stored)).items()}
    assert fresh == stored
