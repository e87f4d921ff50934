"""Copies of a database, as tests need them: elsewhere than where they were confirmed, hence confirmed again."""

from __future__ import annotations

from sqlalchemy import create_engine, text

from outreach.core.database import Database, create_database, drop_database

CONFIRM = "INSERT INTO live_copy (place, reason, recorded_at, recorded_by) SELECT outreach_here(), 'test', now(), 'test'"

ALONE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :template"


def copied(cluster, name: str, template: str) -> Database:
    """A copy of ``template`` that may send; one of that name is dropped first.

    Connections of the template that tests before left open are ended: nothing may be connected to what is copied.
    """
    drop_database(cluster, name)
    with create_engine(cluster.url("postgres", "postgres")).connect() as connection:
        connection.execute(text(ALONE), {"template": template})
    create_database(cluster, name, template)
    database = Database(cluster.url(name), cluster.url(name, "outreach_owner"), cluster)
    with database.session() as session:
        session.execute(text(CONFIRM))
    return database
