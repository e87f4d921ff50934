"""Copies of a database, as tests need them: elsewhere than where they were confirmed, hence confirmed again."""

from __future__ import annotations

from sqlalchemy import text

from outreach.core.database import Database, create_database, drop_database

CONFIRM = "INSERT INTO live_copy (place, reason, recorded_at, recorded_by) SELECT outreach_here(), 'test', now(), 'test'"


def copied(cluster, name: str, template: str) -> Database:
    """A copy of ``template`` that may send; one of that name is dropped first."""
    drop_database(cluster, name)
    create_database(cluster, name, template)
    database = Database(cluster.url(name), cluster.url(name, "outreach_owner"), cluster)
    with database.session() as session:
        session.execute(text(CONFIRM))
    return database
