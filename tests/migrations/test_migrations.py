"""The schema can be built, undone and built again, and equals the models."""

from __future__ import annotations

from outreach.core.database import Database, create_database, drop_database
from outreach.migrations import run as migrations


def test_up_down_up_and_models_equal_the_schema(cluster, worker_id):
    name = f"history_{worker_id}"
    create_database(cluster, name)
    database = Database(cluster.url(name), cluster.url(name, "outreach_owner"), cluster)
    migrations.upgrade(database)
    migrations.downgrade(database, "base")
    assert migrations.present_revision(database) is None
    migrations.upgrade(database)
    assert migrations.present_revision(database) == migrations.newest_revision()
    assert migrations.differences(database) == []
    drop_database(cluster, name)
