"""Workers that race: quotas are never over by one, caps of a household never by a second campaign, the stop button acts."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import text

from outreach.channels import outbox
from outreach.channels.limits import resume_sending, stop_sending
from outreach.channels.sms.dispatch import LANES, dispatch_sms
from outreach.channels.twilio.client import Account
from outreach.channels.twilio.sms import TwilioSms
from outreach.core import clock
from outreach.core.provider import Notice
from outreach.core.words import Channel, NoticeKind
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import find_campaign, launch_campaign, pause_campaign
from outreach.simulation.twilio import ACCOUNT, TOKEN, Answer, Faults, LoopbackProvider
from outreach.tracking import append_notices, read_notices
from tests.faults.crowds import START, crowd
from tests.opened import in_clear

pytestmark = [pytest.mark.faults]
WORKERS = 8


def claims_of(crowd_, worker, size):
    with crowd_.database.session() as session:
        return [due.id for due in outbox.claim(session, crowd_.loaded, Channel.SMS, size=size, worker=worker)]


@pytest.mark.parametrize("quota", [1, 37, 499])
def test_eight_workers_at_the_last_of_a_quota_never_exceed_it(tmp_path, quota):
    with crowd(tmp_path, 600, quota=quota) as crowd_, clock.travel(START), ThreadPoolExecutor(WORKERS) as pool:
        assert len(claims_of(crowd_, "first", quota - 1)) == quota - 1
        barrier = Barrier(WORKERS)

        def race(number):
            barrier.wait()
            return claims_of(crowd_, f"w{number}", 7)

        claimed = [id_ for found in pool.map(race, range(WORKERS)) for id_ in found]
        assert len(claimed) == 1, "the last of the quota is one worker's"
        assert crowd_.count("SELECT used FROM quota_use") == quota
        crowd_.database.dispose()
        assert claims_of(crowd_, "again", 7) == [], "a restart keeps the count"


def test_sixteen_workers_claim_each_contact_once(tmp_path):
    with crowd(tmp_path, 2_000) as crowd_, clock.travel(START), ThreadPoolExecutor(16) as pool:

        def drain(number):
            found = []
            while claimed := claims_of(crowd_, f"w{number}", 50):
                found += claimed
            return found

        ids = [id_ for found in pool.map(drain, range(16)) for id_ in found]
        assert len(ids) == len(set(ids)) == 2_000


@pytest.mark.parametrize("button", ["stop", "pause"])
def test_stop_button_and_pause_act_within_a_second(tmp_path, button):
    """Measured at the provider: nothing arrives later than a second after the button (its own time, not a speed of ours)."""
    faults = Faults(latency=(0.05, 0.05))
    arrivals = []

    def arrive(_to, _body):
        arrivals.append(time.monotonic())
        return Answer()

    with crowd(tmp_path, 1_500) as crowd_, LoopbackProvider(arrive, lambda: START, faults=faults) as peer:
        provider = TwilioSms(Account(ACCOUNT, TOKEN, peer.url))
        result = {}

        def send():
            result.update(dispatch_sms(crowd_.database, crowd_.loaded, provider, worker="test").states)

        with clock.travel(START):
            thread = Thread(target=send)
            thread.start()
            while len(arrivals) < 100:
                time.sleep(0.01)
            with crowd_.database.session() as session:
                if button == "stop":
                    stop_sending(session, "essai", actor="test")
                else:
                    pause_campaign(session, crowd_.loaded.campaign.code, actor="test")
            pressed = time.monotonic()
            thread.join()
            late = [moment - pressed for moment in arrivals if moment > pressed + 1]
            assert late == []
            assert result["withheld"] > 0
            states = crowd_.states()
            assert states["sent"] == len(arrivals) < 1_500
            assert states["claimed"] == states["unknown"] == 0, "what was kept back waits as if never claimed"
            assert crowd_.count("SELECT used FROM quota_use") == states["sent"], "and has not used the quota"
            assert claims_of(crowd_, "another", 5) == []
            with crowd_.database.session() as session:
                if button == "stop":
                    resume_sending(session, actor="test")
                else:
                    pause_campaign(session, crowd_.loaded.campaign.code, actor="test", paused=False)
            again = dispatch_sms(crowd_.database, crowd_.loaded, provider, worker="test").states
            assert states["sent"] + again["sent"] == len(arrivals) == 1_500
            assert max(Counter(message["to"] for message in peer.messages).values()) == 1


def test_a_provider_that_is_down_is_left_alone_and_tried_with_one(tmp_path):
    now = [START]
    with (
        crowd(tmp_path, 300) as crowd_,
        LoopbackProvider(lambda _to, _body: Answer(), lambda: now[0], faults=Faults(broken_before=1.0)) as peer,
    ):
        provider = TwilioSms(Account(ACCOUNT, TOKEN, peer.url))
        with clock.travel(START):
            states = dispatch_sms(crowd_.database, crowd_.loaded, provider, worker="test").states
            assert states["unknown"] < 30, "the breaker keeps the rest here"
            assert dispatch_sms(crowd_.database, crowd_.loaded, provider, worker="test").states == {}
        with clock.travel(START + timedelta(minutes=3)):
            trial = dispatch_sms(crowd_.database, crowd_.loaded, provider, worker="test").states
            assert set(trial) == {"unknown"}
            assert trial["unknown"] <= LANES, "one is tried by each lane, and the breaker stays open"
        peer.faults = Faults()
        now[0] = START + timedelta(minutes=30)
        with clock.travel(now[0]):
            well = dispatch_sms(crowd_.database, crowd_.loaded, provider, worker="test").states
            assert well["sent"] == 300 - states["unknown"] - trial["unknown"]


SECOND_CASES = """
INSERT INTO "case" (campaign_id, version_id, unit, household_id, person_id, site_id, segment, priority, wave, letter_code, status,
                    opened_at, next_at, wait_reason)
SELECT :campaign, :version, unit, household_id, person_id, site_id, segment, priority, wave, letter_code || 'X', status, opened_at,
       next_at, wait_reason FROM "case"
"""
SECOND_CONTACTS = """
INSERT INTO contact (campaign_id, case_id, person_id, step, attempt, channel, language, state, due_at, useful_until)
SELECT c.campaign_id, c.id, c.person_id, k.step, 1, 'sms', 'fr', 'planned', k.due_at, k.useful_until
FROM "case" c JOIN contact k ON k.person_id = c.person_id WHERE c.campaign_id = :campaign
"""


def second_campaign(session):
    """Another campaign for the same homes, under an agreement that allows them one contact in thirty days."""
    folder = read_folder(Path("campaigns/energy-arrears"))
    caps = folder.agreement.caps.model_copy(update={"contacts_in_30_days": 1})
    folder = replace(
        folder,
        campaign=folder.campaign.model_copy(update={"code": "second"}),
        agreement=folder.agreement.model_copy(update={"code": "second", "caps": caps}),
    )
    version = launch_campaign(session, folder, actor="test")
    values = {"campaign": version.campaign_id, "version": version.id}
    session.execute(text(SECOND_CASES), values)
    session.execute(text(SECOND_CONTACTS), values)
    return find_campaign(session, "second")


def test_two_campaigns_that_claim_at_once_do_not_exceed_a_household_s_cap(tmp_path):
    with crowd(tmp_path, 40) as crowd_, clock.travel(START):
        with crowd_.database.session() as session:
            other = second_campaign(session)
        with crowd_.database.session() as first:
            mine = outbox.claim(first, crowd_.loaded, Channel.SMS, size=40, worker="a")
            assert len(mine) == 40
            with crowd_.database.session() as second:
                assert outbox.claim(second, other, Channel.SMS, size=40, worker="b") == []
        with clock.travel(START + timedelta(minutes=2)), crowd_.database.session() as second:
            assert outbox.claim(second, other, Channel.SMS, size=40, worker="b") == []
        assert crowd_.count("SELECT count(*) FROM contact WHERE state = 'cancelled' AND reason = 'budget'") == 40


def test_what_somebody_wrote_holds_back_every_text_until_it_is_read(tmp_path):
    with crowd(tmp_path, 3) as crowd_, clock.travel(START):
        with crowd_.database.session() as session:
            person, phone = session.execute(in_clear("SELECT id, mobile FROM person ORDER BY id LIMIT 1")).one()
            append_notices(session, [Notice("twilio", NoticeKind.MESSAGE, "SM1", phone, {"body": "STOP"})])
        assert len(claims_of(crowd_, "w", 10)) == 2, "before anybody has read it"
        read = read_notices(crowd_.database)
        assert read.replies == {"stop": 1}
        with clock.travel(START + timedelta(minutes=5)):
            assert claims_of(crowd_, "w", 10) == []
        assert crowd_.count(f"SELECT state FROM contact WHERE person_id = {person}") == "cancelled"
