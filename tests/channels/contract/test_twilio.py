"""The real SDK, through Prism with Twilio's own OpenAPI file, to the peer: both are held to what Twilio published."""

from __future__ import annotations

from datetime import timedelta

import pytest
from twilio.base.exceptions import TwilioRestException

from outreach.channels.twilio.client import Account
from outreach.channels.twilio.sms import DELIVERIES, TwilioSms
from outreach.channels.twilio.voice import OUTCOMES, VOICES, TwilioVoice
from outreach.core import clock
from outreach.core.provider import OPTED_OUT, AmbiguousSendError, Delivery, RefusedSendError, TryLaterError
from outreach.simulation.twilio import ACCOUNT, SENDER, TOKEN, Answer, CallAnswer, Faults, LoopbackProvider
from tests.channels.contract.prism import enum, needs_twilio_file, proxied

pytestmark = [pytest.mark.contract, needs_twilio_file]
PERSON, MEDIATOR, DEAD = "+33639980001", "+33465710001", "+33639980009"
POOL = "MG" + "0" * 32
SAID = "<Response><Say>Bonjour</Say></Response>"
DIALLED = f'<Response><Dial callerId="{SENDER}"><Number>{PERSON}</Number></Dial></Response>'


def told(_to, body):
    return Answer(reply="STOP" if body == "arrêtez" else "merci" if body == "bonjour" else None)


@pytest.fixture(scope="module")
def through(tmp_path_factory):
    """(the peer, the address of the proxy before it)."""
    with (
        LoopbackProvider(told, clock.now, on_call=lambda to: CallAnswer("busy" if to == PERSON else "completed")) as peer,
        proxied(peer.url, tmp_path_factory.mktemp("prism")) as url,
    ):
        yield peer, url


@pytest.fixture
def peer(through):
    """The peer in fair weather."""
    through[0].faults = Faults()
    return through[0]


@pytest.fixture
def sms(through):
    """Our adapter, before the proxy."""
    return TwilioSms(Account(ACCOUNT, TOKEN, through[1]))


@pytest.fixture
def client(through):
    """The SDK itself."""
    return Account(ACCOUNT, TOKEN, through[1]).client()


def test_every_status_of_a_message_in_twilios_file_means_something_to_us():
    assert enum("message_enum_status") == set(DELIVERIES)


def test_every_status_of_a_call_in_twilios_file_means_something_to_us():
    assert enum("call_enum_status") == set(OUTCOMES)


def test_a_message_is_sent_listed_and_read_back(sms, client, peer):
    sent = sms.send(PERSON, "bonjour", sender=SENDER, attempt=1)
    assert sent.delivery is Delivery.UNDERWAY
    assert client.messages(sent.ref).fetch().status == "delivered"
    found = {message.ref: message for message in sms.sent_to(PERSON, clock.now() - timedelta(minutes=5))}
    assert found[sent.ref].delivery is Delivery.DELIVERED
    replies = [message for message in sms.messages_since(clock.now() - timedelta(days=1)) if message.inbound]
    assert [message.body for message in replies] == ["merci"]


def test_a_message_of_a_pool_and_one_with_a_callback(through, sms, peer):
    assert sms.send(PERSON, "par un service", sender=POOL, attempt=1).status == "accepted"
    # Nobody listens there; that the request is right is what counts.
    telling = TwilioSms(Account(ACCOUNT, TOKEN, through[1], "http://127.0.0.1:9"))
    assert telling.send(PERSON, "avec rappel", sender=SENDER, attempt=7).status == "queued"


def test_lists_are_read_page_by_page(client, sms):
    for number in range(5):
        sms.send("+33639980005", f"page {number}", sender=SENDER, attempt=number)
    bodies = [message.body for message in client.messages.stream(to="+33639980005", page_size=2)]
    assert bodies == [f"page {number}" for number in reversed(range(5))]


def test_messages_are_redacted_and_deleted(client, sms):
    ref = sms.send("+33639980006", "secret", sender=SENDER, attempt=1).ref
    assert not client.messages(ref).update(body="").body
    assert client.messages(ref).delete()


def test_our_calls_are_what_twilio_expects(through, client):
    voice = TwilioVoice(Account(ACCOUNT, TOKEN, through[1], "http://127.0.0.1:9"))
    connected = voice.connect(MEDIATOR, PERSON, caller=SENDER, attempt=3)
    assert [leg.to for leg in client.calls.list(parent_call_sid=connected.ref)] == [PERSON]
    for number, language in enumerate(VOICES):
        played = voice.play(MEDIATOR, "Bonjour", language=language, caller=SENDER, attempt=number)
        assert (played.status, client.calls(played.ref).fetch().status) == ("queued", "completed")


@pytest.mark.parametrize("twiml", [SAID, DIALLED])
def test_calls_are_made_listed_and_read_back(client, twiml):
    call = client.calls.create(
        to=MEDIATOR, from_=SENDER, twiml=twiml, status_callback="http://127.0.0.1:9/x", machine_detection="Enable",
        status_callback_event=["initiated", "answered", "completed"],
    )  # fmt: skip
    assert call.status == "queued"
    assert client.calls(call.sid).fetch().status == "completed"
    assert [leg.status for leg in client.calls.list(parent_call_sid=call.sid)] == (["busy"] if twiml == DIALLED else [])


def test_refusals_pass_through(sms, peer):
    peer.faults = Faults(dead=frozenset({DEAD}))
    with pytest.raises(RefusedSendError, match="21211"):
        sms.send(DEAD, "bonjour", sender=SENDER, attempt=1)
    sms.send("+33639980002", "arrêtez", sender=SENDER, attempt=2)
    with pytest.raises(RefusedSendError, match=OPTED_OUT):
        sms.send("+33639980002", "encore", sender=SENDER, attempt=3)


@pytest.mark.parametrize(
    ("fault", "error", "arrives"),
    [
        ("too_many", TryLaterError, 0),
        ("broken_before", AmbiguousSendError, 0),
        ("broken_after", AmbiguousSendError, 1),
        ("lost_before", AmbiguousSendError, 0),
        ("lost_after", AmbiguousSendError, 1),
    ],
)
def test_faults_pass_through(sms, peer, fault, error, arrives):
    before = len(peer.messages)
    peer.faults = Faults(**{fault: 1.0})
    with pytest.raises(error):
        sms.send("+33639980003", "bonsoir", sender=SENDER, attempt=1)
    assert len(peer.messages) - before == arrives


def test_a_wrong_answer_of_the_peer_is_refused(sms, client, peer):
    """The harness bites: otherwise all of the above would prove nothing."""
    ref = sms.send("+33639980004", "bonjour bonjour", sender=SENDER, attempt=1).ref
    kept = peer.store.by_sid[ref]
    for name, wrong in (("status", "banana"), ("sid", "SM1"), ("error_code", "trente")):
        right, kept.shown[name] = kept.shown[name], wrong
        with pytest.raises(TwilioRestException) as refused:
            client.messages(ref).fetch()
        assert refused.value.status == 500
        kept.shown[name] = right
    assert client.messages(ref).fetch().status == "delivered"


def test_a_wrong_request_is_refused(client):
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(to=PERSON, from_=SENDER, body="bonjour", status_callback="pas une adresse")
    assert refused.value.status == 422
