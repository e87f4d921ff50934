"""What phones tell: once, in order, never lost, never over what is newer; an objection always wins."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.core.sealing import opened_data
from outreach.core.words import EventKind, FactStatus, Keep
from outreach.models.base import SealedText
from outreach.tracking import NewEvent, append_events
from outreach.tracking.phone import conflicts_of, settle_conflict
from tests.phones import DUE, MEDIATION, NOW, Phone, events, holds, shown, state, statuses, tell, who

APPLIED, DUPLICATE, CONFLICT, REFUSED = FactStatus.APPLIED, FactStatus.DUPLICATE, FactStatus.CONFLICT, FactStatus.REFUSED


def payload(session, fact):
    return session.execute(
        text("SELECT payload, sha256, status, clock, occurred_at FROM phone_fact WHERE id = :id"), {"id": fact["id"]}
    ).one()


def test_a_language_that_was_recognised_is_known_of_the_person_and_taken_back_with_the_result(session, day, amina):
    phone = Phone()
    fact = phone.fact("result", day.contacts[0], code="language_barrier", language="so")
    assert statuses(tell(session, amina, fact)) == [APPLIED]
    known = text('SELECT p.language, p.reads_french FROM "case" c JOIN person p ON p.id = c.person_id WHERE c.id = :id')
    assert session.execute(known, {"id": day.cases[0]}).one() == ("so", False)
    tell(session, amina, phone.fact("undo", day.contacts[0], fact=fact["id"]))
    assert session.execute(known, {"id": day.cases[0]}).one() == (None, None)
    wrong = phone.fact("result", day.contacts[1], code="language_barrier", language="klingon")
    assert statuses(tell(session, amina, wrong)) == [REFUSED]


def test_a_result_is_applied_and_told_again_changes_nothing(session, day, amina):
    fact = Phone().fact("result", day.contacts[0], code="mediated", mediation=MEDIATION | {"private_note": "porte bleue"})
    first = tell(session, amina, fact)
    assert statuses(first) == [APPLIED]
    assert state(session, day.cases[0]) == "mediated"
    for _ in range(3):
        assert tell(session, amina, fact, now=NOW + timedelta(hours=1)) == first
    assert events(session, day.cases[0]) == [("attempted", "mediated"), ("mediated", "exchange")]
    assert session.execute(text("SELECT count(*) FROM mediation")).scalar() == 1
    assert shown(session, day.contacts[0]) == ("done", "mediated")
    assert first[0].version == 3
    row = payload(session, fact)
    assert (row.payload, len(row.sha256)) == (None, 64)
    holds(session)


def test_one_that_is_wrong_holds_back_no_other_and_says_what_to_do(session, day, amina):
    phone = Phone()
    facts = [
        phone.fact("result", day.contacts[0], code="flying"),
        phone.fact("result", 10**9, code="not_home"),
        phone.fact("result", day.contacts[1], code="mediated"),
        {"id": str(uuid4()), "kind": "dance", "seq": 4, "at_device": NOW.isoformat()},
        phone.fact(
            "result",
            day.contacts[1],
            code="mediated",
            mediation={"kind": "exchange", "themes": "x" * 5, "language": 3, "minutes": "ten"},
        ),
        phone.fact("result", day.contacts[2], code="not_home"),
        phone.fact("snooze", day.contacts[3], until="soon"),
    ]
    answers = tell(session, amina, *facts)
    assert statuses(answers) == [REFUSED] * 5 + [APPLIED, REFUSED]
    assert answers[0].reason == "ce résultat n'existe pas pour ce canal"
    assert (answers[0].place, answers[0].mend) == ("flying", "Choisissez-en un de la liste.")
    assert all(answer.reason for answer in answers if answer.status is REFUSED)
    assert tell(session, amina, *facts) == answers
    assert payload(session, facts[0]).payload is None
    holds(session)


def test_facts_are_taken_in_the_order_in_which_they_were_made(session, day, amina):
    phone = Phone()
    first = phone.fact("result", day.contacts[0], code="refused")
    undo = phone.fact("undo", fact=first["id"])
    second = phone.fact("result", day.contacts[0], code="talked")
    answers = tell(session, amina, second, undo, first)
    assert statuses(answers) == [APPLIED, APPLIED, APPLIED]
    assert state(session, day.cases[0]) == "reached"
    assert shown(session, day.contacts[0]) == ("done", "talked")


def test_strangers_and_other_sites_are_refused(session, day, amina):
    samir = who(session, "ve-samir")
    assert statuses(tell(session, samir, Phone().fact("result", day.contacts[0], code="not_home"))) == [REFUSED]
    assert events(session, day.cases[0]) == []
    fact = Phone().fact("result", day.contacts[0], code="not_home")
    tell(session, amina, fact)
    assert statuses(tell(session, samir, fact)) == [REFUSED], "nobody learns what became of another's fact"
    changed = fact | {"payload": {"code": "talked"}}
    assert statuses(tell(session, amina, changed)) == [REFUSED], "one number, one fact"


def test_clocks_that_are_wrong_are_bound_and_marked(session, day, amina):
    phone = Phone()
    late = phone.fact("result", day.contacts[0], at=NOW + timedelta(days=300), code="not_home")
    old = phone.fact("result", day.contacts[1], at=NOW - timedelta(days=4000), code="not_home")
    began = phone.fact("result", day.contacts[2], code="talked", started_at=(NOW - timedelta(minutes=20)).isoformat())
    answers = tell(session, amina, late, old, began)
    assert [answer.clock for answer in answers] == ["future", "old", None]
    assert (payload(session, late).clock, payload(session, late).occurred_at) == ("future", NOW)
    assert payload(session, old).occurred_at == DUE
    assert payload(session, began).occurred_at == NOW - timedelta(minutes=20)
    device = session.execute(text("SELECT at_device FROM phone_fact WHERE id = :id"), {"id": late["id"]}).scalar()
    assert device == NOW + timedelta(days=300), "both are kept"


def test_newer_facts_that_contradict_nothing_do_not_matter(session, day, amina):
    with clock.travel(NOW):
        append_events(session, [NewEvent(day.cases[0], EventKind.DELIVERED, "receipt", NOW, "provider", "sms")])
    assert statuses(tell(session, amina, Phone().fact("result", day.contacts[0], base=1, code="not_home"))) == [APPLIED]


def test_a_late_not_home_never_overrides_a_mediation(session, day, amina, ines):
    tell(session, amina, Phone().fact("result", day.contacts[0], code="mediated", mediation=MEDIATION))
    late = Phone().fact("result", day.contacts[0], at=NOW + timedelta(minutes=5), code="not_home")
    assert statuses(tell(session, ines, late, now=NOW + timedelta(hours=2))) == [CONFLICT]
    assert (state(session, day.cases[0]), shown(session, day.contacts[0])) == ("mediated", ("done", "mediated"))
    assert opened_data(payload(session, late).payload, "phone_fact.payload") == {"code": "not_home"}
    [conflict] = conflicts_of(session)
    assert (conflict.mine, conflict.theirs) == ("Personne à la porte, avis laissé", "Médiation réalisée")
    assert (conflict.by, conflict.their_by) == ("l8-ines", "l8-amina")
    holds(session)


def test_a_late_mediation_counts_beside_a_not_home(session, day, amina, ines):
    tell(session, amina, Phone().fact("result", day.contacts[0], code="not_home"))
    late = Phone().fact("result", day.contacts[0], at=NOW - timedelta(minutes=20), code="mediated", mediation=MEDIATION)
    assert statuses(tell(session, ines, late, now=NOW + timedelta(hours=2))) == [CONFLICT]
    assert (state(session, day.cases[0]), shown(session, day.contacts[0])) == ("mediated", ("done", "mediated"))
    told = session.execute(text("SELECT occurred_at FROM event WHERE kind = 'mediated'")).scalar()
    assert told == NOW - timedelta(minutes=20), "the history says when it happened"
    holds(session)


@pytest.mark.parametrize(
    ("keep", "status", "disposition"), [(Keep.MINE, "mediated", "mediated"), (Keep.THEIRS, "refused", "refused"), (Keep.BOTH, "mediated", "mediated")]
)  # fmt: skip
def test_a_conflict_is_settled_by_corrections(session, day, amina, ines, keep, status, disposition):
    tell(session, amina, Phone().fact("result", day.contacts[0], code="refused"))
    mine = Phone().fact("result", day.contacts[0], code="mediated", mediation=MEDIATION | {"private_note": "mots"})
    tell(session, ines, mine)
    with clock.travel(NOW + timedelta(hours=1)):
        with pytest.raises(OutreachError):
            settle_conflict(session, UUID(mine["id"]), keep, actor="manager", reason=" ")
        settle_conflict(session, UUID(mine["id"]), keep, actor="manager", reason="vu avec les deux")
        assert conflicts_of(session) == []
        with pytest.raises(OutreachError):
            settle_conflict(session, UUID(mine["id"]), keep, actor="manager", reason="encore")
    assert (state(session, day.cases[0]), shown(session, day.contacts[0])[1]) == (status, disposition)
    assert payload(session, mine).payload is None
    holds(session)


def test_the_same_said_twice_by_one_hand_is_one(session, day, amina):
    facts = [Phone().fact("result", day.contacts[0], code="not_home") for _ in range(2)]
    assert statuses(tell(session, amina, *facts)) == [APPLIED, DUPLICATE]
    assert events(session, day.cases[0]) == [("attempted", "not_home")]


def test_a_whole_building_in_one_gesture(session, day, amina, ines):
    phone = Phone()
    tell(session, amina, phone.fact("result", day.contacts[0], code="talked"))
    tell(session, ines, Phone().fact("result", day.contacts[1], code="refused"))
    gesture = phone.fact("doors", code="not_home", contacts=day.contacts, base=None)
    first = tell(session, amina, gesture)
    assert statuses(first) == [CONFLICT]
    assert [shown(session, contact)[1] for contact in day.contacts] == ["talked", "refused", "not_home", "not_home"]
    assert tell(session, amina, gesture) == first
    assert len(conflicts_of(session)) == 1
    assert statuses(tell(session, amina, phone.fact("undo", fact=gesture["id"]))) == [APPLIED]
    assert [shown(session, contact) for contact in day.contacts[2:]] == [("planned", None)] * 2
    assert conflicts_of(session) == []
    assert statuses(tell(session, amina, phone.fact("doors", code="no_access", contacts=day.contacts[2:]))) == [APPLIED]
    holds(session)


@pytest.mark.parametrize("before", [None, "mediated", "refused", "not_home"])
def test_an_objection_always_wins(session, day, amina, ines, before):
    if before:
        record = {"mediation": MEDIATION} if before == "mediated" else {}
        tell(session, amina, Phone().fact("result", day.contacts[0], code=before, **record))
    said = Phone().fact("objection", day.contacts[0], at=NOW - timedelta(minutes=25), base=0)
    assert statuses(tell(session, ines, said, now=NOW + timedelta(hours=5))) == [APPLIED]
    assert state(session, day.cases[0]) == "objected"
    live = "SELECT count(*) FROM contact WHERE case_id = :case AND state IN ('planned', 'claimed', 'unknown')"
    assert session.execute(text(live), {"case": day.cases[0]}).scalar() == 0
    assert session.execute(text("SELECT count(*) FROM objection")).scalar() == 1
    assert statuses(tell(session, ines, Phone().fact("undo", fact=said["id"]))) == [REFUSED]
    holds(session)


def test_what_comes_after_an_objection_is_kept_beside_it(session, day, amina, ines):
    tell(session, amina, Phone().fact("objection", day.contacts[0], at=NOW))
    phone, later = Phone(), NOW + timedelta(minutes=30)
    facts = [
        phone.fact("result", day.contacts[0], at=later, code="not_home"),
        phone.fact("result", day.contacts[0], at=later, code="mediated", mediation=MEDIATION),
        phone.fact("promise", day.contacts[0], at=later, channel="call", starts_at=(NOW + timedelta(days=1)).isoformat()),
        phone.fact("snooze", day.contacts[0], at=later, until=(NOW + timedelta(days=9)).isoformat(), reason="vacances"),
    ]
    answers = tell(session, ines, *facts, now=later + timedelta(hours=1))
    assert statuses(answers) == [CONFLICT] * 4
    assert state(session, day.cases[0]) == "objected"
    assert session.execute(text("SELECT count(*) FROM mediation WHERE superseded_at IS NULL")).scalar() == 1, "help given is told"
    assert session.execute(text("SELECT count(*) FROM appointment")).scalar() == 0
    with clock.travel(later), pytest.raises(OutreachError, match="opposition"):
        settle_conflict(session, UUID(facts[1]["id"]), Keep.MINE, actor="manager", reason="non")
    holds(session)


def test_promises_in_time_late_and_overtaken(session, day, amina, ines):
    phone = Phone()
    tomorrow = clock.at((NOW + timedelta(days=1)).date(), "15:00")
    kept = phone.fact("result", day.contacts[0], code="call_back", again_at=tomorrow.isoformat(), note="après l'école")
    night = phone.fact("result", day.contacts[1], code="call_back", again_at=clock.at(NOW.date(), "23:00").isoformat())
    answers = tell(session, amina, kept, night)
    assert statuses(answers) == [APPLIED, APPLIED]
    assert "hors des heures" in answers[1].remark or "en dehors des heures" in answers[1].remark
    query = text("SELECT case_id, starts_at, note, channel FROM appointment WHERE state = 'open'")
    rows = session.execute(query.columns(note=SealedText("appointment.note"))).all()
    assert [tuple(row) for row in rows] == [(day.cases[0], tomorrow, "après l'école", "visit")]
    passed = Phone().fact("promise", day.contacts[2], channel="call", starts_at=(NOW + timedelta(minutes=10)).isoformat())
    [late] = tell(session, amina, passed, now=NOW + timedelta(hours=1))
    assert (late.status, "dès que possible" in late.remark) == (APPLIED, True)
    first = Phone().fact(
        "promise",
        day.contacts[0],
        at=NOW - timedelta(minutes=30),
        channel="call",
        starts_at=(tomorrow + timedelta(days=1)).isoformat(),
    )
    assert statuses(tell(session, ines, first, now=NOW + timedelta(hours=2))) == [CONFLICT], "what was agreed later stays"
    assert statuses(tell(session, amina, phone.fact("undo", fact=kept["id"]))) == [APPLIED]
    assert (
        session.execute(text("SELECT state FROM appointment WHERE case_id = :case"), {"case": day.cases[0]}).scalar()
        == "cancelled"
    )
    holds(session)


def test_neighbours_walk_ins_and_their_undoing(session, day, amina):
    phone = Phone()
    tell(session, amina, phone.fact("result", day.contacts[0], code="not_home"))
    neighbour = phone.fact("neighbour", day.contacts[0], mediation=MEDIATION)
    walk_in = phone.fact("walk_in", case=day.cases[1], mediation=MEDIATION, medium="call_in", found_by="phone")
    answers = tell(session, amina, neighbour, walk_in)
    assert statuses(answers) == [APPLIED, APPLIED]
    assert (state(session, day.cases[0]), state(session, day.cases[1])) == ("solicited", "mediated")
    assert statuses(tell(session, amina, *(phone.fact("undo", fact=one["id"]) for one in (neighbour, walk_in)))) == [
        APPLIED,
        APPLIED,
    ]
    assert events(session, day.cases[0]) == [("attempted", "not_home")], "a neighbour says nothing of the door next to theirs"
    assert state(session, day.cases[1]) == "waiting"
    assert session.execute(text("SELECT count(*) FROM mediation WHERE superseded_at IS NULL")).scalar() == 0
    holds(session)


def test_undoing_has_its_time_and_its_hand(session, day, amina, ines):
    phone = Phone()
    fact = phone.fact("result", day.contacts[0], code="refused")
    tell(session, amina, fact)
    assert statuses(tell(session, ines, Phone().fact("undo", fact=fact["id"]))) == [REFUSED]
    late = phone.fact("undo", at=NOW + timedelta(hours=3), fact=fact["id"])
    assert statuses(tell(session, amina, late, now=NOW + timedelta(hours=3))) == [REFUSED]
    undo = [phone.fact("undo", at=NOW + timedelta(minutes=1), fact=fact["id"]) for _ in range(2)]
    assert statuses(tell(session, amina, *undo, now=NOW + timedelta(minutes=1))) == [APPLIED, DUPLICATE]
    assert (state(session, day.cases[0]), shown(session, day.contacts[0])) == ("waiting", ("planned", None))
    holds(session)


def test_a_correction_says_it_otherwise(session, day, amina):
    phone = Phone()
    fact = phone.fact("result", day.contacts[0], code="not_home")
    better = phone.fact("correction", fact=fact["id"], code="mediated", mediation=MEDIATION)
    assert statuses(tell(session, amina, fact, better)) == [APPLIED, APPLIED]
    assert (state(session, day.cases[0]), shown(session, day.contacts[0])) == ("mediated", ("done", "mediated"))
    again = phone.fact("correction", fact=fact["id"], code="talked")
    assert statuses(tell(session, amina, again)) == [REFUSED], "the one that holds is the one to correct"
    holds(session)


def test_a_contact_that_was_planned_anew_is_the_one_that_is_meant(session, day, amina):
    session.execute(text("UPDATE contact SET state = 'cancelled', reason = 'moved' WHERE id = :id"), {"id": day.contacts[0]})
    new = session.execute(
        text("INSERT INTO contact (campaign_id, case_id, person_id, step, attempt, channel, language, state, due_at, useful_until, shift_id)"
             " SELECT campaign_id, case_id, person_id, step, attempt, channel, language, 'planned', due_at, useful_until, shift_id FROM contact"
             " WHERE id = :id RETURNING id"), {"id": day.contacts[0]},
    ).scalar_one()  # fmt: skip
    assert statuses(tell(session, amina, Phone().fact("result", day.contacts[0], code="not_home"))) == [APPLIED]
    assert (shown(session, new), shown(session, day.contacts[0])[0]) == (("done", "not_home"), "cancelled")


def test_a_skip_is_a_fact_for_the_manager(session, day, amina):
    phone = Phone()
    bare, told = (
        phone.fact("skip", day.contacts[0], reason="other"),
        phone.fact("skip", day.contacts[0], reason="acquainted", words="ma voisine"),
    )
    assert statuses(tell(session, amina, bare, told, told)) == [REFUSED, APPLIED, APPLIED]
    assert [
        tuple(row)
        for row in session.execute(text("SELECT reason, words FROM call_skip").columns(words=SealedText("call_skip.words")))
    ] == [("acquainted", "ma voisine")]
