"""A PostgreSQL of one's own, that may be killed, with a crowd of which every SMS is due."""

from __future__ import annotations

import os
import signal
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import text

from outreach.channels.senders import set_sender
from outreach.core import clock
from outreach.core.database import Database, create_database
from outreach.core.embedded import EmbeddedCluster
from outreach.core.words import Channel
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import find_campaign, launch_campaign
from outreach.migrations import run as migrations
from outreach.simulation.crowd import write_crowd
from outreach.simulation.twilio import SENDER

DAY = date(2026, 10, 6)
START = clock.at(DAY, "10:00")
NAME = "crowd"


@dataclass
class Crowd:
    """A cluster of its own, its database and the campaign in it."""

    cluster: EmbeddedCluster
    database: Database
    loaded: object

    def kill_postgres(self):
        """SIGKILL to the server we started, by its own number; then up again."""
        number = int((self.cluster.data / "postmaster.pid").read_text().splitlines()[0])
        os.kill(number, signal.SIGKILL)
        self.database.dispose()
        while self.cluster.is_running():
            pass
        self.cluster._start()

    def states(self):
        """Contacts by state."""
        with self.database.session() as session:
            return Counter(session.execute(text("SELECT state FROM contact")).scalars())

    def count(self, query):
        """One number."""
        with self.database.session() as session:
            return session.execute(text(query)).scalar_one()


@contextmanager
def crowd(home: Path, count, *, quota=100_000, per_second=None):
    """``count`` people with an SMS due at ``START``, useful for the whole day."""
    home.chmod(0o711)
    for folder in home.parents:
        if not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)
    cluster = EmbeddedCluster(home / "postgres", fsync=True)
    cluster.open()
    create_database(cluster, NAME)
    database = Database(cluster.url(NAME), cluster.url(NAME, "outreach_owner"), cluster)
    migrations.upgrade(database)
    folder = read_folder(Path("campaigns/energy-arrears"))
    folder.agreement.quotas[Channel.SMS] = quota
    with clock.travel(START), database.session() as session:
        launch_campaign(session, folder, actor="test")
        loaded = find_campaign(session, folder.campaign.code)
        write_crowd(session, loaded, count, Channel.SMS, START, useful=timedelta(hours=9))
        set_sender(session, Channel.SMS, SENDER, actor="test", per_second=per_second)
    try:
        yield Crowd(cluster, database, loaded)
    finally:
        database.dispose()
        cluster.close()
