"""The wizard's people and town, once for the tests of one file."""

from __future__ import annotations

import pytest

from outreach.core import clock
from outreach.core.database import drop_database
from tests.copies import copied
from tests.web.manager import way


@pytest.fixture(scope="module")
def desk(cluster, template, worker_id, tmp_path_factory):
    """(database, manager, somebody else of the same association, a manager of another) on a served application."""
    name = f"wizard_{worker_id}"
    drop_database(cluster, name)
    database = copied(cluster, name, template)
    with clock.travel(way.DAY):
        way.settle(database)
        app, served = way.serving(database)
        with served as client:
            yield database, *(way.Manager(client, app, database, code) for code in ("manager", "second", "other-manager"))
    database.dispose()
    drop_database(cluster, name)


@pytest.fixture(scope="session")
def energy_list(tmp_path_factory):
    """The partner's file of a small town."""
    return way.town(tmp_path_factory.mktemp("wizard"))
