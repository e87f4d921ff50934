"""A database of one's own with a launched campaign and a crowd of which every SMS is due."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

DAY = date(2026, 10, 6)
MOMENT = "14:30"
SENDER = "+33937000001"


@contextmanager
def staged(home: Path, name: str, count: int, *, quota: int = 1_000_000) -> Iterator[tuple[Any, Any]]:
    """(database, loaded campaign), dropped at the end. Call it within ``clock.travel`` of the moment of sending."""
    from sqlalchemy import text

    from outreach.channels.senders import set_sender
    from outreach.core import clock
    from outreach.core.database import drop_database, open_database
    from outreach.core.settings import settings
    from outreach.core.words import Channel
    from outreach.definitions.loader import read_folder
    from outreach.definitions.registry import find_campaign, launch_campaign
    from outreach.migrations import run as migrations
    from outreach.simulation.crowd import write_crowd

    os.environ["OUTREACH_HOME"] = str(home)
    # Settings are read once a process, and another part may have had a home of its own.
    settings.cache_clear()
    database = open_database(name)
    migrations.upgrade(database)
    folder = read_folder(Path("campaigns/energy-arrears"))
    folder.agreement.quotas[Channel.SMS] = quota
    with database.session() as session:
        launch_campaign(session, folder, actor="bench")
        loaded = find_campaign(session, folder.campaign.code)
        write_crowd(session, loaded, count, Channel.SMS, clock.now() - timedelta(minutes=1))
        set_sender(session, Channel.SMS, SENDER, actor="bench")
        session.execute(text("UPDATE contact SET due_at = due_at + id % 997 * interval '1 millisecond'"))
    yield database, loaded
    database.dispose()
    if database.cluster:
        drop_database(database.cluster, name)
        atexit.unregister(database.cluster.close)
        database.cluster.close()
