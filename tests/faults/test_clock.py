"""Clocks that jump, and the two nights of the year on which the hour is changed: nothing out of hours, nothing twice."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import text

from outreach.channels import outbox
from outreach.channels.sms.dispatch import dispatch_sms
from outreach.channels.twilio.client import Account
from outreach.channels.twilio.sms import TwilioSms
from outreach.core import clock
from outreach.core.words import Channel
from outreach.policy.windows import openings
from outreach.simulation.twilio import ACCOUNT, TOKEN, Answer, Faults, LoopbackProvider
from outreach.tracking import reconcile
from tests.faults.crowds import START, crowd
from tests.faults.test_kill import settle

pytestmark = [pytest.mark.faults]
PEOPLE = 240
AUTUMN, SPRING = date(2026, 10, 25), date(2027, 3, 28)
"""Sundays on which Paris has an hour twice, and an hour less."""
JUMPS = [
    timedelta(minutes=-90),
    timedelta(minutes=20),
    *(pytest.param(jump, marks=pytest.mark.slow) for jump in (timedelta(days=1), timedelta(days=-400))),
]


def provider(peer):
    return TwilioSms(Account(ACCOUNT, TOKEN, peer.url))


def hours_of(night):
    """From Saturday noon to Monday noon by the machine's clock: every hour, and every ten minutes of the night."""
    noon = datetime.combine(night - timedelta(days=1), datetime.min.time(), UTC) + timedelta(hours=11)
    minutes = sorted({*range(0, 48 * 60, 60), *range(12 * 60, 16 * 60, 10)})
    return noon, [noon + timedelta(minutes=minute) for minute in minutes]


@pytest.mark.parametrize("night", [AUTUMN, SPRING], ids=["autumn", "spring"])
def test_through_the_night_of_the_hours_change_nothing_leaves_out_of_hours(tmp_path, night):
    """The hours are those of the people, however the machine counts."""
    noon, moments = hours_of(night)
    now, left = [noon], []

    def arrive(_to, _body):
        left.append(now[0])
        return Answer()

    with crowd(tmp_path, 48) as crowd_, LoopbackProvider(arrive, lambda: now[0]) as peer:
        spread = "UPDATE contact SET due_at = :due + id % 48 * interval '1 hour', useful_until = :due + interval '4 days'"
        with crowd_.database.session() as session:
            session.execute(text(spread), {"due": noon})
        for moment in moments:
            now[0] = moment
            with clock.travel(moment):
                with crowd_.database.session() as session:
                    outbox.tidy(session, crowd_.loaded.campaign.id)
                dispatch_sms(crowd_.database, crowd_.loaded, provider(peer), worker="test")
        # The Monday after the spring night is Easter's.
        assert len(left) > (24 if night == AUTUMN else 4), "those of Saturday, and on Monday those of Sunday"
        for moment in left:
            day = moment.astimezone(clock.PARIS).date()
            assert any(start <= moment < end for start, end in openings(Channel.SMS, day)), moment
            assert day != night, "it is a Sunday"
        assert max(Counter(message["to"] for message in peer.messages).values()) == 1


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_clock_that_jumps_in_the_middle_of_a_batch_sends_nothing_twice(tmp_path, jump):
    now = [START]
    faults = Faults(latency=(0.01, 0.02))
    with crowd(tmp_path, PEOPLE) as crowd_, LoopbackProvider(lambda _to, _body: Answer(), lambda: now[0], faults=faults) as peer:

        def send():
            dispatch_sms(crowd_.database, crowd_.loaded, provider(peer), worker="test")

        with clock.travel(START):
            thread = Thread(target=send)
            thread.start()
            while len(peer.messages) < PEOPLE // 4:
                pass
            now[0] = START + jump
            with clock.travel(now[0]):
                with crowd_.database.session() as session:
                    outbox.tidy(session, crowd_.loaded.campaign.id)
                thread.join()
                dispatch_sms(crowd_.database, crowd_.loaded, provider(peer), worker="another")
                reconcile(crowd_.database, provider(peer))
        # Then it is set right, and everybody has one text.
        now[0] = START + timedelta(minutes=30)
        settle(crowd_, peer, now)
        received = Counter(message["to"] for message in peer.messages)
        assert max(received.values()) == 1
        assert len(received) == crowd_.states()["sent"] == PEOPLE
