"""The server is brought back to just before a mishap, as docs/operations/backup.md says: nothing lost, nothing sent until confirmed."""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from outreach.channels.sms.dispatch import dispatch_sms
from outreach.channels.twilio.client import Account
from outreach.channels.twilio.sms import TwilioSms
from outreach.core import clock
from outreach.core.live import this_copy
from outreach.flows.backups import confirm
from outreach.flows.invariants import all_invariants
from outreach.simulation.twilio import ACCOUNT, TOKEN, Answer, LoopbackProvider
from outreach.tracking import track_provider
from tests.faults.crowds import START, crowd

pytestmark = [pytest.mark.faults]

PEOPLE, BEFORE, LOST = 40, 25, 5
"""Of so many, those written to before the moment that is gone back to, and those after it."""
OF_CROWDS = {"sealed", "next_step"}
"""What a crowd written straight into the tables does not keep."""
AFTERWARDS, LATER = START + timedelta(minutes=30), START + timedelta(hours=2)
ARCHIVE = """
wal_level = replica
archive_mode = on
archive_command = 'test ! -f {wal}/%f && cp %p {wal}/.%f && mv {wal}/.%f {wal}/%f'
archive_timeout = 60
"""
RECOVER = """
restore_command = 'cp {wal}/%f %p'
recovery_target_time = '{moment}'
recovery_target_action = 'promote'
"""


def asked(crowd_, statement):
    """What the server's own administrator is answered."""
    engine = create_engine(crowd_.cluster.url("crowd", "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        found = connection.execute(text(statement))
        answer = found.scalar() if found.returns_rows else None
    engine.dispose()
    return answer


def own(crowd_, *paths):
    """Give folders and what is in them to whoever the server runs as."""
    owner = crowd_.cluster._owner
    for path in paths:
        for one in (path, *path.rglob("*")):
            if owner is not None:
                os.chown(one, owner.pw_uid, owner.pw_gid)


def started(crowd_, wal, base):
    """The server archives its log, and its base is kept: the guide's two halves."""
    for folder in (wal, base):
        folder.mkdir()
    own(crowd_, wal, base)
    with (crowd_.cluster.data / "postgresql.conf").open("a") as written:
        written.write(ARCHIVE.format(wal=wal))
    crowd_.database.dispose()
    crowd_.cluster.stop()
    crowd_.cluster._start()
    kept = ["-D", str(base / "kept"), "-Ft", "-z", "-X", "none", "--checkpoint=fast"]
    crowd_.cluster._run("pg_basebackup", *kept, env=crowd_.cluster.environment("postgres"))


def archived(crowd_, wal):
    """Wait until all that happened lies in the archive."""
    last = asked(crowd_, "SELECT pg_walfile_name(pg_switch_wal())")
    deadline = time.monotonic() + 60
    while not (wal / last).is_file():
        assert time.monotonic() < deadline, "the archive was not filled"
        time.sleep(0.1)


def recovered(crowd_, wal, base, moment):
    """The base unpacked, and what the archive tells until that moment."""
    data = crowd_.cluster.data
    crowd_.database.dispose()
    crowd_.cluster.stop()
    shutil.rmtree(data)
    data.mkdir(mode=0o700)
    shutil.unpack_archive(base / "kept" / "base.tar.gz", data, filter="tar")
    with (data / "postgresql.conf").open("a") as written:
        written.write(RECOVER.format(wal=wal, moment=moment))
    (data / "recovery.signal").touch()
    own(crowd_, data)
    crowd_.cluster._start()
    deadline = time.monotonic() + 60
    while asked(crowd_, "SELECT pg_is_in_recovery()"):
        assert time.monotonic() < deadline, "the server did not come back"
        time.sleep(0.1)


def sent(crowd_, provider, moment):
    """How many texts leave at that moment, which is then tracked."""
    with clock.travel(moment):
        states = dispatch_sms(crowd_.database, crowd_.loaded, provider, worker="test").states
        track_provider(crowd_.database, provider)
    return states["sent"]


def test_a_moment_before_the_mishap_comes_back_whole_and_nobody_gets_a_second_text(tmp_path):
    wal, base, now = tmp_path / "wal", tmp_path / "base", [START]
    with crowd(tmp_path, PEOPLE) as crowd_, LoopbackProvider(lambda _to, _body: Answer(), lambda: now[0]) as peer:
        provider = TwilioSms(Account(ACCOUNT, TOKEN, peer.url))
        for people, due in ((BEFORE, AFTERWARDS), (BEFORE + LOST, LATER)):
            asked(crowd_, f"UPDATE contact SET due_at = '{due.isoformat()}' WHERE id >= (SELECT min(id) FROM contact) + {people}")
        started(crowd_, wal, base)
        assert sent(crowd_, provider, START) == BEFORE
        before = crowd_.states(), crowd_.count("SELECT count(*) FROM event")
        moment = asked(crowd_, "SELECT now()").isoformat()
        time.sleep(1.1)
        now[0] = AFTERWARDS
        assert sent(crowd_, provider, AFTERWARDS) == LOST, "of these the server will know nothing"
        asked(crowd_, "DROP TABLE event, contact CASCADE")
        archived(crowd_, wal)
        recovered(crowd_, wal, base, moment)
        assert (crowd_.states(), crowd_.count("SELECT count(*) FROM event")) == before
        now[0] = LATER
        assert sent(crowd_, provider, LATER) == 0
        with clock.travel(LATER):
            with crowd_.database.session() as session:
                assert "un instant passé" in this_copy(session).why_not
            confirm(crowd_.database, "Nadia", letters_left=None, actor="test")
        for turn in range(3):
            now[0] = LATER + turn * timedelta(minutes=16)
            sent(crowd_, provider, now[0])
        texts = Counter(message["to"] for message in peer.messages)
        assert (len(texts), set(texts.values())) == (PEOPLE, {1})
        assert crowd_.states() == {"sent": PEOPLE}
        with crowd_.database.session() as session:
            broken = {finding.code for finding in all_invariants(session) if not finding.holds}
        assert broken - OF_CROWDS == set(), broken
