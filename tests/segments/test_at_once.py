"""Two who decide about the same lists at once: each household gets its one case, and nobody an error."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.database import drop_database
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import launch_campaign
from outreach.flows import pipeline
from outreach.simulation.town import write_town
from tests.copies import copied
from tests.printing import CODE, START


@pytest.fixture
def matched(cluster, template, worker_id, tmp_path):
    """A database whose lists are matched, with nobody decided about."""
    name = f"at_once_{worker_id}"
    drop_database(cluster, name)
    database = copied(cluster, name, template)
    write_town(200, 11, tmp_path / "town")
    with clock.travel(clock.at(START, "05:00")):
        with database.session() as session:
            launch_campaign(session, read_folder(Path("campaigns") / CODE), actor="test", lot=CODE)
        loaded = pipeline.loaded_campaign(database, CODE)
        for path in pipeline.lists_in(tmp_path / "town" / "energie"):
            if path.name[:10] <= START.isoformat():
                pipeline.import_file(database, loaded, path, actor="test")
        pipeline.match(database, actor="test")
        yield database, loaded
    database.dispose()
    drop_database(cluster, name)


def test_two_at_once_open_each_case_once(matched):
    database, loaded = matched

    def decide(actor):
        with clock.travel(clock.at(START, "05:30")):
            return pipeline.segment(database, loaded, actor=actor).opened

    with ThreadPoolExecutor(2) as pool:
        opened = list(pool.map(decide, ("one", "two")))
    with database.session() as session:
        cases = session.execute(text('SELECT count(*) FROM "case"')).scalar_one()
    assert sorted(opened) == [0, cases]
    assert cases > 20
