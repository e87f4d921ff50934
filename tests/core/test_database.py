"""The transaction boundary and the embedded cluster."""

from __future__ import annotations

import shutil
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from outreach.core import clock
from outreach.core.database import Database, create_database, drop_database
from outreach.core.embedded import EmbeddedCluster
from outreach.models import AuditEntry


def entry(action: str) -> AuditEntry:
    return AuditEntry(at=clock.now(), actor="test", action=action, subject="nothing", data={})


def test_a_block_that_ends_well_is_committed(database):
    with database.session() as session:
        session.add(entry("kept"))
    with database.session() as session:
        assert session.query(AuditEntry).count() == 1


def test_a_block_that_raises_leaves_nothing(database):
    with pytest.raises(RuntimeError), database.session() as session:
        session.add(entry("lost"))
        session.flush()
        raise RuntimeError
    with database.session() as session:
        assert session.query(AuditEntry).count() == 0


def test_moments_are_read_in_paris_whatever_the_servers_time_zone(database):
    with create_engine(database.owner_url).begin() as connection:
        name = connection.execute(text("SELECT current_database()")).scalar_one()
        connection.execute(text(f"ALTER DATABASE {name} SET timezone = 'UTC'"))
    database.dispose()
    with database.session() as session:
        session.add(AuditEntry(at=clock.at(date(2026, 7, 2), "00:30"), actor="test", action="late", subject="nothing", data={}))
    with database.session() as session:
        assert session.execute(text("SELECT at FROM audit_entry")).scalar_one().date() == date(2026, 7, 2)


def test_the_application_is_neither_superuser_nor_owner(session):
    role, is_super = session.execute(text("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user")).one()
    owner = session.execute(text("SELECT tableowner FROM pg_tables WHERE tablename = 'person'")).scalar_one()
    assert (role, is_super, owner) == ("outreach_app", False, "outreach_owner")


def test_the_journal_cannot_be_rewritten(session):
    session.add(entry("written"))
    session.flush()
    with pytest.raises(DBAPIError, match="permission denied|append-only"):
        session.execute(text("UPDATE audit_entry SET actor = 'someone else'"))


def test_a_failed_statement_does_not_print_the_person(session):
    row = {"sender": "+33639980001", "body": "je suis Awa Diallo"}
    insert = text("INSERT INTO inbound_message (provider_ref, sender, body, received_at) VALUES (NULL, :sender, :body, now())")
    with pytest.raises(DBAPIError, match="null value in column") as caught:
        session.execute(insert, row)
    shown = "".join(traceback.format_exception(caught.value))
    assert "639980001" not in shown
    assert "Diallo" not in shown


def test_a_connection_that_lay_idle_while_the_server_restarted_is_made_anew():
    home = Path(tempfile.mkdtemp(prefix="outreach-restart-"))
    home.chmod(0o711)
    first, second = (EmbeddedCluster(home / "pg", fsync=False) for _ in range(2))
    first.open()
    database = Database(first.url("postgres"), first.url("postgres", "outreach_owner"), first)
    connections = set()
    for _ in range(2):
        with database.session() as session:
            connections.add(session.execute(text("SELECT pg_backend_pid()")).scalar_one())
    assert len(connections) == 1
    first.stop()
    second.open()
    with database.session() as session:
        connections.add(session.execute(text("SELECT pg_backend_pid()")).scalar_one())
    assert len(connections) == 2
    database.dispose()
    first.close()
    second.close()
    shutil.rmtree(home)


def test_a_crash_leaves_no_obstacle_to_the_next_start():

    home = Path(tempfile.mkdtemp(prefix="outreach-crash-"))
    home.chmod(0o711)
    first = EmbeddedCluster(home / "pg", fsync=False)
    first.open()
    first.stop("immediate")
    second = EmbeddedCluster(home / "pg", fsync=False)
    second.open()
    assert second.is_running()
    first.close()
    assert second.is_running(), "the first user's leaving must not stop the second's server"
    second.close()
    assert not second.is_running()
    shutil.rmtree(home)


def test_a_database_is_dropped_whoever_is_connected_to_it(cluster, worker_id):
    """A worker of the server itself (autovacuum) runs as superuser, whom the owner may not end."""
    name = f"dropped_{worker_id}"
    create_database(cluster, name)
    engine = create_engine(cluster.url(name, "postgres"))
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        drop_database(cluster, name)
        connection.invalidate()
    engine.dispose()
    assert create_database(cluster, name), "it was gone"
    drop_database(cluster, name)


def test_processes_that_start_at_once_on_an_empty_server_share_the_database_that_one_of_them_creates(cluster, worker_id):
    name, together = f"at_once_{worker_id}", Barrier(6)

    def start(_number):
        together.wait()
        return create_database(cluster, name)

    try:
        with ThreadPoolExecutor(6) as starting:
            assert sorted(starting.map(start, range(6))) == [False] * 5 + [True]
    finally:
        drop_database(cluster, name)


def test_the_server_is_asked_to_notice_a_cut_cable_within_a_minute(monkeypatch, database):
    """Of a Unix socket nothing is kept: that it is said for every connection, and stays, is what can be seen here."""
    said = []
    monkeypatch.setattr("outreach.core.database.KEEPALIVE", "SET application_name = 'noticed'")
    again = Database(database.url, database.owner_url, database.cluster)
    for _session in range(2):
        with again.session() as session:
            said.append(session.execute(text("SHOW application_name")).scalar_one())
    again.dispose()
    assert said == ["noticed", "noticed"]
