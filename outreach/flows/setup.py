"""Sets a Prefect server up: pool, deployments with their schedules, zombie automation. Twice does no harm."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from prefect import get_client
from prefect.automations import Automation
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions, StateType
from prefect.client.schemas.schedules import CronSchedule
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import EventTrigger, Posture
from prefect.exceptions import ObjectNotFound

from outreach.flows.catalogue import CATALOGUE, TIMEZONE, FlowEntry

POOL = "outreach"
AUTOMATION = "outreach: a run whose heart stopped is crashed"
SILENCE = timedelta(seconds=120)
"""A flow process that sends no heartbeat for this long is dead (four beats of 30 s)."""


@dataclass(frozen=True)
class SetUp:
    """What exists on the server now."""

    pool: str
    deployments: list[str]
    automation: str


def setup_server() -> SetUp:
    """Create or refresh what the engine needs on the server of ``PREFECT_API_URL``."""
    return asyncio.run(_setup())


async def _setup() -> SetUp:
    async with get_client() as client:
        try:
            await client.read_work_pool(POOL)
        except ObjectNotFound:
            await client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
        for entry in CATALOGUE:
            await _deploy(client, entry)
        known = {automation.name for automation in await client.read_automations()}
        if AUTOMATION not in known:
            await client.create_automation(_zombie_automation())
    return SetUp(POOL, [f"{entry.name}/{entry.name}" for entry in CATALOGUE], AUTOMATION)


async def _deploy(client: PrefectClient, entry: FlowEntry) -> None:
    """Create a deployment, or refresh it: a schedule that was paused by hand stays paused."""
    flow_id = await client.create_flow(entry.load())
    try:
        present = await client.read_deployment_by_name(f"{entry.name}/{entry.name}")
        paused = {schedule.slug for schedule in present.schedules if not schedule.active}
    except ObjectNotFound:
        paused = set()
    await client.create_deployment(
        flow_id=flow_id,
        name=entry.name,
        description=entry.description,
        entrypoint=entry.entrypoint,
        work_pool_name=POOL,
        concurrency_limit=1,
        concurrency_options=ConcurrencyOptions(collision_strategy=ConcurrencyLimitStrategy(entry.collision)),
        schedules=[
            DeploymentScheduleCreate(
                slug=schedule.slug,
                schedule=CronSchedule(cron=schedule.cron, timezone=TIMEZONE),
                active=schedule.slug not in paused,
            )
            for schedule in entry.schedules
        ],
    )


def _zombie_automation() -> Automation:
    return Automation(
        name=AUTOMATION,
        description="Crashes runs whose process and worker both died, so that the next scheduled run can start",
        trigger=EventTrigger(
            after={"prefect.flow-run.heartbeat"},
            expect={"prefect.flow-run.heartbeat", "prefect.flow-run.Completed", "prefect.flow-run.Failed",
                    "prefect.flow-run.Crashed", "prefect.flow-run.Cancelled"},
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=SILENCE,
        ),
        actions=[ChangeFlowRunState(state=StateType.CRASHED, message="no heartbeat: the process is gone")],
    )  # fmt: skip
