"""The Prefect server is away for a minute, or a flow's process dies: PostgreSQL remembers, nobody gets two texts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from sqlalchemy import text

from outreach.simulation.twilio import ACCOUNT, TOKEN, Answer, Faults, LoopbackProvider
from tests.faults.crowds import START, crowd
from tests.faults.test_kill import settle
from tests.flows.server import free_port, running_server, server_environment

pytestmark = [pytest.mark.faults, pytest.mark.slow]
PEOPLE, AWAY = 1_500, 60.0
SPENT = "SELECT count(*) FROM attempt"


def run_flow(crowd_, peer, api, home):
    """The flow, once it is ready."""
    environment = server_environment(home) | {
        "PREFECT_API_URL": api, "PREFECT_CLIENT_MAX_RETRIES": "10", "OUTREACH_DATABASE_URL": crowd_.database.url,
        "OUTREACH_DATABASE_OWNER_URL": crowd_.database.owner_url, "OUTREACH_TWILIO_ACCOUNT_SID": ACCOUNT,
        "OUTREACH_TWILIO_AUTH_TOKEN": TOKEN, "OUTREACH_TWILIO_API_URL": peer.url, "OUTREACH_OUTPUT": str(home),
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.flow_run", START.isoformat()],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdout.readline()
    return process


def until_it_sends(crowd_):
    while crowd_.count(SPENT) < PEOPLE // 20:
        time.sleep(0.05)


def test_a_server_that_is_away_for_a_minute_is_not_missed(tmp_path):
    now, port = [START], free_port()
    slow = Faults(latency=(0.3, 0.5))
    with crowd(tmp_path, PEOPLE) as crowd_, LoopbackProvider(lambda _to, _body: Answer(), lambda: now[0], faults=slow) as peer:
        with running_server(tmp_path / "prefect", port) as api:
            process = run_flow(crowd_, peer, api, tmp_path / "client")
            until_it_sends(crowd_)
        time.sleep(AWAY)
        with running_server(tmp_path / "prefect", port):
            _out, said = process.communicate(timeout=240)
        assert process.returncode == 0, said[-2000:]
        received = Counter(message["to"] for message in peer.messages)
        assert max(received.values()) == 1
        assert len(received) == crowd_.states()["sent"] == PEOPLE


def test_a_flow_that_is_killed_is_followed_by_another(tmp_path):
    now = [START]
    with (
        crowd(tmp_path, PEOPLE) as crowd_,
        LoopbackProvider(lambda _to, _body: Answer(), lambda: now[0], faults=Faults(latency=(0.05, 0.1))) as peer,
        running_server(tmp_path / "prefect") as api,
    ):
        process = run_flow(crowd_, peer, api, tmp_path / "client")
        until_it_sends(crowd_)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        with crowd_.database.session() as session:
            session.execute(
                text("UPDATE contact SET lease_until = :start WHERE state = 'claimed'"), {"start": START.replace(hour=9)}
            )
        again = run_flow(crowd_, peer, api, tmp_path / "client")
        _out, said = again.communicate(timeout=240)
        assert again.returncode == 0, said[-2000:]
        settle(crowd_, peer, now)
        received = Counter(message["to"] for message in peer.messages)
        assert max(received.values()) == 1
        assert len(received) == crowd_.states()["sent"] == PEOPLE
