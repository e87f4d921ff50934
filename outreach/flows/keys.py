"""The keys that seal people's words: everything under the key in force, and a change of key of the embedded database."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, make_url, text

from outreach.core import audit, bulk
from outreach.core.database import neighbours
from outreach.core.errors import DatabaseError
from outreach.core.i18n import _
from outreach.core.resealing import reseal
from outreach.core.secrets import configured
from outreach.migrations.state import newest_revision, present_revision
from outreach.models.sealed import sealed_columns

if TYPE_CHECKING:
    from outreach.core.database import Database
    from outreach.core.embedded import EmbeddedCluster

BEFORE = """
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND xact_start <= :changed
               AND backend_type = 'client backend' AND pid NOT IN (:ours, pg_backend_pid()))
"""
PRESENT = "SELECT xact_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
"""The server's own present, by which it says since when others have been at work: no day of ours."""
LONGEST = timedelta(minutes=10)
"""How long work from before the change is waited for: the longest imports take less."""
BETWEEN = 0.2
"""Seconds between two looks."""


def reseal_all(database: Database) -> dict[str, int]:
    """Seal every value that is not sealed by the key in force; returns how many, by column.

    The server's statistics keep frequent values of a column: they are made anew where any was sealed.
    """
    done = reseal(database, sealed_columns())
    changed = sorted({title.partition(".")[0] for title, count in done.items() if count})
    with database.session() as session:
        bulk.analyse(session, *changed)
    return done


def change_key(database: Database, *, actor: str) -> dict[str, int]:
    """Give the embedded database a new key, seal everything under it, then forget those before; returns how many, by column.

    Other databases beside it live with the same keys: the demonstration's, or one for trying things out. They are sealed anew too.

    Cut off in the middle, all keys are known, and the next run goes on. Raises ``DatabaseError`` where the key comes from the
    environment: it is changed there (``docs/operations/keys.md``); where a database beside it is of an earlier version; and when work
    from before the change does not end.
    """
    cluster = database.cluster
    if cluster is None or configured("fields") is not None:
        raise DatabaseError(
            _("cette clé vient de l'environnement"),
            place="OUTREACH_FIELD_KEY",
            mend=_("Mettez l'ancienne dans OUTREACH_FIELD_KEYS_BEFORE, la nouvelle à sa place, puis : outreach db reseal"),
        )
    with _one_at_a_time(cluster), database.session() as session:
        others = _sealed_too(database)
        ours = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        cluster.renew("fields")
        total = Counter[str]()
        for one in (database, *others):
            total.update(_seal_to_the_end(one, ours))
        cluster.adopt({"fields_before": ""})
        audit.record(session, actor, "key.change", "database", {"values": total.total()})
    return dict(total)


@contextmanager
def _one_at_a_time(cluster: EmbeddedCluster) -> Iterator[None]:
    """Hold the keys of a cluster: a second change, of whichever of its databases, would forget what the first is sealing under."""
    # A lock is a database's own: that of all of them is taken in the one that every cluster has.
    engine = create_engine(cluster.url("postgres", "outreach_owner"))
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('field_key'))"))
            yield
    finally:
        engine.dispose()


def _sealed_too(database: Database) -> list[Database]:
    """The databases that live with the same keys and have something sealed. Raises ``DatabaseError`` for one of an earlier version."""
    found = []
    for one in neighbours(database):
        present = present_revision(one)
        one.dispose()
        if present is not None and present != newest_revision():
            name = make_url(one.url).database
            raise DatabaseError(
                _("une autre base vit avec les mêmes clés, et n'est pas à jour : ses mots ne pourraient plus être lus"),
                place=name,
                mend=_(
                    "Mettez-la à jour (outreach --demo db upgrade, pour la démonstration), ou supprimez-la ; puis recommencez."
                ),
            )
        if present is not None:
            found.append(one)
    return found


def _seal_to_the_end(database: Database, ours: int) -> dict[str, int]:
    """Seal a database under the key in force until nothing is left that was under way before; returns how many, by column."""
    total = Counter(reseal_all(database))
    while True:
        _await_work_from_before(database, ours)
        late = reseal_all(database)
        total.update(late)
        # What was under way may also have copied a value from a column not yet sealed anew into one that was.
        if not any(late.values()):
            break
    database.dispose()
    return dict(total)


def _await_work_from_before(database: Database, ours: int) -> None:
    """Wait for the end of what was under way at the change: it may write down what it sealed under the key of before."""
    with database.session() as session:
        changed = session.execute(text(PRESENT)).scalar_one()
    until = time.monotonic() + LONGEST.total_seconds()
    while True:
        with database.session() as session:
            if not session.execute(text(BEFORE), {"changed": changed, "ours": ours}).scalar_one():
                return
        if time.monotonic() > until:
            raise DatabaseError(
                _("un travail d'avant le changement de clé n'est pas fini : l'ancienne clé est gardée"),
                mend=_("Recommencez quand il le sera : outreach db reseal --new-key"),
            )
        time.sleep(BETWEEN)
