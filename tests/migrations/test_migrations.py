"""The schema can be built, undone and built again, and equals the models."""

from __future__ import annotations

import re
import subprocess
import sys

from sqlalchemy import CheckConstraint, text

from outreach.core.database import Database, create_database, drop_database
from outreach.migrations import run as migrations
from outreach.migrations import state
from outreach.models import Base


def test_up_down_up_and_models_equal_the_schema(cluster, worker_id):
    name = f"history_{worker_id}"
    create_database(cluster, name)
    database = Database(cluster.url(name), cluster.url(name, "outreach_owner"), cluster)
    migrations.upgrade(database)
    migrations.downgrade(database, "base")
    assert migrations.present_revision(database) is None
    assert state.present_revision(database) is None
    migrations.upgrade(database)
    assert migrations.present_revision(database) == migrations.newest_revision()
    assert state.present_revision(database) == state.newest_revision() == migrations.newest_revision()
    assert migrations.differences(database) == []
    database.dispose()
    drop_database(cluster, name)


def test_two_processes_that_find_an_empty_database_build_it_once(cluster, worker_id):
    name = f"twice_{worker_id}"
    create_database(cluster, name)
    database = Database(cluster.url(name), cluster.url(name, "outreach_owner"), cluster)
    code = "import sys; from outreach.core.database import Database; from outreach.migrations.run import upgrade; upgrade(Database(*sys.argv[1:]))"
    command = [sys.executable, "-c", code, database.url, database.owner_url]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _one in range(2)]
    assert [(process.communicate()[1], process.returncode) for process in both] == [("", 0)] * 2
    assert migrations.present_revision(database) == migrations.newest_revision()
    database.dispose()
    drop_database(cluster, name)


def test_checks_of_the_schema_allow_what_the_vocabularies_say(session):
    """Autogeneration does not see checks: a new member of a vocabulary needs a migration, and this test says so."""
    query = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
    found = {name: words(definition) for name, definition in session.execute(text(query)).all()}
    written = {
        str(check.name): words(str(check.sqltext))
        for table in Base.metadata.tables.values()
        for check in table.constraints
        if isinstance(check, CheckConstraint)
    }
    assert {name: known for name, known in found.items() if name in written} == written


def words(definition: str) -> set[str]:
    return set(re.findall(r"'(\w+)'", definition))
