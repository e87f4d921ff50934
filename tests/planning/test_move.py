"""A call or a visit moved by hand: what is allowed is done, and every rule refuses with its own sentence."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import PolicyError
from outreach.core.words import Channel
from outreach.flows.invariants import all_invariants
from outreach.planning import plan_campaign
from outreach.planning.absences import record_absence
from outreach.planning.move import _of_day, move_contact
from outreach.planning.reasons import reason_in_words
from outreach.planning.register import add_shifts, last_runs
from outreach.tracking import promise, record_objection
from tests.played import END

MORNING = clock.at(END + timedelta(days=1), "05:00")
# Planned contacts of a channel with the shift that each is in; every other shift of the kind of those days beside it.
CONTACTS = """
SELECT k.id, k.case_id, k.person_id, k.due_at, k.shift_id, s.day, s.mediator_id, k.position, c.site_id, k.language FROM contact k JOIN shift s ON s.id = k.shift_id
  JOIN "case" c ON c.id = k.case_id WHERE k.state = 'planned' AND k.channel = :channel AND k.appointment_id IS NULL AND s.starts_at > :now ORDER BY k.id
"""
SHIFTS = """
SELECT s.id, s.day, s.starts_at, s.ends_at, s.mediator_id, s.site_id, m.code, m.languages FROM shift s JOIN mediator m ON m.id = s.mediator_id
WHERE s.kind = :kind AND s.starts_at > :now AND 'fr' = ANY (m.languages) ORDER BY s.day, s.id
"""
ONE = 'SELECT k.*, c.next_at, c.next_step FROM contact k JOIN "case" c ON c.id = k.case_id WHERE k.id = :id'


@pytest.fixture
def planned(played, undone):
    """The played campaign with its days to come planned, early on the day after the last."""
    with clock.travel(MORNING):
        plan_campaign(undone, played.loaded, actor="test")
        yield undone


def rows(session, channel):
    return session.execute(text(CONTACTS), {"channel": channel, "now": clock.now()}).all()


def shifts(session, kind):
    return session.execute(text(SHIFTS), {"kind": kind, "now": clock.now()}).all()


def one(session, contact):
    return session.execute(text(ONE), {"id": contact}).one()


def move(session, contact, shift):
    return move_contact(session, contact, shift, actor="test")


def moved(session, channel):
    """The first move of a channel that the rules allow: (row before, shift, move)."""
    for row in rows(session, channel):
        for shift in shifts(session, channel):
            if shift.mediator_id != row.mediator_id and shift.site_id == row.site_id:
                try:
                    return row, shift, move(session, row.id, shift.id)
                except PolicyError:
                    continue
    raise AssertionError("nothing could be moved at all")


def elsewhere(session, channel):
    """A contact and a shift of its own site and kind, of somebody else."""
    return next(
        (row, shift)
        for row in rows(session, channel)
        for shift in shifts(session, channel)
        if shift.mediator_id != row.mediator_id and shift.site_id == row.site_id and row.language == "fr"
    )


def refused(session, contact, shift, words):
    before = one(session, contact)
    with pytest.raises(PolicyError, match=words):
        move(session, contact, shift)
    assert one(session, contact) == before, "nothing has changed"


def holds(session):
    return [(finding.code, finding.faults[:3]) for finding in all_invariants(session) if not finding.holds]


def test_a_call_goes_to_another_shift_at_about_its_hour(planned):
    row, shift, told = moved(planned, "call")
    after = one(planned, row.id)
    assert (after.shift_id, after.due_at) == (shift.id, told.after_at)
    assert shift.starts_at <= after.due_at < shift.ends_at
    assert after.useful_until.astimezone(clock.PARIS).date() == shift.day
    assert (after.next_at, after.next_step) == (after.due_at, after.step)
    assert after.position == (after.due_at - shift.starts_at).total_seconds() // 60
    assert (told.before_shift, told.before_at) == (row.shift_id, row.due_at)
    assert holds(planned) == []


def test_a_move_is_on_record_where_the_changes_of_plans_are(planned, played):
    row, shift, told = moved(planned, "call")
    run = last_runs(planned, played.loaded.campaign.id, 1)[0]
    (change,) = run.changes
    assert (run.cause, change.case_id, change.after_at, change.after_mediator) == (
        "by_hand",
        row.case_id,
        told.after_at,
        shift.code,
    )
    assert reason_in_words(change.reason) == "quelqu'un l'a déplacé"
    assert (
        planned.execute(text("SELECT count(*) FROM audit_entry WHERE action = 'contact.move' AND actor = 'test'")).scalar() == 1
    )
    assert planned.execute(text("SELECT count(*) FROM event WHERE contact_id = :id"), {"id": row.id}).scalar() == 0, (
        "nothing happened to the person"
    )


def test_a_move_is_undone_by_moving_back(planned):
    row, _shift, told = moved(planned, "call")
    back = move_contact(planned, row.id, told.before_shift, actor="test", near=told.before_at)
    assert back.after_at == row.due_at


def test_the_night_leaves_a_move_alone(planned, played):
    row, shift, _told = moved(planned, "call")
    plan_campaign(planned, played.loaded, actor="test")
    assert one(planned, row.id).shift_id == shift.id


def test_a_door_goes_to_another_round_and_both_are_walked_anew(planned):
    before = {row.id: row.shift_id for row in rows(planned, "visit")}
    row, shift, told = moved(planned, "visit")
    assert one(planned, row.id).due_at == told.after_at
    after = {one_row.id: one_row.shift_id for one_row in rows(planned, "visit")}
    assert after == before | {row.id: shift.id}, "no other door has changed hands"
    for number in (shift.id, row.shift_id):
        there = planned.execute(
            text("SELECT case_id, position, due_at FROM contact WHERE shift_id = :s AND state <> 'cancelled' ORDER BY position"),
            {"s": number},
        ).all()
        stored = planned.execute(text("SELECT plan FROM round WHERE shift_id = :s"), {"s": number}).scalar()
        assert [stop[0] for stop in stored["stops"]] == [found.case_id for found in there] if there else stored is None
        assert sorted(found.due_at for found in there) == [found.due_at for found in there]
        assert len({found.position for found in there}) == len(there)
    assert holds(planned) == []


def test_the_language_must_be_spoken(planned):
    row, shift = elsewhere(planned, "call")
    planned.execute(text("UPDATE person SET language = 'zz', reads_french = false WHERE id = :id"), {"id": row.person_id})
    refused(planned, row.id, shift.id, "ne parle pas la langue")


def test_the_mediator_must_be_there(planned):
    row, shift = elsewhere(planned, "call")
    record_absence(planned, shift.code, shift.starts_at, shift.ends_at, "congé", actor="test")
    refused(planned, row.id, shift.id, "absent à ce moment")


def test_there_must_be_room(planned):
    row, shift = elsewhere(planned, "call")
    planned.execute(text("UPDATE shift SET ends_at = starts_at + interval '3 minutes' WHERE id = :id"), {"id": shift.id})
    refused(planned, row.id, shift.id, "plus aucune place")


def test_a_round_must_have_room_for_the_door(planned):
    row, shift = elsewhere(planned, "visit")
    planned.execute(text("UPDATE shift SET ends_at = starts_at + interval '10 minutes' WHERE id = :id"), {"id": shift.id})
    refused(planned, row.id, shift.id, "tournée est pleine")


def test_an_objection_forbids(planned):
    row, shift = elsewhere(planned, "call")
    record_objection(planned, row.person_id, source="desk", actor="test", occurred_at=clock.now())
    planned.execute(text("UPDATE contact SET state = 'planned' WHERE id = :id"), {"id": row.id})
    planned.execute(text('UPDATE "case" SET closed_at = NULL, closed_reason = NULL WHERE id = :id'), {"id": row.case_id})
    refused(planned, row.id, shift.id, "ne plus être contactée")


def test_the_agreement_must_hold_that_day(planned):
    row, shift = elsewhere(planned, "call")
    planned.execute(
        text(
            "UPDATE agreement SET definition = jsonb_set(definition, '{valid_to}', to_jsonb(CAST(:day AS text))), content_hash = 'another'"
        ),
        {"day": str(shift.day - timedelta(days=1))},
    )
    refused(planned, row.id, shift.id, "convention n'est pas en vigueur")


def test_caps_count_what_was_done(planned):
    row, shift = elsewhere(planned, "call")
    planned.execute(
        text(
            "INSERT INTO contact (campaign_id, case_id, person_id, step, attempt, channel, language, state, due_at, useful_until, done_at)"
            " SELECT campaign_id, case_id, person_id, 'more', n, 'call', 'fr', 'done', CAST(:at AS timestamptz), :at, :at FROM contact, generate_series(1, 12) n WHERE id = :id"
        ),
        {"id": row.id, "at": MORNING - timedelta(days=1)},
    )  # fmt: skip
    refused(planned, row.id, shift.id, "trente jours")


def test_the_hours_of_the_channel_hold_where_the_person_lives(planned):
    row, shift = elsewhere(planned, "call")
    night = clock.at(shift.day, "21:00")
    planned.execute(
        text("UPDATE shift SET starts_at = :start, ends_at = :end WHERE id = :id"),
        {"id": shift.id, "start": night, "end": night + timedelta(hours=2)},
    )
    refused(planned, row.id, shift.id, "plus aucune place|hors des heures")


def test_a_promised_time_is_kept(planned):
    row, shift = elsewhere(planned, "call")
    appointment = promise(
        planned,
        row.case_id,
        Channel.CALL,
        shift.starts_at + timedelta(days=7),
        shift.starts_at + timedelta(days=7, minutes=30),
        actor="test",
    )
    number = planned.execute(
        text("SELECT id FROM appointment WHERE case_id = :id AND state = 'open'"), {"id": row.case_id}
    ).scalar_one()
    assert appointment is not None or number
    planned.execute(text("UPDATE contact SET state = 'planned', appointment_id = :a WHERE id = :id"), {"a": number, "id": row.id})
    refused(planned, row.id, shift.id, "rendez-vous promis tombe en dehors")


def test_what_was_promised_belongs_to_whoever_takes_it_over(planned):
    row, shift = elsewhere(planned, "call")
    promise(
        planned,
        row.case_id,
        Channel.CALL,
        shift.starts_at + timedelta(minutes=60),
        shift.starts_at + timedelta(minutes=120),
        actor="test",
    )
    number = planned.execute(
        text("SELECT id FROM appointment WHERE case_id = :id AND state = 'open'"), {"id": row.case_id}
    ).scalar_one()
    planned.execute(text("UPDATE contact SET state = 'planned', appointment_id = :a WHERE id = :id"), {"a": number, "id": row.id})
    told = move(planned, row.id, shift.id)
    assert shift.starts_at + timedelta(minutes=60) <= told.after_at < shift.starts_at + timedelta(minutes=120)
    assert planned.execute(text("SELECT mediator_id FROM appointment WHERE id = :a"), {"a": number}).scalar() == shift.mediator_id


def test_kinds_and_states_are_asked(planned):
    row, shift = elsewhere(planned, "call")
    refused(planned, row.id, row.shift_id, "déjà là")
    refused(planned, row.id, shifts(planned, "visit")[0].id, "un appel va dans un poste d'appels")
    planned.execute(
        text("UPDATE contact SET state = 'claimed', claimed_by = 'x', lease_until = :l WHERE id = :id"),
        {"id": row.id, "l": clock.now()},
    )
    refused(planned, row.id, shift.id, "n'attend plus")


def test_a_shift_that_is_over_takes_nothing(planned):
    row, shift = elsewhere(planned, "call")
    with clock.travel(shift.ends_at + timedelta(minutes=1)):
        refused(planned, row.id, shift.id, "terminé")


def test_somebody_of_another_campaign_is_not_asked(planned):
    row, _shift = elsewhere(planned, "call")
    planned.execute(
        text(
            "INSERT INTO mediator (site_id, code, name, languages, travel_mode) SELECT site_id, 'stranger', 'Une autre', '{fr}', 'foot' FROM mediator LIMIT 1"
        )
    )
    day = (MORNING + timedelta(days=1)).date()
    add_shifts(
        planned,
        {"stranger": {"mediator": "stranger", "kind": "call", "day": str(day), "start": "10:00", "end": "13:00"}},
        source="test",
        actor="test",
    )
    stranger = planned.execute(
        text("SELECT s.id FROM shift s JOIN mediator m ON m.id = s.mediator_id WHERE m.code = 'stranger'")
    ).scalar()
    refused(planned, row.id, stranger, "ne travaille pas pour cette campagne")


def test_five_and_six_in_the_evening_are_an_hour_apart_wherever_midnight_is_in_paris():
    zone = ZoneInfo("America/Martinique")
    five, six = (_of_day(datetime(2026, 10, 6, hour, tzinfo=zone).astimezone(clock.PARIS), zone) for hour in (17, 18))
    assert (five, six) == (17 * 60, 18 * 60)
