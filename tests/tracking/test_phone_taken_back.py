"""What was taken back, on a phone or by an objection: it contradicts nothing that is told later, and is in nobody's hands."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from outreach.core.words import FactStatus
from outreach.tracking.phone import conflicts_of
from tests.phones import MEDIATION, NOW, Phone, holds, shown, state, statuses, tell

APPLIED = FactStatus.APPLIED
LATE = NOW + timedelta(hours=14)
"""The contact would be of no use any more: it is not planned again when its result is taken back."""


def test_a_correction_that_arrives_late_contradicts_nothing(session, day, amina):
    phone = Phone()
    fact = phone.fact("result", day.contacts[0], code="not_home")
    tell(session, amina, fact)
    better = phone.fact("correction", at=NOW + timedelta(minutes=5), fact=fact["id"], code="talked")
    assert statuses(tell(session, amina, better, now=LATE)) == [APPLIED]
    assert (state(session, day.cases[0]), shown(session, day.contacts[0])) == ("reached", ("done", "talked"))
    assert conflicts_of(session) == []
    holds(session)


def test_what_was_taken_back_may_be_said_again(session, day, amina):
    phone = Phone()
    fact = phone.fact("result", day.contacts[0], code="not_home")
    undo = phone.fact("undo", at=NOW + timedelta(minutes=1), fact=fact["id"])
    again = phone.fact("result", day.contacts[0], at=NOW + timedelta(minutes=2), code="not_home")
    assert statuses(tell(session, amina, fact, undo, again, now=LATE)) == [APPLIED] * 3
    assert (state(session, day.cases[0]), shown(session, day.contacts[0])) == ("solicited", ("done", "not_home"))
    holds(session)


def test_a_mediation_that_was_taken_back_is_contradicted_by_nobody(session, day, amina, ines):
    phone = Phone()
    walk_in = phone.fact("walk_in", case=day.cases[0], mediation=MEDIATION)
    tell(session, amina, walk_in, phone.fact("undo", fact=walk_in["id"]))
    fact = Phone().fact("result", day.contacts[0], code="not_home", base=0)
    assert statuses(tell(session, ines, fact)) == [APPLIED]
    assert conflicts_of(session) == []


def test_an_objection_takes_back_what_is_in_hands_under_a_number_of_before(session, day, amina):
    people = session.execute(text("SELECT person_id FROM contact ORDER BY id LIMIT 3")).scalars().all()
    session.execute(
        text("UPDATE person SET merged_into = :now WHERE id = ANY(:before)"), {"now": people[0], "before": people[1:]}
    )
    session.execute(text("UPDATE contact SET state = 'claimed' WHERE id = :id"), {"id": day.contacts[1]})
    session.execute(text("UPDATE contact SET state = 'unknown', channel = 'sms' WHERE id = :id"), {"id": day.contacts[2]})
    assert statuses(tell(session, amina, Phone().fact("objection", day.contacts[0]))) == [APPLIED]
    assert [state(session, case) for case in day.cases] == ["objected"] * 3 + ["waiting"]
    assert shown(session, day.contacts[1])[0] == "cancelled"
    assert shown(session, day.contacts[2])[0] == "unknown", "whether it left is the provider's to say"
