"""Planners that run at the same time: no place of a mediator is given twice, no household is contacted too often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path
from threading import Barrier, BrokenBarrierError

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.database import drop_database
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import find_campaign, launch_campaign
from outreach.planning import plan as module
from outreach.planning import plan_campaign
from outreach.planning.recheck import take_back_forbidden
from tests import copies
from tests.planning.test_plan import MORNING

TWIN = "energy-arrears-twin"
# The same households on the list of another campaign, which the same mediators work for.
CASES = """
INSERT INTO "case" (id, campaign_id, version_id, unit, household_id, person_id, site_id, segment, priority, wave, letter_code, status,
                    opened_at, next_at, wait_reason)
SELECT 1000000 + c.id, :campaign, :version, c.unit, c.household_id, c.person_id, c.site_id, c.segment, c.priority, c.wave, 'T' || c.letter_code,
       'waiting', :now, :now, 'to_plan'
FROM "case" c JOIN person p ON p.id = c.person_id WHERE c.closed_at IS NULL AND p.merged_into IS NULL
"""
TO_PLAN = """UPDATE "case" SET next_at = :now, wait_reason = 'to_plan' WHERE closed_at IS NULL"""
TWICE = """
SELECT count(*) FROM contact a JOIN contact b ON b.shift_id = a.shift_id AND b.due_at = a.due_at AND b.id > a.id
WHERE a.channel = 'call' AND a.state = 'planned' AND b.state = 'planned'
"""
PLANNED = "SELECT count(*) FROM contact WHERE state = 'planned' AND campaign_id = :campaign"


@pytest.fixture
def fresh(played, cluster, worker_id):
    """The played season with nothing planned in it, and the shifts of the days to come written down already."""
    name = f"turns_{worker_id}"
    database = copies.copied(cluster, name, f"played_{worker_id}")
    with clock.travel(MORNING), database.session() as session:
        plan_campaign(session, played.loaded, actor="test")
        session.execute(text("DELETE FROM contact WHERE state = 'planned'"))
        session.execute(text(TO_PLAN), {"now": MORNING})
    yield database
    database.dispose()
    drop_database(cluster, name)


@pytest.fixture
def together(fresh, monkeypatch):
    """Plans campaigns at the same moment; each waits for the others once it has read whose places are free, if they come as far."""

    def plan(loaded):
        ready, read = Barrier(len(loaded)), module.pasts_of

        def reads_and_waits(*given, **options):
            with suppress(BrokenBarrierError):
                ready.wait(2)
            return read(*given, **options)

        def one(campaign):
            with fresh.session() as session:
                return plan_campaign(session, campaign, actor="test")

        monkeypatch.setattr(module, "pasts_of", reads_and_waits)
        with clock.travel(MORNING), ThreadPoolExecutor(len(loaded)) as planners:
            begun = [planners.submit(copy_context().run, one, campaign) for campaign in loaded]
            return [one.result(120) for one in begun]

    return plan


def test_two_planners_of_one_campaign_plan_it_once(together, played):
    first, second = sorted(together([played.loaded, played.loaded]), key=lambda result: -sum(result.planned.values()))
    assert first.planned["call"] > 0
    assert second.planned == {}


def test_two_campaigns_of_the_same_mediators_share_their_places_and_households(fresh, together):
    written = read_folder(Path("campaigns/energy-arrears"))
    calls = [step.model_copy(update={"days_after_previous": 0}) for step in written.campaign.cadence if step.code == "call"]
    twin = type(written)(
        written.campaign.model_copy(update={"code": TWIN, "cadence": calls}), written.agreement, written.messages
    )
    with clock.travel(MORNING), fresh.session() as session:
        launch_campaign(session, twin, actor="test")
    with fresh.session() as session:
        loaded = [find_campaign(session, code) for code in (written.campaign.code, TWIN)]
        version = session.execute(
            text("SELECT max(id) FROM campaign_version WHERE campaign_id = :campaign"), {"campaign": loaded[1].campaign.id}
        ).scalar_one()
        session.execute(text(CASES), {"campaign": loaded[1].campaign.id, "version": version, "now": MORNING})
    together(loaded)
    with clock.travel(MORNING), fresh.session() as session:
        assert session.execute(text(TWICE)).scalar_one() == 0
        for one in loaded:
            assert session.execute(text(PLANNED), {"campaign": one.campaign.id}).scalar_one() > 0
            assert take_back_forbidden(session, one.campaign.id) == []
