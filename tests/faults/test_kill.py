"""Senders and PostgreSQL are killed at any moment: every text reaches the provider at most once, and every row ends."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import text

from outreach.channels import outbox
from outreach.channels.sms.dispatch import BATCH, LANES, dispatch_sms
from outreach.channels.twilio.client import Account
from outreach.channels.twilio.sms import TwilioSms
from outreach.core import clock
from outreach.simulation.twilio import ACCOUNT, TOKEN, Answer, Faults, LoopbackProvider
from outreach.tracking import reconcile
from tests.faults.crowds import START, crowd

pytestmark = [pytest.mark.faults]

CONTACTS, KILLS, POSTGRES_KILLS = 5_000, 20, 2
APART = timedelta(minutes=6)
"""Simulated time between two senders: longer than a lease."""


def start_sender(crowd_, peer, moment):
    """A sender that has found its database, about to send."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.sender", crowd_.database.url, peer.url, moment.isoformat()],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    process.stdout.readline()
    return process


def settle(crowd_, peer, now):
    """What remains is sent and looked up, a quarter of an hour later each time, until nothing waits any more."""
    provider = TwilioSms(Account(ACCOUNT, TOKEN, peer.url))
    for _turn in range(12):
        now[0] += timedelta(minutes=16)
        with clock.travel(now[0]):
            with crowd_.database.session() as session:
                outbox.tidy(session, crowd_.loaded.campaign.id)
            reconcile(crowd_.database, provider)
            dispatch_sms(crowd_.database, crowd_.loaded, provider, worker="last")
        if not set(crowd_.states()) - {"sent", "failed"}:
            return
    raise AssertionError(f"never settled: {crowd_.states()}")


def test_twenty_kills_of_the_sender_and_two_of_postgres_send_nothing_twice(tmp_path):
    draw = random.Random(6)
    now = [START]
    faults = Faults(seed=6, latency=(0.002, 0.02))
    with (
        crowd(tmp_path, CONTACTS) as crowd_,
        LoopbackProvider(lambda _to, _body: Answer(), lambda: now[0], faults=faults) as peer,
    ):
        unknown = 0
        for kill in range(KILLS):
            now[0] = START + kill * APART
            process = start_sender(crowd_, peer, now[0])
            time.sleep(draw.uniform(0.2, 3.5))
            if kill in {KILLS // 3, 2 * KILLS // 3}:
                crowd_.kill_postgres()
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
            with clock.travel(now[0] + APART - timedelta(seconds=1)), crowd_.database.session() as session:
                before = crowd_.count("SELECT count(*) FROM contact WHERE state = 'unknown'")
                outbox.tidy(session, crowd_.loaded.campaign.id)
                session.flush()
                after = session.execute(text("SELECT count(*) FROM contact WHERE state = 'unknown'")).scalar_one()
            unknown += after - before
        assert crowd_.states()["sent"] > CONTACTS // 20, "the senders did send between their deaths"
        now[0] = START + KILLS * APART
        settle(crowd_, peer, now)
        received = Counter(message["to"] for message in peer.messages)
        print(f"unknown {unknown}, states {dict(crowd_.states())}, at the peer {sum(received.values())}")  # noqa: T201  (shown with -s)
        assert max(received.values()) == 1, "each person has one text"
        assert unknown <= (KILLS + POSTGRES_KILLS) * LANES * BATCH
        states = crowd_.states()
        assert states["sent"] == len(received)
        assert states["sent"] + states["failed"] == CONTACTS
        assert crowd_.count("SELECT count(*) FROM attempt WHERE result = 'sent' AND provider_ref IS NULL") == 0
        linked = crowd_.count("SELECT count(DISTINCT provider_ref) FROM attempt WHERE provider_ref IS NOT NULL")
        assert linked == len(received), "every message of the provider belongs to its attempt"


@pytest.mark.parametrize(
    "weather", [{"lost_after": 0.05}, {"lost_after": 0.03, "lost_before": 0.03, "broken_after": 0.02, "too_many": 0.02}]
)
def test_lost_answers_are_found_again_and_nothing_is_sent_twice(tmp_path, weather):
    now = [START]
    with (
        crowd(tmp_path, 2_000) as crowd_,
        LoopbackProvider(lambda _to, _body: Answer(), lambda: now[0], faults=Faults(seed=5, **weather)) as peer,
    ):
        provider = TwilioSms(Account(ACCOUNT, TOKEN, peer.url))
        with clock.travel(START):
            result = dispatch_sms(crowd_.database, crowd_.loaded, provider, worker="test")
        assert result.states["unknown"] > 20
        settle(crowd_, peer, now)
        received = Counter(message["to"] for message in peer.messages)
        assert max(received.values()) == 1
        assert len(received) == crowd_.states()["sent"]
        assert crowd_.count("SELECT count(DISTINCT provider_ref) FROM attempt WHERE provider_ref IS NOT NULL") == len(received)
        if set(weather) == {"lost_after"}:
            assert len(received) == 2_000
