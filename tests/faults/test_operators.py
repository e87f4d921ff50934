"""People and machines that get in each other's way: two launches at once, half a list, a migration that is cut off."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.database import Database, create_database
from outreach.core.embedded import EmbeddedCluster
from outreach.core.settings import settings
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import launch_campaign
from outreach.flows import inbox, lists
from outreach.flows.invariants import all_invariants
from outreach.migrations import run as migrations
from tests.faults.sender import CAMPAIGN

pytestmark = [pytest.mark.faults]
NOW = clock.at(date(2026, 10, 6), "08:00")
OPERATORS, RACES = 4, 3
MIGRATE = """
import sys
from outreach.core.database import Database
from outreach.migrations import run
sys.stdout.write("ready\\n"); sys.stdout.flush()
run.upgrade(Database(sys.argv[1], sys.argv[2]))
"""


@pytest.mark.parametrize("race", range(RACES))
def test_two_operators_who_launch_at_once_launch_once(database, race):
    """Whoever comes second finds it launched: no fault, one version, one sealed order."""
    folder, together = read_folder(Path("campaigns") / CAMPAIGN), Barrier(OPERATORS)

    def launch(number):
        with database.session() as session:
            together.wait()
            return launch_campaign(session, folder, actor=f"operator {number}").id

    with clock.travel(NOW), ThreadPoolExecutor(OPERATORS) as pool:
        versions = set(pool.map(launch, range(OPERATORS)))
    with database.session() as session:
        counts = session.execute(
            text("SELECT (SELECT count(*) FROM campaign_version), (SELECT count(*) FROM wave_design), (SELECT count(*) FROM campaign),"
                 " (SELECT count(*) FROM audit_entry WHERE action = 'campaign.launch')")
        ).one()  # fmt: skip
        broken = {finding.code for finding in all_invariants(session) if not finding.holds}
    assert (len(versions), tuple(counts), broken, race < RACES) == (1, (1, 1, 1, 1), set(), True)


def test_half_a_list_stops_nobody_and_the_whole_one_is_taken_after_it(database, tmp_path, monkeypatch):
    """A transfer that was cut off looks like a list of few people; those who are not in it must not be taken for gone."""
    monkeypatch.setenv("OUTREACH_HOME", str(tmp_path))
    settings.cache_clear()
    rows = [f"A{number};DUPONT{number};Léa;69008;300;06 39 98 {number // 100:02} {number % 100:02}" for number in range(300)]
    whole = "\n".join(["Réf client;Nom;Prénom;CP;Montant dû;Mobile", *rows]) + "\n"
    folder = tmp_path / "inbox" / CAMPAIGN
    folder.mkdir(parents=True)

    def drop(name, content):
        path = folder / name
        path.write_text(content)
        os.utime(path, (path.stat().st_mtime - 120,) * 2)
        with clock.travel(NOW):
            return inbox.take_all(database, lists.loaded_campaign(database, CAMPAIGN), CAMPAIGN, actor="test")

    def standing():
        with database.session() as session:
            return session.execute(text("SELECT count(*) FROM current_row")).scalar_one()

    with clock.travel(NOW), database.session() as session:
        launch_campaign(session, read_folder(Path("campaigns") / CAMPAIGN), actor="test")
    drop("impayes-1.csv", whole)
    assert standing() == 300
    cut = whole[: len(whole) * 2 // 5]
    told = drop("impayes-2.csv", cut)
    assert "waiting" in told or "refused" in told, told
    assert standing() == 300
    reasons = [path.read_text() for path in folder.rglob("*.txt")]
    assert len(reasons) == 1, "the partner and the association are told why"
    told = drop("impayes-3.csv", whole.replace(";300;", ";310;"))
    assert told.get("changed") == 300, told
    assert standing() == 300
    settings.cache_clear()


def test_a_migration_that_is_cut_off_has_done_all_or_nothing(tmp_path):
    """Killed at any moment, and PostgreSQL stopped under it: the next one begins where it was and ends well."""
    draw = random.Random(4)
    cluster = EmbeddedCluster(tmp_path / "postgres", fsync=True)
    cluster.open()
    create_database(cluster, "cut")
    database = Database(cluster.url("cut"), cluster.url("cut", "outreach_owner"), cluster)
    cut_off = 0
    try:
        for turn in range(6):
            process = subprocess.Popen(
                [sys.executable, "-c", MIGRATE, database.url, database.owner_url],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            process.stdout.readline()
            time.sleep(draw.uniform(0.05, 0.6))
            if turn % 3 == 2:
                cluster.stop("immediate")
                cluster._start()
            process.kill()
            process.wait()
            process.stdout.close()
            present = migrations.present_revision(database)
            assert present in {None, migrations.newest_revision()}, "all of it, or nothing"
            cut_off += present is None
            if present is not None:
                migrations.downgrade(database, "base")
        assert cut_off >= 3, "some were cut off in the middle"
        migrations.upgrade(database)
        assert migrations.present_revision(database) == migrations.newest_revision()
        assert migrations.differences(database) == []
    finally:
        database.dispose()
        cluster.close()
