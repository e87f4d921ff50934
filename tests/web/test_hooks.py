"""Hooks: nothing but what Twilio signed is written, at once, and what was told in any order and number ends the same."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import text
from twilio.request_validator import RequestValidator

from outreach.channels.senders import set_sender
from outreach.channels.sms.dispatch import dispatch_sms
from outreach.channels.twilio.client import Account
from outreach.channels.twilio.sms import TwilioSms
from outreach.core import clock
from outreach.core.database import Database
from outreach.core.errors import DatabaseError
from outreach.core.settings import Settings
from outreach.core.words import Channel
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import find_campaign, launch_campaign
from outreach.models.base import PHONE, SealedData
from outreach.simulation.crowd import write_crowd
from outreach.simulation.twilio import ACCOUNT, SENDER, TOKEN, Answer, Faults, LoopbackProvider
from outreach.tracking import read_notices
from outreach.web.app import create_app
from outreach.web.hooks import FIELDS, LARGEST
from tests.web.server import running

PUBLIC = "https://mediation.example.org"
PERSON = "+33639980001"
NOON = clock.at(date(2026, 10, 6), "14:30")
STATUS, MESSAGE, CALL = "/hooks/twilio/status?attempt=7", "/hooks/twilio/message", "/hooks/twilio/call?attempt=8&leg=person"
DELIVERED = {"MessageSid": "SM" + "1" * 32, "MessageStatus": "delivered", "To": PERSON, "From": SENDER, "AccountSid": ACCOUNT}
SAYS_STOP = {
    "MessageSid": "SM" + "2" * 32,
    "From": PERSON,
    "To": SENDER,
    "Body": "Stop svp 🛑",
    "NumMedia": "0",
    "OptOutType": "STOP",
}
BUSY = {"CallSid": "CA" + "3" * 32, "CallStatus": "busy", "CallDuration": "0", "To": PERSON, "From": SENDER}


def configured(public_url=PUBLIC, token=TOKEN):
    return Settings(public_url=public_url, twilio_auth_token=token)


@pytest.fixture
def web(database):
    """A client of the server whose public address is ``PUBLIC``."""
    with clock.travel(NOON), running(create_app(database, configured())) as client:
        yield client


def signature(path, form, public_url=PUBLIC, token=TOKEN):
    return {"X-Twilio-Signature": RequestValidator(token).compute_signature(public_url + path, form)}


def post(client, path, form, **options):
    return client.post(path, data=form, headers=signature(path, form, **options))


def kept(database):
    with database.session() as session:
        query = "SELECT kind, provider_ref, sender, data FROM provider_notice ORDER BY id"
        return [tuple(row) for row in session.execute(text(query).columns(sender=PHONE, data=SealedData("provider_notice.data")))]


def test_answers_say_what_they_are_and_are_kept_by_nobody(web):
    for answer in (post(web, STATUS, DELIVERED), post(web, MESSAGE, SAYS_STOP), web.post(STATUS, data=DELIVERED)):
        assert (answer.headers["x-content-type-options"], answer.headers["cache-control"]) == ("nosniff", "no-store")
    assert post(web, MESSAGE, SAYS_STOP).headers["content-type"] == "text/xml; charset=utf-8"


def test_what_twilio_tells_is_kept_in_our_words(web, database):
    assert [post(web, path, form).status_code for path, form in ((STATUS, DELIVERED), (CALL, BUSY))] == [204, 204]
    answer = post(web, MESSAGE, SAYS_STOP)
    assert (answer.status_code, answer.text, answer.headers["content-type"]) == (200, "<Response/>", "text/xml; charset=utf-8")
    assert kept(database) == [
        (
            "status", DELIVERED["MessageSid"], None,
            {"attempt": 7, "recipient": PERSON, "status": "delivered", "delivery": "delivered"},
        ),
        ("call", BUSY["CallSid"], None, {"attempt": 8, "leg": "person", "recipient": PERSON, "status": "busy", "seconds": 0}),
        ("message", SAYS_STOP["MessageSid"], PERSON, {"body": "Stop svp 🛑", "recipient": SENDER, "opt_out": "STOP"}),
    ]  # fmt: skip


UNSIGNED = (
    {},
    {"X-Twilio-Signature": ""},
    {"X-Twilio-Signature": "é".encode()},
    signature(STATUS, DELIVERED, token=TOKEN[::-1]),
    signature(STATUS, DELIVERED, public_url="http://127.0.0.1"),
    signature(STATUS.replace("7", "8"), DELIVERED),
    signature(STATUS, DELIVERED | {"MessageStatus": "failed"}),
    signature(STATUS, DELIVERED | {"More": "1"}),
)


def test_what_is_not_signed_is_not_written(web, database):
    assert [web.post(STATUS, data=DELIVERED, headers=headers).status_code for headers in UNSIGNED] == [403] * len(UNSIGNED)
    assert kept(database) == []


def test_a_field_given_twice_is_the_one_that_was_signed(web, database):
    body = "MessageStatus=failed&" + urlencode(DELIVERED)
    headers = signature(STATUS, DELIVERED) | {"Content-Type": "application/x-www-form-urlencoded"}
    assert web.post(STATUS, content=body, headers=headers).status_code == 204
    assert [data["delivery"] for *_rest, data in kept(database)] == ["delivered"]


def test_without_a_token_and_a_public_address_every_hook_refuses(database):
    for public_url, token in ((None, TOKEN), (PUBLIC, None), (None, None)):
        with running(create_app(database, configured(public_url, token))) as client:
            for address in (PUBLIC, str(client.base_url).rstrip("/"), ""):
                assert post(client, STATUS, DELIVERED, public_url=address, token=token or "").status_code == 403
    assert kept(database) == []


def test_the_address_is_the_public_one_whatever_stands_before_us(database):
    for public_url in (PUBLIC, PUBLIC + "/", "https://example.org:8443", "https://example.org/mediation"):
        with running(create_app(database, configured(public_url))) as client:
            headers = signature(STATUS, DELIVERED, public_url=public_url.rstrip("/"))
            odd = {"Host": "elsewhere.example.org", "X-Forwarded-Host": "else.example.org", "X-Forwarded-Proto": "http"}
            assert client.post(STATUS, data=DELIVERED, headers=headers | odd).status_code == 204, public_url


REFUSED = (
    ("GET", STATUS, {}, 405),
    ("PUT", STATUS, {"data": DELIVERED}, 405),
    ("POST", STATUS, {"json": DELIVERED}, 415),
    ("POST", STATUS, {"content": b"x"}, 415),
    ("POST", "/hooks/twilio/other", {"data": DELIVERED}, 404),
    ("POST", "/hooks/twilio/", {"data": DELIVERED}, 404),
    ("POST", STATUS, {"data": DELIVERED | {"Body": "x" * LARGEST}}, 413),
    ("POST", STATUS, {"data": {f"f{number}": "" for number in range(FIELDS + 1)}}, 400),
)


def test_anything_else_is_refused_by_its_name(web, database):
    for method, path, options, status in REFUSED:
        signed = options | ({"headers": signature(path, options["data"])} if "data" in options else {})
        answer = web.request(method, path, **signed)
        assert (answer.status_code, answer.headers.get("allow")) == (status, "POST" if status == 405 else None)
    assert kept(database) == []


def test_a_body_that_does_not_say_its_length_is_cut_at_the_limit(web, database):
    def endless():
        for _part in range(64):
            yield b"a" * 1024

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert web.post(STATUS, content=endless(), headers=headers).status_code == 413
    assert kept(database) == []


def test_a_signed_form_about_nothing_is_refused(web, database):
    assert [post(web, path, {"From": PERSON}).status_code for path in (STATUS, MESSAGE, CALL)] == [400, 400, 400]
    assert kept(database) == []


def test_what_twilio_may_say_one_day_stops_nothing(web, database):
    odd = DELIVERED | {"MessageStatus": "teleported", "ErrorCode": "0", "Price": "cher", "NumSegments": "9" * 30, "Neu": "\x00"}
    assert post(web, "/hooks/twilio/status?attempt=sept", odd).status_code == 204
    assert post(web, MESSAGE, SAYS_STOP | {"Body": "\x00stop\x00"}).status_code == 200
    priced = DELIVERED | {
        "MessageStatus": "undelivered",
        "ErrorCode": "30003",
        "Price": "-0.07980",
        "PriceUnit": "USD",
        "NumSegments": "2",
    }
    assert post(web, STATUS, priced).status_code == 204
    assert [data for *_rest, data in kept(database)] == [
        {"status": "teleported", "delivery": "underway", "recipient": PERSON},
        {"body": "stop", "recipient": SENDER, "opt_out": "STOP"},
        {
            "attempt": 7, "recipient": PERSON, "status": "undelivered", "delivery": "failed", "error": "30003", "segments": 2, "price": "0.07980",
            "price_unit": "USD",
        },
    ]  # fmt: skip


def test_those_that_come_together_are_written_together_and_none_is_lost(web, database):
    barrier = threading.Barrier(16)

    def tell(number):
        form = DELIVERED | {"MessageSid": f"SM{number:032d}"}
        with httpx.Client(base_url=web.base_url) as client:
            barrier.wait()
            return [post(client, STATUS, form).status_code for _time in range(5)]

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(tell, range(16)))
    assert answers == [[204] * 5] * 16
    refs = Counter(ref for _kind, ref, *_rest in kept(database))
    assert set(refs.values()) == {5}
    assert len(refs) == 16
    with database.session() as session:
        transactions = session.execute(text("SELECT count(DISTINCT xmin::text) FROM provider_notice")).scalar_one()
    assert transactions < 80


def test_a_database_that_is_away_is_told_and_nothing_is_said_to_be_written():
    away = Database("postgresql+psycopg2://nobody@127.0.0.1:9/none", "")
    with running(create_app(away, configured())) as client:
        assert post(client, STATUS, DELIVERED).status_code == 503


@pytest.mark.parametrize("fault", [DatabaseError("no key"), FileNotFoundError("secrets.json")])
def test_what_cannot_be_sealed_is_told_at_once(database, monkeypatch, fault):
    from outreach.web import hooks

    real, faults = hooks.append_notices, [fault]

    def sealed(session, notices):
        if faults:
            raise faults.pop()
        real(session, notices)

    monkeypatch.setattr(hooks, "append_notices", sealed)
    with running(create_app(database, configured())) as client:
        began = time.monotonic()
        assert post(client, STATUS, DELIVERED).status_code == 503
        assert time.monotonic() - began < hooks.PATIENCE / 2
        assert post(client, STATUS, DELIVERED).status_code == 204
    assert len(kept(database)) == 1


def test_one_that_the_database_refuses_does_not_take_the_others_with_it(database, monkeypatch):
    from outreach.web import hooks

    real = hooks.append_notices

    def choosy(session, notices):
        if any(notice.ref.endswith("9") for notice in notices):
            session.execute(text("SELECT 1 / 0"))
        real(session, notices)

    monkeypatch.setattr(hooks, "append_notices", choosy)
    monkeypatch.setattr(hooks, "GATHER", 0.3)
    with running(create_app(database, configured())) as client, ThreadPoolExecutor(4) as pool:
        forms = [DELIVERED | {"MessageSid": f"SM{number}"} for number in (1, 2, 9, 3)]
        answers = list(pool.map(lambda form: post(client, STATUS, form).status_code, forms))
    assert answers == [204, 204, 503, 204]
    assert sorted(ref for _kind, ref, *_rest in kept(database)) == ["SM1", "SM2", "SM3"]


@pytest.fixture
def campaign(database):
    """A launched campaign with SMS due to as many people as four words have orders, twice."""
    with clock.travel(NOON), database.session() as session:
        launch_campaign(session, read_folder(Path("campaigns/energy-arrears")), actor="test")
        loaded = find_campaign(session, "energy-arrears")
        write_crowd(session, loaded, 48, Channel.SMS, NOON - timedelta(minutes=1))
        set_sender(session, Channel.SMS, SENDER, actor="test")
    return loaded


ENDS = """
SELECT a.delivery, a.status, a.error, k.state, k.disposition,
       (SELECT array_agg(DISTINCT e.kind ORDER BY e.kind) FROM event e WHERE e.contact_id = k.id)
FROM attempt a JOIN contact k ON k.id = a.contact_id
"""


@pytest.mark.parametrize("bad", ["undelivered", "failed", "partially_delivered"])
def test_statuses_in_any_order_and_number_end_in_the_same_state(web, database, campaign, bad):
    with LoopbackProvider(lambda _to, _body: Answer("sent"), clock.now) as peer:
        sent = dispatch_sms(database, campaign, TwilioSms(Account(ACCOUNT, TOKEN, peer.url)), worker="test")
    assert sent.states == {"sent": 48}
    with database.session() as session:
        attempts = session.execute(text("SELECT id, provider_ref FROM attempt ORDER BY id")).all()
    orders = list(permutations(["queued", "sent", "delivered", bad]))

    def tell(number, attempt):
        with httpx.Client(base_url=web.base_url) as client:
            for word in orders[number % 24]:
                code = {"ErrorCode": "30005"} if word == bad else {}
                form = DELIVERED | {"MessageSid": attempt.provider_ref, "MessageStatus": word} | code
                for _time in range(1 + 2 * (number >= 24)):
                    assert post(client, f"/hooks/twilio/status?attempt={attempt.id}", form).status_code == 204

    with ThreadPoolExecutor(12) as pool:
        telling = [pool.submit(tell, number, attempt) for number, attempt in enumerate(attempts)]
        for told in telling[::8]:
            told.result()
            read_notices(database)
        for told in telling:
            told.result()
    read_notices(database)
    with database.session() as session:
        ends = {tuple(map(str, row)) for row in session.execute(text(ENDS))}
    assert len(ends) == 1
    ((delivery, status, error, state, disposition, _events),) = ends
    assert (delivery, status, error, state, disposition) == ("failed", bad, "30005", "sent", "undelivered")


def test_a_peer_that_repeats_and_shuffles_says_the_same_through_the_hooks(web, database, campaign):
    faults = Faults(seed=2, repeated=0.4, shuffled=0.6, undelivered={30003: 0.3})
    here = str(web.base_url).rstrip("/")
    with LoopbackProvider(lambda _to, _body: Answer(), clock.now, faults=faults, proxied={PUBLIC: here}) as peer:
        dispatch_sms(database, campaign, TwilioSms(Account(ACCOUNT, TOKEN, peer.url, PUBLIC)), worker="test")
        assert peer.settle()
        assert set(peer.callbacks) == {204}
        really = {message["sid"]: message["status"] for message in peer.messages}
    read_notices(database)
    with database.session() as session:
        known = dict(session.execute(text("SELECT provider_ref, status FROM attempt")).all())
    assert known == really
    assert set(really.values()) == {"delivered", "undelivered"}
