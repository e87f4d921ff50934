"""Corrections: nothing recorded is changed, the case follows what should have been said, and nobody loses a mediation by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from outreach.core.errors import OutreachError
from outreach.core.words import MediationKind
from outreach.tracking import AttemptResult, MediationRecord, correct_mediation, correct_result, record_attempts
from outreach.tracking.events import standings_of
from outreach.tracking.record import record_beside

MEDIATION = MediationRecord(
    MediationKind.ACTION,
    ("energie",),
    "fr",
    20,
    {"payment_plan": {"amount": "120", "instalments": 4}},
    private_note="cousine de la voisine",
)


def one(session, query, **values):
    return session.execute(text(query), values).mappings().first()


@pytest.fixture
def call(undone):
    return one(
        undone,
        'SELECT k.id, k.case_id, k.due_at FROM contact k JOIN "case" c ON c.id = k.case_id'
        " WHERE k.state = 'planned' AND k.channel = 'call' AND c.status = 'solicited' LIMIT 1",
    )


def recorded(session, call, code, record=None):
    record_attempts(session, [AttemptResult(call["id"], code, "tester", call["due_at"], record)])
    return one(session, "SELECT id FROM event WHERE contact_id = :id AND kind = 'attempted'", id=call["id"])["id"]


def standing(session, call):
    case = one(session, 'SELECT status, closed_at FROM "case" WHERE id = :id', id=call["case_id"])
    assert case["status"] == str(standings_of(session, [call["case_id"]])[call["case_id"]].status)
    return case["status"]


def test_a_refusal_that_was_none_opens_the_case_again(undone, call):
    event = recorded(undone, call, "refused")
    assert standing(undone, call) == "refused"
    correct_result(undone, event, "call_back", reason="mauvaise touche", actor="tester")
    assert standing(undone, call) == "reached"
    assert one(undone, "SELECT disposition FROM contact WHERE id = :id", id=call["id"])["disposition"] == "call_back"
    case = one(undone, 'SELECT next_at, wait_reason FROM "case" WHERE id = :id', id=call["case_id"])
    assert case["next_at"] is not None
    correct_result(undone, event, "refused", reason="si, il a bien refusé", actor="tester")
    assert standing(undone, call) == "refused"
    correct_result(undone, event, None, reason="c'était un autre dossier", actor="tester")
    assert standing(undone, call) == "solicited"
    told = undone.execute(text("SELECT data ->> 'reason' FROM event WHERE kind = 'corrected' AND case_id = :id ORDER BY recorded_at, id"),
                          {"id": call["case_id"]}).scalars().all()  # fmt: skip
    assert len(told) == 3


def test_of_two_results_the_other_one_stays_shown(undone, call):
    event = recorded(undone, call, "no_answer")
    record_beside(undone, AttemptResult(call["id"], "talked", "other", call["due_at"], key=uuid4()))
    correct_result(undone, event, None, reason="jamais appelé", actor="tester")
    assert one(undone, "SELECT disposition FROM contact WHERE id = :id", id=call["id"])["disposition"] == "talked"


def test_a_mediation_is_corrected_by_a_record_in_its_place(undone, call):
    recorded(undone, call, "mediated", MEDIATION)
    first = one(undone, "SELECT id FROM mediation WHERE contact_id = :id", id=call["id"])["id"]
    new = correct_mediation(undone, first, replace(MEDIATION, kind=MediationKind.INFORMATION, actions={}, minutes=10),
                            reason="aucun échéancier", actor="tester")  # fmt: skip
    held = one(undone, "SELECT * FROM mediation WHERE case_id = :id AND superseded_at IS NULL", id=call["case_id"])
    assert (held["id"], held["kind"], held["minutes"], held["replaces"]) == (new, "information", 10, first)
    case = one(undone, 'SELECT status, closed_reason FROM "case" WHERE id = :id', id=call["case_id"])
    assert (case["status"], case["closed_reason"]) == ("mediated", "information")
    with pytest.raises(OutreachError, match="déjà"):
        correct_mediation(undone, first, MEDIATION, reason="encore", actor="tester")
    again = correct_mediation(undone, new, MEDIATION, reason="finalement si", actor="tester")
    assert one(undone, 'SELECT closed_reason FROM "case" WHERE id = :id', id=call["case_id"])["closed_reason"] == "action"
    assert again != new


def test_a_mediation_that_was_none_was_a_talk_and_the_case_goes_on(undone, call):
    recorded(undone, call, "mediated", MEDIATION)
    first = one(undone, "SELECT id FROM mediation WHERE contact_id = :id", id=call["id"])["id"]
    assert correct_mediation(undone, first, None, reason="autre dossier", actor="tester") is None
    assert standing(undone, call) == "reached"
    assert one(undone, "SELECT disposition FROM contact WHERE id = :id", id=call["id"])["disposition"] == "talked"
    assert one(undone, "SELECT superseded_at FROM mediation WHERE id = :id", id=first)["superseded_at"] is not None
    assert one(undone, 'SELECT next_at FROM "case" WHERE id = :id', id=call["case_id"])["next_at"] is not None


@pytest.mark.parametrize(("code", "reason"), [("returned", "x"), ("mediated", "x"), ("flying", "x"), ("refused", " ")])
def test_what_cannot_be_corrected_so_is_refused(undone, call, code, reason):
    event = recorded(undone, call, "no_answer")
    with pytest.raises(OutreachError):
        correct_result(undone, event, code, reason=reason, actor="tester")


def test_a_sending_is_the_providers_word(undone):
    event = one(undone, "SELECT id FROM event WHERE kind = 'sent' LIMIT 1")["id"]
    with pytest.raises(OutreachError, match="ne se corrige pas"):
        correct_result(undone, event, None, reason="x", actor="tester")


def test_the_database_keeps_records_from_being_changed(undone, call):
    recorded(undone, call, "mediated", MEDIATION)
    with pytest.raises((IntegrityError, ProgrammingError, OperationalError), match="append-only"):
        undone.execute(text("UPDATE mediation SET minutes = 1 WHERE contact_id = :id"), {"id": call["id"]})


def test_a_correction_is_told_whatever_happened_since(undone, call):
    event = recorded(undone, call, "no_answer")
    later = call["due_at"] + timedelta(days=1)
    undone.execute(
        text("UPDATE contact SET state = 'cancelled' WHERE case_id = :id AND state = 'planned'"), {"id": call["case_id"]}
    )
    correct_result(undone, event, "deceased", reason="la voisine l'a dit", actor="tester")
    assert standing(undone, call) == "wrong_data"
    assert later > call["due_at"]
