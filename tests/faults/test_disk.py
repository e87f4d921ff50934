"""The disk of the database fills up in the middle of the work: what was done stays, nothing is half done, and it goes on with room again."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from outreach.channels import outbox
from outreach.channels.sms.dispatch import dispatch_sms
from outreach.channels.twilio.client import Account
from outreach.channels.twilio.sms import TwilioSms
from outreach.core import clock
from outreach.simulation.twilio import ACCOUNT, TOKEN, Answer, LoopbackProvider
from tests.faults.crowds import START, crowd
from tests.faults.test_kill import settle

pytestmark = [pytest.mark.faults]
SIZE, PEOPLE = "320m", 3_000
GROW = "CREATE TABLE IF NOT EXISTS ballast AS SELECT repeat(md5(i::text), 30) AS words FROM generate_series(1, 400000) i"


@pytest.fixture
def small_disk(tmp_path):
    """A disk of its own of ``SIZE``; where none may be mounted the test cannot be made."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=711", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.decode().strip()}")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(disk: Path, leave: int) -> Path:
    """A file that leaves so many bytes."""
    ballast = disk / "ballast"
    room = os.statvfs(disk)
    with ballast.open("wb") as out:
        os.posix_fallocate(out.fileno(), 0, room.f_bavail * room.f_frsize - leave)
    return ballast


def test_a_full_disk_stops_the_work_and_loses_nothing(small_disk):
    now = [START]
    with crowd(small_disk, PEOPLE) as crowd_, LoopbackProvider(lambda _to, _body: Answer(), lambda: now[0]) as peer:
        provider = TwilioSms(Account(ACCOUNT, TOKEN, peer.url))
        ballast = fill(small_disk, leave=200_000)
        with clock.travel(START), pytest.raises(SQLAlchemyError):
            for _turn in range(20):
                dispatch_sms(crowd_.database, crowd_.loaded, provider, worker="test")
                with crowd_.database.engine.begin() as connection:
                    connection.exec_driver_sql(GROW)
        ballast.unlink()
        crowd_.database.dispose()
        # Without room for its journal the server ends itself; whoever comes next starts it.
        if not crowd_.cluster.is_running():
            crowd_.cluster._start()
        with clock.travel(START), crowd_.database.session() as session:
            outbox.tidy(session, crowd_.loaded.campaign.id)
        settle(crowd_, peer, now)
        received = Counter(message["to"] for message in peer.messages)
        assert max(received.values()) == 1
        assert len(received) == crowd_.states()["sent"] == PEOPLE
