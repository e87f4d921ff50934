"""A provider that is slow, or lies: whatever it says, nobody gets two texts, and what is not known is said."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from threading import Lock

import pytest

from outreach.channels.sms.dispatch import dispatch_sms
from outreach.channels.twilio import client
from outreach.channels.twilio.client import Account
from outreach.channels.twilio.sms import TwilioSms
from outreach.core import clock
from outreach.flows.invariants import all_invariants
from outreach.simulation.twilio import ACCOUNT, TOKEN, Answer, Faults, LoopbackProvider
from outreach.tracking import track_provider
from tests.faults.crowds import START, crowd
from tests.faults.test_kill import settle

pytestmark = [pytest.mark.faults]
PEOPLE = 200


class Liar:
    """A provider that takes every message and says something else."""

    def __init__(self, behind, lie):
        self._behind, self._lie = behind, lie
        self.name, self.is_loopback = behind.name, behind.is_loopback
        self._lock, self._told, self._count = Lock(), [], 0

    def send(self, recipient, body, *, sender, attempt):
        """Send, and answer with a lie one time in five."""
        said = self._behind.send(recipient, body, sender=sender, attempt=attempt)
        with self._lock:
            self._count += 1
            if self._count % 5 == 0 and self._told:
                said = self._lie(said, self._told[-1])
            self._told.append(said)
        return said

    def sent_to(self, recipient, since):
        """The truth: its list is right."""
        return self._behind.sent_to(recipient, since)

    def messages_since(self, since):
        """The truth."""
        return self._behind.messages_since(since)


LIES = {
    "another's number": lambda said, before: replace(said, ref=before.ref),
    "a number that never was": lambda said, _before: replace(said, ref="SM" + f"{abs(hash(said.ref)):032x}"[-32:]),
    "that it failed": lambda said, _before: replace(said, status="failed"),
    "nonsense": lambda said, _before: replace(said, status="banana", segments=0),
}


# The first two lies are about what we keep; the others are found out by receipts, and take their time.
FIRST = 2


@pytest.mark.parametrize("lie", [*list(LIES)[:FIRST], *(pytest.param(lie, marks=pytest.mark.slow) for lie in list(LIES)[FIRST:])])
def test_what_a_provider_makes_up_makes_no_second_text(tmp_path, lie):
    now = [START]
    with crowd(tmp_path, PEOPLE) as crowd_, LoopbackProvider(lambda _to, _body: Answer(), lambda: now[0]) as peer:
        liar = Liar(TwilioSms(Account(ACCOUNT, TOKEN, peer.url)), LIES[lie])
        for _turn in range(4):
            with clock.travel(now[0]):
                dispatch_sms(crowd_.database, crowd_.loaded, liar, worker="test")
                track_provider(crowd_.database, liar)
            now[0] += timedelta(minutes=16)
        settle(crowd_, peer, now)
        received = Counter(message["to"] for message in peer.messages)
        assert max(received.values()) == 1
        assert len(received) == PEOPLE
        assert set(crowd_.states()) <= {"sent", "failed"}
        broken = broken_of(crowd_)
        assert broken - {"sealed", "next_step"} == set(), broken


def test_a_provider_that_answers_too_late_is_asked_what_it_took(tmp_path, monkeypatch):
    """Half of its answers come after we stopped waiting: those messages left all the same."""
    monkeypatch.setattr(client, "TIMEOUT", 0.25)
    now = [START]
    slow = Faults(seed=3, latency=(0.0, 0.5))
    with crowd(tmp_path, PEOPLE) as crowd_, LoopbackProvider(lambda _to, _body: Answer(), lambda: now[0], faults=slow) as peer:
        provider, unknown = TwilioSms(Account(ACCOUNT, TOKEN, peer.url)), 0
        for _turn in range(40):
            with clock.travel(now[0]):
                unknown += dispatch_sms(crowd_.database, crowd_.loaded, provider, worker="test").states["unknown"]
            now[0] += timedelta(minutes=1)
        assert unknown > PEOPLE // 20
        peer.faults = Faults()
        settle(crowd_, peer, now)
        received = Counter(message["to"] for message in peer.messages)
        assert max(received.values()) == 1
        assert len(received) == crowd_.states()["sent"]


def broken_of(crowd_):
    with crowd_.database.session() as session:
        return {finding.code for finding in all_invariants(session) if not finding.holds}
