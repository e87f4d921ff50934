"""Only the months of what was said or done since are counted anew, and what comes out equals what is counted from the beginning."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.provider import Delivery
from outreach.core.words import MediationKind
from outreach.reporting.figures import look_again
from outreach.reporting.figures.counting import count_cases, prepare
from outreach.reporting.figures.keeping import _ranges, refresh_all, start_over
from outreach.tracking import (
    AttemptResult,
    MediationRecord,
    correct_mediation,
    correct_result,
    record_attempts,
    record_coming_forward,
    record_objection,
)
from outreach.tracking.calls import hear_of_calls
from outreach.tracking.receipts import Receipt, take_receipts
from outreach.tracking.returned import ReturnLine, record_returns
from tests.played import END
from tests.reporting.test_figures import kept

RECORD = MediationRecord(MediationKind.ACTION, ("energie",), "fr", 20, {"payment_plan": {"amount": "120", "instalments": 4}})
LATER = clock.at(END + timedelta(days=70), "15:00")
NOW_MONTH = LATER.date().replace(day=1)
OLD_MEDIATION = """
SELECT m.id, m.case_id, m.occurred_at, c.person_id FROM mediation m JOIN "case" c ON c.id = m.case_id
WHERE m.superseded_at IS NULL AND c.status = 'mediated' ORDER BY m.occurred_at, m.id LIMIT 1
"""
PLANNED_CALL = """
SELECT k.id, k.case_id FROM contact k JOIN "case" c ON c.id = k.case_id
WHERE k.state = 'planned' AND k.channel = 'call' AND c.closed_at IS NULL ORDER BY k.id LIMIT 1
"""
OLD_LETTER = """
SELECT k.id, k.case_id, k.done_at FROM contact k JOIN "case" c ON c.id = k.case_id
WHERE k.state = 'sent' AND k.channel = 'letter' AND c.closed_at IS NULL ORDER BY k.done_at, k.id LIMIT 1
"""
OLD_RESULT = """
SELECT e.id, e.case_id, e.occurred_at FROM event e JOIN contact k ON k.id = e.contact_id
WHERE e.kind = 'attempted' AND e.code = 'no_answer' AND k.disposition = 'no_answer' ORDER BY e.occurred_at, e.id LIMIT 1
"""
OPEN_CODE = (
    "SELECT c.letter_code, c.id FROM \"case\" c WHERE c.closed_at IS NULL AND c.status = 'solicited' ORDER BY c.id LIMIT 1"
)
PLAYED_MESSAGE = """
SELECT k.id, k.done_at, k.case_id FROM contact k JOIN "case" c ON c.id = k.case_id
WHERE k.state = 'sent' AND k.channel = 'sms' ORDER BY k.done_at, k.id LIMIT 1
"""


def one(session, query):
    return session.execute(text(query)).mappings().first()


def month(moment):
    return moment.astimezone(clock.PARIS).date().replace(day=1)


def a_result(session):
    call = one(session, PLANNED_CALL)
    record_attempts(session, [AttemptResult(call["id"], "call_back", "tester", LATER)])
    return {NOW_MONTH}


def a_mediation(session):
    call = one(session, PLANNED_CALL)
    record_attempts(session, [AttemptResult(call["id"], "mediated", "tester", LATER, RECORD)])
    return {NOW_MONTH}


def somebody_comes_forward(session):
    found = one(session, OPEN_CODE)
    assert record_coming_forward(session, found["letter_code"], RECORD, medium="desk", actor="tester", occurred_at=LATER)
    return {NOW_MONTH}


def a_letter_comes_back(session):
    letter = one(session, OLD_LETTER)
    record_returns(session, [ReturnLine(1, "x", contact=letter["id"])], actor="tester")
    return {month(letter["done_at"])}


def a_result_is_corrected(session):
    result = one(session, OLD_RESULT)
    correct_result(session, result["id"], "voicemail", reason="mauvaise touche", actor="tester")
    return {month(result["occurred_at"])}


def a_mediation_is_corrected(session):
    mediation = one(session, OLD_MEDIATION)
    correct_mediation(session, mediation["id"], RECORD, reason="oubli", actor="tester")
    return {month(mediation["occurred_at"])}


def a_mediation_is_taken_back(session):
    mediation = one(session, OLD_MEDIATION)
    correct_mediation(session, mediation["id"], None, reason="autre dossier", actor="tester")
    return {month(mediation["occurred_at"])}


def somebody_objects(session):
    mediation = one(session, OLD_MEDIATION)
    record_objection(
        session, mediation["person_id"], source="desk", actor="tester", occurred_at=LATER
    )  # fmt: skip
    return {month(mediation["occurred_at"])}


def something_else_is_known(session):
    mediation = one(session, OLD_MEDIATION)
    session.execute(
        text("UPDATE person SET language = 'tr' WHERE id = (SELECT coalesce(merged_into, id) FROM person WHERE id = :id)"),
        {"id": mediation["person_id"]},
    )
    assert look_again(session)
    return {month(mediation["occurred_at"])}


def a_message_was_played(session):
    contact = one(session, PLAYED_MESSAGE)
    session.execute(text("UPDATE contact SET channel = 'call' WHERE id = :id"), {"id": contact["id"]})
    attempt = session.execute(text("SELECT id, provider FROM attempt WHERE contact_id = :id"), {"id": contact["id"]}).one()
    start_over(session)
    refresh_all(session)
    hear_of_calls(
        session, [Notice({"attempt": attempt.id, "leg": "person", "status": "completed", "seconds": 30}, attempt.provider)]
    )
    return {month(contact["done_at"])}


def what_was_known_is_told_again(session):
    """A second try fails as the first did: the event is known, the contact changes all the same."""
    sms = one(session, PLAYED_MESSAGE)
    attempt = session.execute(text("SELECT provider, provider_ref FROM attempt WHERE contact_id = :id"), {"id": sms["id"]}).one()
    failed = Receipt(attempt.provider_ref, Delivery.FAILED, "undelivered", LATER, error="30003")
    assert take_receipts(session, attempt.provider, [failed])[0] == 1
    session.execute(text("UPDATE contact SET disposition = 'sent' WHERE id = :id"), {"id": sms["id"]})
    start_over(session)
    refresh_all(session)
    assert take_receipts(session, attempt.provider, [failed])[0] == 0
    return {month(sms["done_at"])}


class Notice:
    """What a provider says of a call."""

    def __init__(self, data, provider):
        self.data, self.provider, self.id = data, provider, uuid4()


CHANGES = [
    a_result, a_mediation, somebody_comes_forward, a_letter_comes_back, a_result_is_corrected, a_mediation_is_corrected,
    a_mediation_is_taken_back, somebody_objects, something_else_is_known, a_message_was_played,
    what_was_known_is_told_again,
]  # fmt: skip
RECENT = {a_result, a_mediation, somebody_comes_forward}
"""These leave every earlier month as it is."""


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_counted_in_its_months_and_nowhere_else(undone, change):
    start_over(undone)
    refresh_all(undone)
    with clock.travel(LATER):
        expected = change(undone)
        prepare(undone)
        for chosen in _ranges(undone, 1):
            count_cases(undone, chosen)
        touched = set(undone.execute(text("SELECT month FROM figure_month")).scalars())
        assert expected <= touched
        if change in RECENT:
            assert touched == expected
        refresh_all(undone)
    found = kept(undone)
    start_over(undone)
    refresh_all(undone)
    assert kept(undone) == found


def test_many_changes_together_are_counted_as_from_the_beginning(undone):
    start_over(undone)
    refresh_all(undone)
    with clock.travel(LATER):
        for change in CHANGES[:-2]:
            change(undone)
            refresh_all(undone)
    found = kept(undone)
    start_over(undone)
    refresh_all(undone)
    assert kept(undone) == found
