"""What somebody told of their language, or of reading French, stays known: whatever lists say, under whatever number they are known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.core.words import MediationKind
from outreach.matching.register import match_people
from outreach.planning import plan_campaign
from outreach.policy.told import sql_told
from outreach.tracking import AttemptResult, MediationRecord, correct_mediation, correct_result, record_attempts
from outreach.tracking.mediations import Setting, store
from tests.undoing import undone_session

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


def known(session, person):
    row = session.execute(text("SELECT language, reads_french FROM person WHERE id = :id"), {"id": person}).one()
    return row.language, row.reads_french


def barrier(session, call, language=None):
    record_attempts(session, [AttemptResult(call.id, "language_barrier", "tester", call.due_at, language=language)])
    return session.execute(
        text("SELECT id FROM event WHERE contact_id = :id AND kind = 'attempted'"), {"id": call.id}
    ).scalar_one()


def test_the_language_in_which_somebody_was_helped_is_theirs(undone, calls):
    reads_french = reads(undone, calls[0].person_id)
    told(undone, calls[0], reads=None)
    assert known(undone, calls[0].person_id) == ("ar", reads_french)
    match_people(undone, actor="test", full=True)
    assert known(undone, calls[0].person_id) == ("ar", reads_french)


def test_help_in_french_does_not_say_that_it_is_their_language(undone, calls):
    undone.execute(text("UPDATE person SET language = 'tr' WHERE id = :id"), {"id": calls[0].person_id})
    undone.execute(text("UPDATE list_row SET language = 'tr' WHERE person_id = :id"), {"id": calls[0].person_id})
    record_attempts(
        undone, [AttemptResult(calls[0].id, "mediated", "tester", calls[0].due_at, replace(DOES_NOT_READ, language="fr"))]
    )
    assert known(undone, calls[0].person_id) == ("tr", False)


@pytest.mark.parametrize("language", ["so", None])
def test_who_shared_no_language_with_us_is_spoken_to_in_theirs(undone, calls, language):
    listed = known(undone, calls[0].person_id)[0]
    barrier(undone, calls[0], language)
    expected = (language or listed, False)
    assert known(undone, calls[0].person_id) == expected
    match_people(undone, actor="test", full=True)
    assert known(undone, calls[0].person_id) == expected


def test_what_is_taken_back_was_not_told(undone, calls):
    listed = [known(undone, call.person_id) for call in calls]
    event = barrier(undone, calls[0], "so")
    correct_result(undone, event, "no_answer", reason="mauvais bouton", actor="tester")
    assert known(undone, calls[0].person_id) == listed[0]
    told(undone, calls[1], reads=False)
    mediation = undone.execute(text("SELECT id FROM mediation WHERE contact_id = :id"), {"id": calls[1].id}).scalar_one()
    correct_mediation(
        undone, mediation, replace(DOES_NOT_READ, language="fr", reads_french=True), reason="erreur", actor="tester"
    )
    assert known(undone, calls[1].person_id) == (listed[1][0], True)
    match_people(undone, actor="test", full=True)
    assert [known(undone, call.person_id) for call in calls] == [listed[0], (listed[1][0], True)]


def test_a_result_corrected_to_one_without_a_shared_language_tells_it_too(undone, calls):
    listed = known(undone, calls[0].person_id)
    record_attempts(undone, [AttemptResult(calls[0].id, "no_answer", "tester", calls[0].due_at)])
    event = undone.execute(
        text("SELECT id FROM event WHERE contact_id = :id AND kind = 'attempted'"), {"id": calls[0].id}
    ).scalar_one()
    moment = calls[0].due_at + timedelta(hours=1)
    for code, expected in (("language_barrier", (listed[0], False)), ("no_answer", listed), (None, listed)):
        moment += timedelta(minutes=5)
        with clock.travel(moment):
            correct_result(undone, event, code, reason="mauvais bouton", actor="tester")
        assert known(undone, calls[0].person_id) == expected
    match_people(undone, actor="test", full=True)
    assert known(undone, calls[0].person_id) == listed


@pytest.mark.parametrize(("code", "language"), [("no_answer", "ar"), ("language_barrier", "fr"), ("language_barrier", "العربية")])
def test_a_language_is_noted_only_where_it_says_something(undone, calls, code, language):
    with pytest.raises(OutreachError, match="langue"):
        record_attempts(undone, [AttemptResult(calls[0].id, code, "tester", calls[0].due_at, language=language)])


@settings(max_examples=25, deadline=None)
@given(
    words=st.lists(st.tuples(st.sampled_from(["ar", "fr", "so"]), st.sampled_from([None, True, False])), min_size=1, max_size=5)
)
def test_what_is_known_at_once_is_what_the_next_match_says(played, words):
    with undone_session(played.database) as session:
        first, _second = session.execute(text(CALLS)).all()
        setting = session.execute(text('SELECT campaign_id, site_id FROM "case" WHERE id = :id'), {"id": first.case_id}).one()
        for day, (language, reads_french) in enumerate(words):
            at = first.due_at + timedelta(days=day)
            record = replace(DOES_NOT_READ, language=language, reads_french=reads_french)
            store(session, uuid4(), record, Setting(*setting, first.case_id, "desk", "tester", at))
        at_once = known(session, first.person_id)
        session.execute(
            text("CREATE TEMP TABLE cluster ON COMMIT DROP AS SELECT CAST(:id AS bigint) AS person_id, false AS is_new"),
            {"id": first.person_id},
        )
        for few in (True, False):
            said = session.execute(
                text(f"WITH number AS (SELECT person_id, person_id AS was FROM cluster) {sql_told('number', few=few)}")
            ).one_or_none()
            assert (said.language, said.reads_french) == at_once if said else at_once == (None, None)


NEXT = """
SELECT k.channel, m.languages FROM contact k LEFT JOIN shift s ON s.id = k.shift_id LEFT JOIN mediator m ON m.id = s.mediator_id
WHERE k.case_id = :case AND k.state = 'planned'
"""


def test_the_next_to_call_speaks_the_language_that_was_heard(played, undone, calls):
    barrier(undone, calls[0], "ar")
    spoken = undone.execute(text("SELECT count(*) FROM mediator WHERE 'ar' = ANY(languages)")).scalar_one()
    assert spoken
    for days in range(1, 15):
        with clock.travel(clock.at(calls[0].due_at.date() + timedelta(days=days), "05:00")):
            plan_campaign(undone, played.loaded, actor="test")
        found = undone.execute(text(NEXT), {"case": calls[0].case_id}).all()
        if found:
            break
    assert found
    assert all(row.languages is not None and "ar" in row.languages for row in found), "a letter or an SMS alone cannot be read"
