"""Who comes back late changes nothing; what is wrong with us closes nobody's channel; who told the provider to stop told us."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from outreach.channels import outbox
from outreach.channels.attempts import Attempt, Outcome, begin, finish
from outreach.channels.senders import set_sender
from outreach.channels.sms.dispatch import SETTLED, dispatch_sms
from outreach.channels.twilio.client import Account
from outreach.channels.twilio.sms import TwilioSms, as_message
from outreach.core import clock
from outreach.core.provider import OPTED_OUT, Delivery
from outreach.core.words import Channel
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import find_campaign, launch_campaign
from outreach.flows import pipeline
from outreach.simulation.crowd import write_crowd
from outreach.simulation.twilio import ACCOUNT, SENDER, TOKEN, Answer, Faults, LoopbackProvider
from outreach.tracking import heed_opt_outs, object_by_phone, reconcile, resume_by_phone
from tests.opened import in_clear

NOW = clock.at(date(2026, 10, 6), "10:30")
PEOPLE = 30


@pytest.fixture
def ready(database):
    """The campaign, with an SMS due to thirty people."""
    with clock.travel(NOW), database.session() as session:
        folder = read_folder(Path("campaigns/energy-arrears"))
        launch_campaign(session, folder, actor="test")
        loaded = find_campaign(session, folder.campaign.code)
        write_crowd(session, loaded, PEOPLE, Channel.SMS, NOW - timedelta(minutes=5), useful=timedelta(hours=5))
        set_sender(session, Channel.SMS, SENDER, actor="test")
    return loaded


@pytest.fixture
def peer():
    with LoopbackProvider(lambda _to, _body: Answer(), clock.now) as provider:
        yield provider


def sms(peer, token=TOKEN):
    return TwilioSms(Account(ACCOUNT, token, peer.url))


def states(database):
    with database.session() as session:
        return Counter(session.execute(text("SELECT state FROM contact")).scalars())


def one(database, query, **values):
    with database.session() as session:
        return session.execute(in_clear(query), values).scalar()


def test_a_process_that_was_held_up_hands_nothing_over_any_more(database, ready, peer, monkeypatch):
    """As a machine that sleeps for half an hour in the middle of a batch."""
    later = NOW + timedelta(minutes=30)

    class Sleepy(TwilioSms):
        def send(self, recipient, body, *, sender, attempt):
            message = super().send(recipient, body, sender=sender, attempt=attempt)
            monkeypatch.setattr(clock, "now", lambda: later)
            return message

    monkeypatch.setattr(clock, "now", lambda: NOW)
    dispatch_sms(database, ready, Sleepy(Account(ACCOUNT, TOKEN, peer.url)), worker="sleepy")
    monkeypatch.undo()
    assert max(Counter(message["to"] for message in peer.messages).values()) == 1
    assert states(database) == {"sent": PEOPLE}
    with database.session() as session:
        started = Counter(session.execute(text("SELECT started_at FROM attempt")).scalars())
    assert set(started) == {NOW, later}, "the rest was given back and claimed anew, with every rule asked again"
    assert started[NOW] <= 12, "what was on its way when it fell asleep"


@pytest.mark.parametrize("state", ["sent", "failed", "later", "withheld", "unknown"])
def test_what_comes_of_an_old_attempt_settles_nothing_of_a_newer_one(database, ready, state):
    with clock.travel(NOW), database.session() as session:
        [due] = outbox.claim(session, ready, Channel.SMS, size=1, worker="first")
        old, new = (begin(session, [due], ["bonjour"], provider="twilio", sender=SENDER)[0] for _ in range(2))
        assert old.id < new.id
        finish(session, ready, Channel.SMS, [Outcome(old, state)], SETTLED, later=NOW + timedelta(hours=1))
        assert session.execute(text("SELECT state, due_at < :now FROM contact WHERE id = :id"), {"id": due.id, "now": NOW}).one() == (
            "claimed", True,
        )  # fmt: skip
        finish(session, ready, Channel.SMS, [Outcome(Attempt(new.id, due, ""), "withheld")], SETTLED, later=NOW)
        assert session.execute(text("SELECT state FROM contact WHERE id = :id"), {"id": due.id}).scalar() == "planned"


def test_what_was_kept_back_after_its_lease_is_planned_again_not_lost(database, ready):
    with clock.travel(NOW), database.session() as session:
        [due] = outbox.claim(session, ready, Channel.SMS, size=1, worker="first")
        [attempt] = begin(session, [due], ["bonjour"], provider="twilio", sender=SENDER)
    with clock.travel(NOW + timedelta(minutes=6)), database.session() as session:
        outbox.tidy(session, ready.campaign.id)
        assert session.execute(text("SELECT state FROM contact WHERE id = :id"), {"id": due.id}).scalar() == "unknown"
        finish(session, ready, Channel.SMS, [Outcome(attempt, "withheld")], SETTLED, later=NOW)
        assert session.execute(text("SELECT state FROM contact WHERE id = :id"), {"id": due.id}).scalar() == "planned"
        assert session.execute(text("SELECT count(*) FROM attempt")).scalar() == 0


def test_a_wrong_token_fails_nobody_and_is_named(database, ready, peer):
    with clock.travel(NOW):
        result = dispatch_sms(database, ready, sms(peer, "wrong"), worker="test")
    assert set(result.states) == {"later", "withheld"}
    assert set(result.errors) == {"20003"}
    assert states(database) == {"planned": PEOPLE}
    assert one(database, "SELECT used FROM quota_use") == 0
    with clock.travel(NOW + timedelta(minutes=10)):
        assert dispatch_sms(database, ready, sms(peer), worker="test").states["sent"] >= 1, "once it is mended, all goes on"


def test_a_number_that_is_none_fails_that_person_alone(database, ready, peer):
    dead = one(database, "SELECT mobile FROM person ORDER BY id LIMIT 1")
    peer.faults = Faults(dead=frozenset({dead}))
    with clock.travel(NOW):
        assert dispatch_sms(database, ready, sms(peer), worker="test").states == {"sent": PEOPLE - 1, "failed": 1}


def test_who_told_the_provider_to_stop_has_objected_to_everything(database, ready, peer):
    with clock.travel(NOW):
        phone = one(database, "SELECT mobile FROM person ORDER BY id LIMIT 1")
        peer.receive(phone, "STOP")
        done = pipeline.dispatch(database, ready, pipeline.Lines(sms(peer)), Path("unused"), worker="test")
        assert done.sms.states == {"sent": PEOPLE - 1, "failed": 1}
        assert done.sms.errors == {OPTED_OUT: 1}
        assert one(database, "SELECT count(*) FROM \"case\" WHERE status = 'objected'") == 1
        assert one(database, "SELECT count(*) FROM objection WHERE source = 'sms'") == 1
        assert pipeline.dispatch(database, ready, pipeline.Lines(sms(peer)), Path("unused"), worker="test").sms.states == {}
        assert one(database, "SELECT count(*) FROM event WHERE kind = 'objected'") == 1, "and once"


def test_an_old_refusal_does_not_bring_back_what_was_taken_back(database, ready):
    with clock.travel(NOW), database.session() as session:
        [due] = outbox.claim(session, ready, Channel.SMS, size=1, worker="test")
        [attempt] = begin(session, [due], ["bonjour"], provider="twilio", sender=SENDER)
        finish(session, ready, Channel.SMS, [Outcome(attempt, "failed", error=OPTED_OUT)], SETTLED, later=NOW)
        assert heed_opt_outs(session, NOW - timedelta(hours=1)) == 1
    with clock.travel(NOW + timedelta(hours=1)), database.session() as session:
        assert resume_by_phone(session, due.phone, actor="test", occurred_at=clock.now()) == 1
        assert heed_opt_outs(session, NOW - timedelta(hours=1)) == 0
        object_by_phone(session, due.phone, actor="test", occurred_at=clock.now())
        assert heed_opt_outs(session, NOW - timedelta(hours=1)) == 0


def test_a_lost_answer_of_a_message_that_then_failed_tells_its_failure(database, ready, peer):
    peer.faults = Faults(lost_after=1.0, undelivered={30003: 1.0})
    with clock.travel(NOW):
        lost = dispatch_sms(database, ready, sms(peer), worker="test").states["unknown"]
    peer.faults = Faults()
    with clock.travel(NOW + timedelta(minutes=10)):
        assert pipeline.track(database, sms(peer)).reconciled == lost > 0
    assert one(database, "SELECT count(*) FROM contact WHERE state = 'sent' AND disposition = 'undelivered'") == lost
    assert one(database, "SELECT count(*) FROM event WHERE kind = 'undelivered' AND code = '30003'") == lost


def test_a_clock_that_is_wrong_by_minutes_sends_nothing_twice(database, ready, peer):
    peer.faults = Faults(lost_after=1.0)
    peer.now = lambda: NOW - timedelta(minutes=40)
    with clock.travel(NOW):
        lost = dispatch_sms(database, ready, sms(peer), worker="test").states["unknown"]
    with clock.travel(NOW + timedelta(minutes=20)):
        assert reconcile(database, sms(peer)) == lost
    assert states(database)["sent"] == lost


def test_a_word_of_the_list_that_we_do_not_know_and_a_body_that_is_gone_stop_nothing(peer):
    provider = sms(peer)
    provider.send("+33639980001", "bonjour", sender=SENDER, attempt=1)
    [message] = provider._client.messages.list()
    message.status, message.body = "teleported", None
    assert (as_message(message).delivery, as_message(message).body) == (Delivery.UNDERWAY, "")
