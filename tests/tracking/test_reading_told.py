"""What somebody said of reading French stays known: whatever lists say, and under whatever number they are known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from outreach.core.words import MediationKind
from outreach.matching.register import match_people
from outreach.tracking import AttemptResult, MediationRecord, record_attempts

DOES_NOT_READ = MediationRecord(MediationKind.EXCHANGE, ("energie",), "ar", 20, reads_french=False)
CALLS = """
SELECT k.id, k.case_id, k.due_at, k.person_id FROM contact k JOIN "case" c ON c.id = k.case_id JOIN person p ON p.id = k.person_id
WHERE k.state = 'planned' AND k.channel = 'call' AND c.closed_at IS NULL AND p.merged_into IS NULL ORDER BY k.id LIMIT 2
"""


@pytest.fixture
def calls(undone):
    return undone.execute(text(CALLS)).all()


def told(session, call, *, reads):
    record = replace(DOES_NOT_READ, reads_french=reads)
    record_attempts(session, [AttemptResult(call.id, "mediated", "tester", call.due_at, record)])


def reads(session, person):
    return session.execute(text("SELECT reads_french FROM person WHERE id = :id"), {"id": person}).scalar_one()


def test_a_later_match_does_not_forget_it(undone, calls):
    told(undone, calls[0], reads=False)
    told(undone, calls[1], reads=True)
    match_people(undone, actor="test", full=True)
    assert [reads(undone, call.person_id) for call in calls] == [False, True]


def test_what_lists_say_holds_until_somebody_says_otherwise(undone, calls):
    rows = "UPDATE list_row SET reads_french = true WHERE person_id = ANY(:people)"
    undone.execute(text(rows), {"people": [call.person_id for call in calls]})
    told(undone, calls[0], reads=False)
    match_people(undone, actor="test", full=True)
    assert [reads(undone, call.person_id) for call in calls] == [False, True]


def test_it_is_known_of_whoever_they_were_found_to_be(undone, calls):
    """The case keeps the number that it was opened with; the person goes on under another."""
    was, living = (call.person_id for call in calls)
    undone.execute(text("UPDATE person SET merged_into = :living WHERE id = :was"), {"living": living, "was": was})
    told(undone, calls[0], reads=False)
    assert reads(undone, living) is False
