"""A PostgreSQL of one's own with a launched campaign and a town's lists to come: what tests of whole days begin with."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import text

from outreach.channels.senders import set_sender
from outreach.core import clock
from outreach.core.database import Database, create_database
from outreach.core.embedded import EmbeddedCluster
from outreach.core.words import Channel
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import launch_campaign
from outreach.flows.invariants import all_invariants
from outreach.migrations import run as migrations
from outreach.simulation.town import write_town
from outreach.simulation.twilio import SENDER
from tests.faults.sender import CAMPAIGN

START = date(2026, 10, 5)
NAME = "town"


@dataclass
class Town:
    """A cluster of its own, its database, and where lists come from and letters go."""

    cluster: EmbeddedCluster
    database: Database
    lists: Path
    out: Path

    def broken(self):
        """The invariants that do not hold, with their first faults."""
        with self.database.session() as session:
            return {finding.code: finding.faults[:3] for finding in all_invariants(session) if not finding.holds}

    def count(self, query):
        """One number."""
        with self.database.session() as session:
            return session.execute(text(query)).scalar_one()

    def tally(self, query):
        """Rows of two columns as counts."""
        with self.database.session() as session:
            return Counter(dict(session.execute(text(query)).all()))

    def up_again(self):
        """Start the server if it is down, as the next user would."""
        self.database.dispose()
        if not self.cluster.is_running():
            self.cluster._start()


@contextmanager
def town(home: Path, people, *, cluster_home=None):
    """``people`` in a town whose first list has come; the cluster lies in ``cluster_home``, or beside it."""
    home.mkdir(mode=0o711, parents=True, exist_ok=True)
    write_town(people, 11, home / "town")
    cluster = EmbeddedCluster((cluster_home or home) / "postgres", fsync=True)
    cluster.open()
    create_database(cluster, NAME)
    database = Database(cluster.url(NAME), cluster.url(NAME, "outreach_owner"), cluster)
    migrations.upgrade(database)
    with clock.travel(clock.at(START, "04:00")), database.session() as session:
        launch_campaign(session, read_folder(Path("campaigns") / CAMPAIGN), actor="test", lot=CAMPAIGN)
        set_sender(session, Channel.SMS, SENDER, actor="test")
    try:
        yield Town(cluster, database, home / "town" / "energie", home / "out")
    finally:
        database.dispose()
        cluster.close()
