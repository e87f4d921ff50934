"""A new key for one database of a cluster leaves the words of those beside it readable: the real one's, the demonstration's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, text

from outreach.core import clock
from outreach.core.database import Database, create_database
from outreach.core.embedded import EmbeddedCluster
from outreach.core.errors import DatabaseError
from outreach.core.settings import settings
from outreach.flows.keys import change_key
from outreach.migrations import run as migrations
from outreach.models import PersonRequest

pytestmark = [pytest.mark.faults]

NOTE = "mots de quelqu'un"


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """One with keys of its own, as the embedded database of an installation has them."""
    for name in ("OUTREACH_FIELD_KEY", "OUTREACH_OBJECTION_PEPPER"):
        monkeypatch.delenv(name)
    settings.cache_clear()
    made = EmbeddedCluster(tmp_path / "postgres", fsync=False)
    made.open()
    yield made
    made.close()


def with_words(cluster, name):
    """A database in which one note is sealed."""
    create_database(cluster, name)
    database = Database(cluster.url(name), cluster.url(name, "outreach_owner"), cluster)
    migrations.upgrade(database)
    with database.session() as session:
        session.add(
            PersonRequest(
                kind="access", state="open", received_on=clock.today(), due_on=clock.today(), through="post", note=NOTE,
                recorded_at=clock.now(), recorded_by="test",
            )
        )  # fmt: skip
    return database


def note_of(database):
    with database.session() as session:
        return session.query(PersonRequest).one().note


def test_what_is_sealed_beside_is_sealed_anew_before_a_key_is_forgotten(cluster):
    real, demo = with_words(cluster, "outreach"), with_words(cluster, "outreach_demo")
    old = cluster.secret("fields")
    assert sum(change_key(demo, actor="test").values()) == 2
    assert old not in (cluster.secret("fields"), *cluster.secret("fields_before").split())
    for database in (real, demo):
        assert note_of(database) == NOTE
        database.dispose()


def test_two_who_change_it_at_once_in_two_databases_lose_nothing(cluster):
    both = with_words(cluster, "outreach"), with_words(cluster, "outreach_demo")
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda database: change_key(database, actor="test"), both))
    assert [sum(one.values()) for one in done] == [2, 2]
    assert cluster.secret("fields_before") == ""
    for database in both:
        assert note_of(database) == NOTE
        database.dispose()


def test_one_of_an_earlier_version_keeps_every_key(cluster):
    real, demo = with_words(cluster, "outreach"), with_words(cluster, "outreach_demo")
    engine = create_engine(demo.owner_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    engine.dispose()
    old = cluster.secret("fields")
    with pytest.raises(DatabaseError, match="n'est pas à jour") as raised:
        change_key(real, actor="test")
    assert raised.value.place == "outreach_demo"
    assert cluster.secret("fields") == old, "nothing was changed"
    assert note_of(demo) == note_of(real) == NOTE
    for database in (real, demo):
        database.dispose()
