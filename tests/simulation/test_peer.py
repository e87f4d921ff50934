"""The peer on loopback: it remembers what was sent, calls back as Twilio does, and goes wrong on demand."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from outreach.channels.twilio.client import Account
from outreach.channels.twilio.sms import TwilioSms
from outreach.core import clock
from outreach.core.provider import OPTED_OUT, AmbiguousSendError, RefusedSendError, TryLaterError
from outreach.simulation.twilio import ACCOUNT, SENDER, TOKEN, Answer, CallAnswer, Faults, LoopbackProvider
from outreach.simulation.twilio.messages import STARTS, STOPS
from tests.simulation.listening import listening

PERSON, OTHER, MEDIATOR = "+33639980001", "+33639980002", "+33465710001"
DAY = date(2026, 10, 6)


def arrives(_to, _body):
    return Answer()


def a_peer(answer=arrives, **options):
    return LoopbackProvider(answer, clock.now, **options)


def sms(peer, public_url=None):
    return TwilioSms(Account(ACCOUNT, TOKEN, peer.url, public_url))


def client(peer):
    return Account(ACCOUNT, TOKEN, peer.url).client()


def send_all(provider, count, first=0):
    """Send so many messages; returns what came of each: ``sent`` or the name of the error."""
    found = []
    for number in range(first, first + count):
        try:
            provider.send(PERSON, f"message {number}", sender=SENDER, attempt=number)
        except (AmbiguousSendError, RefusedSendError, TryLaterError) as error:
            found.append(type(error).__name__)
        else:
            found.append("sent")
    return Counter(found)


def test_every_message_has_its_own_sid_and_can_be_read_back():
    with a_peer() as peer:
        provider = sms(peer)
        refs = {provider.send(PERSON, "même texte", sender=SENDER, attempt=number).ref for number in range(5)}
        assert len(refs) == 5
        fetched = client(peer).messages(refs.pop()).fetch()
    assert (fetched.status, fetched.to, fetched.body) == ("delivered", PERSON, "même texte")


def test_messages_are_listed_by_person_sender_and_day_page_by_page():
    with a_peer() as peer:
        for offset in range(3):
            with clock.travel(clock.at(DAY + timedelta(days=offset), "14:30")):
                send_all(sms(peer), 3, first=offset * 3)
                sms(peer).send(OTHER, "autre", sender="+33937000002", attempt=0)
        found = client(peer).messages
        assert [message.body for message in found.list(to=PERSON, page_size=2)] == [f"message {n}" for n in reversed(range(9))]
        assert len(found.list(from_="+33937000002")) == 3
        assert len(found.list(date_sent_after=clock.at(DAY + timedelta(days=1), "00:00"), page_size=3)) == 8
        assert len(found.list(date_sent_before=clock.at(DAY + timedelta(days=1), "12:00"), page_size=3)) == 8
        assert len(found.list(date_sent=DAY)) == 4


def test_pages_do_not_shift_while_messages_arrive():
    with a_peer() as peer:
        provider = sms(peer)
        send_all(provider, 6)
        pages = client(peer).messages.stream(page_size=2)
        begun = [next(pages).body for _number in range(2)]
        send_all(provider, 3, first=6)
        assert [*begun, *(message.body for message in pages)] == [f"message {number}" for number in reversed(range(6))]


def test_a_message_can_be_redacted_or_deleted_and_was_sent_all_the_same():
    with a_peer() as peer:
        ref = sms(peer).send(PERSON, "secret", sender=SENDER, attempt=1).ref
        one = client(peer).messages(ref)
        assert not one.update(body="").body
        assert one.delete()
        with pytest.raises(TwilioRestException) as missing:
            one.fetch()
        assert (missing.value.status, missing.value.code, peer.store.sent) == (404, 20404, {(PERSON, "secret"): 1})


def test_a_stranger_learns_nothing():
    with a_peer() as peer, pytest.raises(TwilioRestException) as refused:
        Account(ACCOUNT, "another token", peer.url).client().messages.create(to=PERSON, from_=SENDER, body="bonjour")
    assert (refused.value.status, refused.value.code) == (401, 20003)


@pytest.mark.parametrize(
    ("fault", "expected", "arrived"),
    [
        ("lost_before", "AmbiguousSendError", 0),
        ("lost_after", "AmbiguousSendError", 20),
        ("broken_before", "AmbiguousSendError", 0),
        ("broken_after", "AmbiguousSendError", 20),
        ("too_many", "TryLaterError", 0),
    ],
)
def test_each_fault_is_what_it_says(fault, expected, arrived):
    with a_peer(faults=Faults(**{fault: 1.0})) as peer:
        assert send_all(sms(peer), 20) == {expected: 20}
        assert len(peer.messages) == arrived


def test_faults_come_at_their_rates_and_the_same_again():
    faults = Faults(seed=4, lost_after=0.1, too_many=0.1)
    outcomes = []
    for _run in range(2):
        with a_peer(faults=faults) as peer:
            outcomes.append(send_all(sms(peer), 300))
            assert len(peer.messages) == 300 - outcomes[-1]["TryLaterError"]
    assert outcomes[0] == outcomes[1]
    assert 15 <= outcomes[0]["AmbiguousSendError"] <= 45
    assert 15 <= outcomes[0]["TryLaterError"] <= 45


def test_the_weather_may_change_and_a_second_try_is_drawn_anew():
    with a_peer(faults=Faults(lost_before=0.5)) as peer:
        first = Faults(lost_before=0.5)
        fates = {first.fate("/x", PERSON, "texte", number) for number in range(20)}
        assert len(fates) == 2
        peer.faults = Faults()
        assert send_all(sms(peer), 10) == {"sent": 10}


@pytest.mark.parametrize("number", ["+33639980009", "0639980001", "pas un numéro"])
def test_a_number_that_is_none_is_refused(number):
    with a_peer(faults=Faults(dead=frozenset({"+33639980009"}))) as peer:
        with pytest.raises(RefusedSendError, match="21211"):
            sms(peer).send(number, "bonjour", sender=SENDER, attempt=1)
        assert peer.messages == []


def test_who_wrote_stop_is_not_written_to_by_that_sender_until_they_write_start():
    with a_peer(lambda _to, body: Answer(reply="Stop " if body == "un" else None)) as peer:
        provider = sms(peer)
        provider.send(PERSON, "un", sender=SENDER, attempt=1)
        with pytest.raises(RefusedSendError, match=OPTED_OUT):
            provider.send(PERSON, "deux", sender=SENDER, attempt=2)
        provider.send(PERSON, "deux", sender="+33937000002", attempt=3)
        provider.send(OTHER, "deux", sender=SENDER, attempt=4)
        peer.receive(PERSON, "start")
        provider.send(PERSON, "trois", sender=SENDER, attempt=5)
        inbound = [message["body"] for message in peer.messages if message["direction"] == "inbound"]
    assert inbound == ["Stop ", "start"]


def test_messages_may_end_undelivered_by_any_code():
    with a_peer(faults=Faults(undelivered={30003: 0.3, 30005: 0.3, 30006: 0.4})) as peer:
        send_all(sms(peer), 60)
        ends = Counter((message["status"], message["error_code"]) for message in peer.messages)
    assert set(ends) == {("undelivered", 30003), ("undelivered", 30005), ("undelivered", 30006)}


def test_a_message_that_waits_has_no_day_of_sending_yet():
    with a_peer(faults=Faults(delay=(60, 60))) as peer:
        sms(peer).send(PERSON, "bonjour", sender=SENDER, attempt=1)
        assert client(peer).messages.list(date_sent_after=clock.now()) == []
        (waiting,) = client(peer).messages.list(to=PERSON)
        assert (waiting.status, waiting.date_sent) == ("queued", None)
        assert peer.pending == 3


def test_the_course_of_a_message_is_called_back_and_signed():
    with listening() as heard, a_peer(lambda _to, _body: Answer("undelivered", 30005)) as peer:
        ref = sms(peer, heard.url).send(PERSON, "bonjour", sender=SENDER, attempt=7).ref
        assert peer.settle()
        assert peer.callbacks == {204: 3}
    forms = heard.forms("/hooks/twilio/status?attempt=7")
    assert sorted((form["MessageStatus"], form.get("ErrorCode")) for form in forms) == sorted(
        [("queued", None), ("sent", None), ("undelivered", "30005")], key=lambda pair: pair[0]
    )
    assert {(form["MessageSid"], form["To"], form["From"], form["AccountSid"]) for form in forms} == {
        (ref, PERSON, SENDER, ACCOUNT)
    }
    validator = RequestValidator(TOKEN)
    assert all(validator.validate(heard.url + path, form, signature) for path, form, signature in heard.posts)
    assert not any(RequestValidator("x").validate(heard.url + path, form, signature) for path, form, signature in heard.posts)


def test_callbacks_may_be_repeated_and_come_in_any_order():
    faults = Faults(repeated=1.0, shuffled=1.0, delay=(0.02, 0.06))
    with listening() as heard, a_peer(faults=faults) as peer:
        send_all(sms(peer, heard.url), 20)
        assert peer.settle()
        assert {message["status"] for message in peer.messages} == {"delivered"}
    courses = {}
    for form in heard.forms():
        courses.setdefault(form["MessageSid"], []).append(form["MessageStatus"])
    assert {tuple(sorted(course)) for course in courses.values()} == {
        ("delivered", "delivered", "queued", "queued", "sent", "sent")
    }
    assert len({tuple(course) for course in courses.values()}) > 3


def test_replies_are_posted_with_what_they_were_taken_for():
    replies = {"a": "STOP", "b": "stop svp", "c": "Yes"}
    with listening() as heard, a_peer(lambda _to, body: Answer(reply=replies[body])) as peer:
        peer.inbound_url = f"{heard.url}/hooks/twilio/message"
        for body in replies:
            sms(peer).send(PERSON, body, sender="+3393700000" + str(ord(body) - 96), attempt=1)
        assert peer.settle()
    forms = sorted(heard.forms("/hooks/twilio/message"), key=lambda form: form["To"])
    assert [(form["Body"], form["From"], form.get("OptOutType"), form["NumMedia"]) for form in forms] == [
        ("STOP", PERSON, "STOP", "0"),
        ("stop svp", PERSON, None, "0"),
        ("Yes", PERSON, "START", "0"),
    ]
    assert not STOPS & STARTS


def test_it_never_calls_back_away_from_this_machine():
    with a_peer() as peer:
        for public_url in ("https://outreach.example.org", "http://192.0.2.1:8600"):
            with pytest.raises(TryLaterError, match="21609"):
                sms(peer, public_url).send(PERSON, "bonjour", sender=SENDER, attempt=1)
        assert peer.messages == []


def test_a_public_address_is_reached_through_its_proxy_and_signed_as_public():
    public = "https://mediation.example.org"
    with listening() as heard, a_peer(proxied={public: heard.url}) as peer:
        sms(peer, public).send(PERSON, "bonjour", sender=SENDER, attempt=1)
        assert peer.settle()
    assert len(heard.posts) == 3
    assert all(RequestValidator(TOKEN).validate(public + path, form, signature) for path, form, signature in heard.posts)


def test_callbacks_are_tried_again_as_their_address_asks():
    with listening() as heard, a_peer() as peer:
        heard.status = 503
        create = client(peer).messages.create
        create(to=PERSON, from_=SENDER, body="une fois", status_callback=f"{heard.url}/once")
        create(to=PERSON, from_=SENDER, body="encore", status_callback=f"{heard.url}/again#rc=2&rp=5xx")
        assert peer.settle()
        assert (len(heard.forms("/once")), len(heard.forms("/again"))) == (3, 9)
        assert peer.callbacks == {503: 6}


def test_nobody_listening_is_counted_not_waited_for():
    with listening() as heard:
        gone = heard.url
    with a_peer() as peer:
        send_all(sms(peer, gone), 5)
        assert peer.settle()
        assert peer.callbacks == {0: 15}


def dialling(public):
    return (
        f'<Response><Dial callerId="{SENDER}" action="{public}/action"><Number statusCallback="{public}/person" '
        f'statusCallbackEvent="initiated ringing answered completed">{PERSON}</Number></Dial></Response>'
    )


EVERY_EVENT = ["initiated", "ringing", "answered", "completed"]


def test_a_call_rings_the_mediator_then_the_person():
    ends = {MEDIATOR: CallAnswer("completed", 20), PERSON: CallAnswer("completed", 90)}
    with listening() as heard, a_peer(on_call=ends.get, faults=Faults(delay=(0.01, 0.02))) as peer:
        call = client(peer).calls.create(
            to=MEDIATOR,
            from_=SENDER,
            twiml=dialling(heard.url),
            status_callback=f"{heard.url}/mediator",
            status_callback_event=EVERY_EVENT,
        )
        assert call.status == "queued"
        assert peer.settle()
        assert client(peer).calls(call.sid).fetch().duration == "110"
        assert [leg.to for leg in client(peer).calls.list(parent_call_sid=call.sid)] == [PERSON]
    first, second = heard.forms("/mediator"), heard.forms("/person")
    course = {"initiated", "ringing", "in-progress", "completed"}
    assert {form["CallStatus"] for form in first} == {form["CallStatus"] for form in second} == course
    assert {form["CallSid"] for form in first} == {form["ParentCallSid"] for form in second} == {call.sid}
    (end,) = (form for form in second if form["CallStatus"] == "completed")
    assert (end["CallDuration"], end["To"], end["From"], end["Direction"]) == ("90", PERSON, SENDER, "outbound-dial")
    assert [form["DialCallStatus"] for form in heard.forms("/action")] == ["completed"]


@pytest.mark.parametrize("end", ["busy", "no-answer", "failed", "canceled"])
def test_a_person_who_is_not_reached(end):
    with listening() as heard, a_peer(on_call=lambda to: CallAnswer(end if to == PERSON else "completed", 10)) as peer:
        client(peer).calls.create(to=MEDIATOR, from_=SENDER, twiml=dialling(heard.url), status_callback=f"{heard.url}/mediator")
        assert peer.settle()
    assert "in-progress" not in {form["CallStatus"] for form in heard.forms("/person")}
    assert [(form["CallStatus"], form["CallDuration"]) for form in heard.forms("/mediator")] == [("completed", "10")]
    assert [form["DialCallStatus"] for form in heard.forms("/action")] == [end]


def test_a_mediator_who_does_not_pick_up_rings_nobody():
    with listening() as heard, a_peer(on_call=lambda _to: CallAnswer("no-answer")) as peer:
        client(peer).calls.create(to=MEDIATOR, from_=SENDER, twiml=dialling(heard.url), status_callback=f"{heard.url}/mediator")
        assert peer.settle()
        assert len(client(peer).calls.list()) == 1
    assert [form["CallStatus"] for form in heard.forms("/mediator")] == ["no-answer"]
    assert heard.forms("/person") == []


@pytest.mark.parametrize(("detection", "told"), [("Enable", "machine_start"), (None, None)])
def test_a_recorded_message_says_who_answered_when_asked(detection, told):
    said = '<Response><Say language="fr-FR">Bonjour, ceci n&apos;est pas un recouvrement.</Say></Response>'
    options = {"machine_detection": detection} if detection else {}
    with listening() as heard, a_peer(on_call=lambda _to: CallAnswer("completed", 12, "machine_start")) as peer:
        client(peer).calls.create(to=PERSON, from_=SENDER, twiml=said, status_callback=f"{heard.url}/person", **options)
        assert peer.settle()
    assert [(form["CallStatus"], form.get("AnsweredBy")) for form in heard.forms("/person")] == [("completed", told)]


def test_the_script_of_a_call_may_be_fetched():
    with listening() as heard, a_peer() as peer:
        heard.status, heard.body = 200, b"<Response><Say>Bonjour</Say></Response>"
        call = client(peer).calls.create(to=PERSON, from_=SENDER, url=f"{heard.url}/script")
        assert peer.settle()
        assert client(peer).calls(call.sid).fetch().status == "completed"
    assert len(heard.forms("/script")) == 1


def test_a_script_that_is_none_is_refused():
    with a_peer() as peer, pytest.raises(TwilioRestException) as refused:
        client(peer).calls.create(to=PERSON, from_=SENDER, twiml="<Response><Dial>")
    assert refused.value.code == 12100


def test_in_a_process_of_its_own_it_tells_what_was_really_sent():
    command = [sys.executable, "-m", "outreach.simulation.twilio", "--faults", '{"lost_after": 1.0}', "--at", "2026-10-06T14:30"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        url = json.loads(process.stdout.readline())["url"]
        provider = TwilioSms(Account(ACCOUNT, TOKEN, url))
        assert send_all(provider, 3) == {"AmbiguousSendError": 3}
        httpx.post(f"{url}/_peer/faults", json={}).raise_for_status()
        assert send_all(provider, 3) == {"sent": 3}
        httpx.post(f"{url}/_peer/reply", json={"from": PERSON, "body": "STOP"}).raise_for_status()
        told = httpx.get(f"{url}/_peer/messages").json()
        listed = list(provider.sent_to(PERSON, clock.at(DAY, "14:00")))
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert (told["sent"], told["most"], len(told["by"])) == (6, 2, 3)
    assert {message.at.date() for message in listed} == {DAY}
    assert len(listed) == 6
