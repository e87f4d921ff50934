"""Replies: a STOP stops everything, a START takes back what an SMS did and no more, the unclear waits for a mediator."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from outreach.core.errors import OutreachError
from outreach.core.marks import mark
from outreach.core.words import EventKind
from outreach.policy.replies import Meaning
from outreach.tracking import NewEvent, append_events, object_by_phone, record_objection, replies_to_read, settle_reply
from outreach.tracking.replies import Reply, receive
from tests.opened import in_clear, phone


@pytest.fixture
def texted(undone):
    """Somebody who was sent an SMS and whose case is open: person, phone, case, when."""
    return undone.execute(
        in_clear(
            "SELECT p.id AS person, a.address AS phone, k.case_id, k.id AS contact, a.started_at AS at FROM attempt a"
            ' JOIN contact k ON k.id = a.contact_id JOIN person p ON p.id = k.person_id JOIN "case" c ON c.id = k.case_id'
            " WHERE k.state = 'sent' AND k.channel = 'sms' AND c.closed_at IS NULL AND p.mobile_mark = a.address_mark AND c.status = 'solicited'"
            " ORDER BY a.id DESC LIMIT 1"
        )
    ).one()


def write(session, texted, body, minutes=5, ref=None, **options):
    reply = Reply("twilio", ref or f"SM{body}{minutes}", texted.phone, body, texted.at + timedelta(minutes=minutes), **options)
    return receive(session, reply)


def status(session, texted):
    return session.execute(text('SELECT status FROM "case" WHERE id = :id'), {"id": texted.case_id}).scalar()


def stands(session, phone):
    query = text("SELECT count(*) FROM objection WHERE mark = :mark AND lifted_at IS NULL")
    return session.execute(query, {"mark": mark(phone)}).scalar() > 0


def test_a_stop_closes_and_a_start_opens_again(undone, texted):
    assert write(undone, texted, "STOP") is Meaning.STOP
    assert status(undone, texted) == "objected"
    assert stands(undone, texted.phone)
    assert write(undone, texted, "anything", 10, opt_out="START") is Meaning.START
    assert status(undone, texted) == "solicited"
    assert not stands(undone, texted.phone)
    case = undone.execute(text('SELECT next_at, wait_reason FROM "case" WHERE id = :id'), {"id": texted.case_id}).one()
    assert case.next_at is not None
    assert case.wait_reason == "to_plan"
    assert write(undone, texted, "stop svp", 20) is Meaning.STOP, "and once more"
    assert status(undone, texted) == "objected"


def test_a_start_frees_every_phone_that_the_stop_stopped(undone, texted):
    undone.execute(
        text("UPDATE person SET fixed = :fixed, fixed_mark = :fixed_mark WHERE id = :id"),
        {"id": texted.person} | phone("+33465719999", "fixed"),
    )
    write(undone, texted, "STOP")
    assert stands(undone, "+33465719999")
    write(undone, texted, "START", 10, opt_out="START")
    assert status(undone, texted) == "solicited"
    assert not stands(undone, "+33465719999")


def test_a_start_frees_whoever_got_the_phone_since_the_stop(undone, texted):
    """A list brought the phone after the STOP: the case was closed by its mark, not by what its person said."""
    other = "+33639980042"
    object_by_phone(undone, other, actor="test", occurred_at=texted.at)
    values = {"id": texted.person} | phone(other, "mobile")
    undone.execute(text("UPDATE person SET mobile = :mobile, mobile_mark = :mobile_mark WHERE id = :id"), values)
    record = NewEvent(texted.case_id, EventKind.OBJECTED, "mark", texted.at, "test", "sms")
    append_events(undone, [record])
    assert status(undone, texted) == "objected"
    again = Reply("twilio", "SMagain", other, "START", texted.at + timedelta(minutes=5), opt_out="START")
    assert receive(undone, again) is Meaning.START
    assert status(undone, texted) == "solicited"
    assert not stands(undone, other)


def test_a_start_takes_nothing_back_that_was_said_otherwise(undone, texted):
    record_objection(undone, texted.person, source="door", actor="test", occurred_at=texted.at)
    write(undone, texted, "STOP")
    write(undone, texted, "START", 10, opt_out="START")
    assert status(undone, texted) == "objected"
    assert stands(undone, texted.phone)


def test_the_same_message_twice_is_one(undone, texted):
    assert write(undone, texted, "STOP", ref="SM1") is Meaning.STOP
    assert write(undone, texted, "STOP", ref="SM1") is None
    assert undone.execute(text("SELECT count(*) FROM objection WHERE person_id = :id AND source = 'sms' AND mark = :mark"), {
        "id": texted.person, "mark": mark(texted.phone)
    }).scalar() == 1  # fmt: skip


def test_a_stop_of_a_phone_that_nobody_has_is_kept_for_the_list_that_brings_it(undone):
    assert (
        object_by_phone(
            undone,
            "+33639989999",
            actor="test",
            occurred_at=undone.execute(text("SELECT max(done_at) FROM contact")).scalar(),
        )
        == 0
    )
    assert stands(undone, "+33639989999")


def test_a_wrong_number_is_no_meeting_and_ends_calls_and_texts_to_it(undone, texted):
    assert write(undone, texted, "faux numéro") is Meaning.WRONG_NUMBER
    assert status(undone, texted) == "solicited"
    assert (
        undone.execute(text("SELECT disposition FROM contact WHERE id = :id"), {"id": texted.contact}).scalar() == "wrong_number"
    )


def test_who_asks_to_be_called_is_promised_a_call(undone, texted):
    assert write(undone, texted, "rappelez moi") is Meaning.CALL_BACK
    assert status(undone, texted) == "reached"
    assert (
        undone.execute(
            text("SELECT count(*) FROM appointment WHERE case_id = :id AND state = 'open'"), {"id": texted.case_id}
        ).scalar()
        == 1
    )


def test_what_comes_from_no_phone_stops_none_and_waits_for_a_mediator(undone, texted):
    marks = undone.execute(text("SELECT count(*) FROM objection")).scalar_one()
    assert receive(undone, Reply("twilio", "IN-nobody", "", "STOP", texted.at + timedelta(minutes=5))) is Meaning.UNCLEAR
    number = undone.execute(text("SELECT id FROM inbound_message WHERE provider_ref = 'IN-nobody'")).scalar_one()
    with pytest.raises(OutreachError, match="ne dit pas de quel téléphone"):
        settle_reply(undone, number, Meaning.STOP, actor="mediator")
    assert undone.execute(text("SELECT count(*) FROM objection")).scalar_one() == marks


def test_the_unclear_waits_for_a_mediator_whose_word_counts_as_understood(undone, texted):
    assert write(undone, texted, "vous etes qui ?") is Meaning.UNCLEAR
    [waiting] = [one for one in replies_to_read(undone) if one["case_id"] == texted.case_id]
    assert waiting["body"] == "vous etes qui ?"
    settle_reply(undone, waiting["id"], Meaning.STOP, actor="mediator")
    assert status(undone, texted) == "objected"
    with pytest.raises(OutreachError, match="n'attend pas"):
        settle_reply(undone, waiting["id"], Meaning.PAID, actor="mediator")
