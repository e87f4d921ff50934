"""One campaign of everybody at once: from its file to the first planned contact."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from year import campaigns
from year.files import write_files
from year.places import places
from year.shape import FULL
from year.stages import Stages

LETTERS = 15_000
"""A day, of a whole network."""


def measure(people: int, home: Path) -> dict[str, Any]:
    """Seconds and memory of each stage, and what came of it, on a database of its own."""
    from outreach.core import clock
    from outreach.core.database import drop_database, open_database
    from outreach.definitions.registry import launch_campaign
    from outreach.flows import pipeline
    from outreach.intake.points import load_address_points
    from outreach.migrations import run as migrations

    shape = replace(FULL, people=people, lists=1, partners=1, regions=1, later=0.0)
    sites = places(shape)
    files = write_files(shape, sites, set(), home / f"bulk-{people}")
    pattern = campaigns.pattern()
    folder = campaigns.folder_of(shape, 0, sites, people, pattern, a_day=LETTERS * people // FULL.people)
    database = open_database("bench_bulk")
    migrations.upgrade(database)
    with (
        Stages(database.cluster) as stages,
        clock.travel(clock.at(shape.starts[0], "04:00")),
    ):
        with database.session() as session:
            load_address_points(session, files.addresses)
            launch_campaign(session, folder, actor="bench", lot="bench")
        loaded = pipeline.loaded_campaign(database, folder.campaign.code)
        begin = time.perf_counter()
        with stages.stage("intake") as spent:
            spent.work["rows"] = pipeline.import_file(database, loaded, files.arrivals[0].path, actor="bench").total
        with stages.stage("matching") as spent:
            pipeline.match(database, actor="bench")
        with stages.stage("segments") as spent:
            spent.work["cases"] = pipeline.segment(database, loaded, actor="bench").opened
        with stages.stage("closing"):
            pipeline.close_cases(database, loaded, actor="bench")
        with stages.stage("planning") as spent:
            spent.work["contacts"] = sum(pipeline.plan(database, loaded, actor="bench").planned.values())
        seconds = time.perf_counter() - begin
    database.dispose()
    if database.cluster:
        drop_database(database.cluster, "bench_bulk")
        database.cluster.close()
    shutil.rmtree(home / f"bulk-{people}")
    return {"people": people, "seconds": seconds, "stages": stages}
