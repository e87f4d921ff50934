"""What every channel keeps: a due contact is done once, whatever fails, and never against a rule."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from outreach.channels.limits import stop_sending
from outreach.channels.outbox import LEASE, tidy
from outreach.channels.twilio.client import Account
from outreach.channels.twilio.sms import TwilioSms
from outreach.core import clock
from outreach.core.live import confirm_live, lock_copy
from outreach.core.words import ContactState
from outreach.definitions.registry import pause_campaign
from outreach.flows import pipeline
from outreach.simulation.twilio import ACCOUNT, TOKEN, Answer, Faults, LoopbackProvider
from outreach.tracking import record_objection
from tests.channels.contract.channels import BY_MACHINE, BY_PHONE, CAMPAIGN, EVERY, NOW, PEOPLE, Clicked, Letters


@pytest.fixture
def channel(request, database, tmp_path):
    """One channel with contacts due, at ``NOW``, before a provider in fair weather."""
    with LoopbackProvider(lambda _to, _body: Answer(), clock.now) as peer, clock.travel(NOW):
        yield request.param(database, peer, tmp_path).launch()


def states(channel):
    return Counter(contact.state for contact in channel.contacts())


def everyone_once(channel):
    return {contact.id: 1 for contact in channel.contacts()}


every_channel = pytest.mark.parametrize("channel", EVERY, indirect=True)
unattended = pytest.mark.parametrize("channel", [*BY_MACHINE, Letters], indirect=True)
by_phone = pytest.mark.parametrize("channel", BY_PHONE, indirect=True)
by_machine = pytest.mark.parametrize("channel", BY_MACHINE, indirect=True)


@every_channel
def test_a_due_contact_is_done_once_and_a_second_run_does_nothing(channel):
    channel.run()
    assert channel.done() == everyone_once(channel)
    assert len(channel.done()) == PEOPLE
    before = states(channel)
    assert "planned" not in before
    assert set(before) <= set(ContactState)
    channel.run("another")
    assert (channel.done(), states(channel)) == (everyone_once(channel), before)


@every_channel
def test_two_workers_do_each_contact_once(channel):
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(channel.run, ("one", "two")))
    # A claim may find a home in the other's hands and put it back for a minute.
    with clock.travel(NOW + timedelta(minutes=2)):
        channel.run()
    assert channel.done() == everyone_once(channel)


@every_channel
def test_an_objection_before_the_claim_prevents_it(channel):
    first, *others = channel.contacts()
    with channel.database.session() as session:
        record_objection(session, first.person_id, source="desk", actor="test", occurred_at=NOW)
    channel.run()
    assert channel.done() == {contact.id: 1 for contact in others}
    assert [contact.state for contact in channel.contacts() if contact.id == first.id] == ["cancelled"]


@every_channel
def test_a_paused_campaign_does_nothing_until_it_goes_on(channel):
    with channel.database.session() as session:
        pause_campaign(session, CAMPAIGN, actor="test")
    channel.run()
    assert (channel.done(), states(channel)) == ({}, {"planned": PEOPLE})
    with channel.database.session() as session:
        pause_campaign(session, CAMPAIGN, actor="test", paused=False)
    channel.run()
    assert channel.done() == everyone_once(channel)


@every_channel
def test_nothing_leaves_while_everything_is_stopped(channel):
    with channel.database.session() as session:
        stop_sending(session, "essai", actor="test")
    channel.run()
    assert (channel.done(), states(channel)) == ({}, {"planned": PEOPLE})


@every_channel
def test_nothing_leaves_from_a_copy_that_nobody_confirmed_and_it_goes_on_once_somebody_did(channel):
    with channel.database.session() as session:
        lock_copy(session, reason="essai", actor="test")
    channel.run()
    assert (channel.done(), states(channel)) == ({}, {"planned": PEOPLE})
    with channel.database.session() as session:
        confirm_live(session, "Nadia", reason="essai", actor="test")
    channel.run()
    assert channel.done() == everyone_once(channel)


@every_channel
def test_what_is_past_its_use_is_not_done(channel):
    with clock.travel(NOW + timedelta(hours=4, minutes=30)):
        with channel.database.session() as session:
            tidy(session, channel.loaded.campaign.id)
        channel.run()
    assert (channel.done(), states(channel)) == ({}, {"cancelled": PEOPLE})


@by_machine
def test_a_refusal_fails_for_good(channel):
    channel.peer.faults = Faults(dead=frozenset(contact.mobile for contact in channel.contacts()))
    channel.run()
    assert states(channel) == {"failed": PEOPLE}
    channel.peer.faults = Faults()
    channel.run()
    assert channel.done() == {}


@by_phone
def test_a_provider_that_asks_for_patience_gets_it(channel):
    channel.peer.faults = Faults(too_many=1.0)
    channel.run()
    assert (channel.done(), states(channel)) == ({}, {"planned": PEOPLE})


@by_machine
@pytest.mark.parametrize("fault", ["lost_after", "broken_after"])
def test_a_lost_answer_never_leads_to_a_second_one(channel, fault):
    channel.peer.faults = Faults(**{fault: 1.0})
    channel.run()
    lost = channel.done()
    assert lost, "some were done, and nobody told us so"
    assert set(lost.values()) == {1}
    channel.peer.faults = Faults()
    for hours in (0, 1):
        with clock.travel(NOW + LEASE + timedelta(minutes=1, hours=hours)):
            with channel.database.session() as session:
                tidy(session, channel.loaded.campaign.id)
            channel.run()
    assert set(channel.done().values()) == {1}


@pytest.mark.parametrize("channel", [BY_MACHINE[0]], indirect=True)
def test_what_was_lost_is_found_again_and_what_never_left_is_sent_once(channel):
    channel.peer.faults = Faults(seed=1, lost_after=0.5, lost_before=0.5)
    channel.run()
    assert states(channel)["unknown"]
    channel.peer.faults = Faults()
    provider = TwilioSms(Account(ACCOUNT, TOKEN, channel.peer.url))
    for minutes in (10, 30, 60, 90):
        with clock.travel(NOW + timedelta(minutes=minutes)):
            pipeline.track(channel.database, provider)
            channel.run()
    assert channel.done() == everyone_once(channel)
    assert states(channel) == {"sent": PEOPLE}


def test_a_click_that_the_provider_refuses_is_said_and_left_to_the_mediator(database, tmp_path):
    with LoopbackProvider(lambda _to, _body: Answer(), clock.now) as peer, clock.travel(NOW):
        channel = Clicked(database, peer, tmp_path).launch()
        peer.faults = Faults(lost_before=1.0)
        channel.run()
        with database.session() as session:
            results = Counter(session.execute(text("SELECT result FROM attempt")).scalars())
    assert results == {"unknown": PEOPLE}
    assert channel.done() == {}
