"""One real PostgreSQL for the whole run, one migrated database per worker, one rolled-back session per test."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

import pytest

_IS_FIRST = "PYTEST_XDIST_WORKER" not in os.environ
if _IS_FIRST:
    # Whoever runs the tests may have a real installation's settings at hand: none of it is used, and its folder is not ours to remove.
    for _name in [name for name in os.environ if name.startswith("OUTREACH_") and name != "OUTREACH_SHOTS"]:
        del os.environ[_name]
    # Children of the run (xdist workers, command-line processes) share the first process's folder.
    os.environ["OUTREACH_HOME"] = tempfile.mkdtemp(prefix="outreach-test-")
_HOME = os.environ["OUTREACH_HOME"]
Path(_HOME).chmod(0o711)
os.environ["OUTREACH_EMBEDDED_FSYNC"] = "false"
os.environ["OUTREACH_LANGUAGE"] = "fr"
os.environ["DO_NOT_TRACK"] = "1"

from hypothesis import settings as property_settings  # noqa: E402
from sqlalchemy import create_engine  # noqa: E402

from outreach.core.database import Database, create_database, drop_database  # noqa: E402
from outreach.core.embedded import EmbeddedCluster  # noqa: E402
from outreach.migrations import run as migrations  # noqa: E402
from tests.copies import copied  # noqa: E402
from tests.undoing import undone_session  # noqa: E402
from tests.web.browser import browser, visit  # noqa: E402, F401

# No property is timed: machines are shared, and a slow example is no fault.
property_settings.register_profile("untimed", deadline=None)
property_settings.load_profile("untimed")


# Between two tests that roll back, the server would find every table empty, and plan for that ever after.
UNWATCHED = """
DO $$ DECLARE found regclass; BEGIN
  FOR found IN SELECT c.oid::regclass FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
  LOOP EXECUTE format('ALTER TABLE %%s SET (autovacuum_enabled = false)', found); END LOOP;
END $$
"""


@pytest.fixture(scope="session")
def cluster():
    """The PostgreSQL of this test run."""
    cluster = EmbeddedCluster(Path(_HOME) / "postgres", fsync=False)
    cluster.open()
    yield cluster
    cluster.close()


@pytest.fixture(scope="session")
def template(cluster, worker_id):
    """A migrated, empty database that others are copied from."""
    name = f"template_{worker_id}"
    create_database(cluster, name)
    migrations.upgrade(Database(cluster.url(name), cluster.url(name, "outreach_owner"), cluster))
    yield name
    drop_database(cluster, name)


@pytest.fixture(scope="session")
def shared_database(cluster, template, worker_id):
    """The database of tests that roll back."""
    name = f"shared_{worker_id}"
    database = copied(cluster, name, template)
    with create_engine(database.owner_url).begin() as connection:
        connection.exec_driver_sql(UNWATCHED)
    yield database
    database.dispose()
    drop_database(cluster, name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Nobody changes the keys of the run's one server while another worker makes or reads what is sealed with them.

    Who changes them (``keys_again``) closes the gate, waits until the tests under way are over, and has the server for itself:
    around the whole test, since fixtures of its module and session are made in it too.
    """
    changes = "keys_again" in item.fixturenames
    with Path(_HOME, "keys-gate").open("a") as gate, Path(_HOME, "keys").open("a") as keys:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(keys, fcntl.LOCK_EX if changes else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        return (yield)


@pytest.fixture
def keys_again(cluster):
    """The keys of words as they were, after a test that changes them: other tests' databases are left as they are sealed."""
    before = dict(cluster._secrets)
    # A patch of its own, which a test that undoes what it patched leaves alone.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("outreach.flows.keys.neighbours", lambda _database: [])
        yield
    cluster.adopt({"fields": before["fields"], "fields_before": before.get("fields_before", "")})


@pytest.fixture(scope="module")
def swept(shared_database):
    """The same without what earlier tests left behind: rows that were undone lie there still, and are read past."""
    with create_engine(shared_database.owner_url, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("VACUUM")
    return shared_database


@pytest.fixture
def session(swept):
    """A session whose work is undone after the test."""
    with undone_session(swept, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def database(cluster, template, worker_id):
    """A database of one test, for work that commits."""
    name = f"own_{worker_id}"
    drop_database(cluster, name)
    database = copied(cluster, name, template)
    yield database
    database.dispose()
    drop_database(cluster, name)


def pytest_unconfigure():
    """Remove the run's folder."""
    if _IS_FIRST:
        shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def played(cluster, template, worker_id, tmp_path_factory):
    """The energy campaign played for more than three weeks in a town of 600; tests only read it."""
    from tests.played import END, play

    name = f"played_{worker_id}"
    database = copied(cluster, name, template)
    yield play(database, tmp_path_factory.mktemp("played"), END)
    database.dispose()
    drop_database(cluster, name)


@pytest.fixture
def undone(played):
    """A session on the played database whose work is undone."""
    with undone_session(played.database) as session:
        yield session
