"""Sets a Prefect server up: pool, deployments with their schedules, zombie automation. Twice does no harm."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from prefect import get_client
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate, DeploymentScheduleUpdate, DeploymentUpdate, WorkPoolCreate
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions, StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL
from prefect.utilities.callables import parameter_schema

from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.settings import settings
from outreach.flows.catalogue import CATALOGUE, ENVIRONMENT, POOL, TIMEZONE, FlowEntry

AUTOMATION = "outreach: a run whose heart stopped is crashed"
SILENCE = timedelta(seconds=120)
"""A flow process that sends no heartbeat for this long is dead: four beats of ``ENVIRONMENT``."""


@dataclass(frozen=True)
class SetUp:
    """What exists on the server now."""

    pool: str
    deployments: list[str]
    automation: str


def setup_server() -> SetUp:
    """Create or refresh what the engine needs on the server of ``PREFECT_API_URL``.

    Raises ``OutreachError`` without one: Prefect would set a throw-away server up instead.
    """
    if not PREFECT_API_URL.value():
        raise OutreachError(
            _("l'adresse du serveur Prefect manque"),
            place="PREFECT_API_URL",
            mend=_("Donnez par exemple http://127.0.0.1:4200/api, l'adresse où tourne `prefect server start`."),
        )
    return asyncio.run(_setup())


async def _setup() -> SetUp:
    async with get_client() as client:
        try:
            await client.read_work_pool(POOL)
        except ObjectNotFound:
            await client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
        for entry in CATALOGUE:
            await _deploy(client, entry)
        if not await client.read_automations_by_name(AUTOMATION):
            await client.create_automation(_zombie_automation())
    return SetUp(POOL, [f"{entry.name}/{entry.name}" for entry in CATALOGUE], AUTOMATION)


async def _deploy(client: PrefectClient, entry: FlowEntry) -> None:
    try:
        present = await client.read_deployment_by_name(f"{entry.name}/{entry.name}")
    except ObjectNotFound:
        await _create(client, entry)
    else:
        await _refresh(client, entry, present)


async def _create(client: PrefectClient, entry: FlowEntry) -> None:
    loaded = entry.load()
    await client.create_deployment(
        flow_id=await client.create_flow(loaded),
        name=entry.name,
        parameter_openapi_schema=parameter_schema(loaded).model_dump_for_openapi(),
        enforce_parameter_schema=True,
        schedules=[
            DeploymentScheduleCreate(slug=item.slug, schedule=CronSchedule(cron=item.cron, timezone=TIMEZONE))
            for item in entry.schedules_on(settings().hosts)
        ],
        **_settings_of(entry),
    )


async def _refresh(client: PrefectClient, entry: FlowEntry, present: DeploymentResponse) -> None:
    """Bring a deployment up to date; schedules keep their identity, and whether a person paused them.

    Creating it again would instead make new schedules, each with its runs, and switch the paused ones on.
    """
    slugs = {item.slug for item in entry.schedules_on(settings().hosts)}
    for stray in present.schedules:
        if stray.slug not in slugs:
            await client.delete_deployment_schedule(present.id, stray.id)
    changes = DeploymentUpdate(
        parameter_openapi_schema=parameter_schema(entry.load()).model_dump_for_openapi(),
        schedules=[
            DeploymentScheduleUpdate(slug=item.slug, schedule=CronSchedule(cron=item.cron, timezone=TIMEZONE))
            for item in entry.schedules_on(settings().hosts)
        ],
        **_settings_of(entry),
    )
    await client.update_deployment(present.id, changes)


def _settings_of(entry: FlowEntry) -> dict[str, Any]:
    """What creating and refreshing a deployment both say."""
    return {
        "description": entry.description,
        "entrypoint": entry.entrypoint,
        "work_pool_name": POOL,
        "job_variables": {"env": ENVIRONMENT},
        "concurrency_limit": settings().hosts if entry.shared else 1,
        "concurrency_options": ConcurrencyOptions(collision_strategy=ConcurrencyLimitStrategy(entry.collision)),
    }


def _zombie_automation() -> AutomationCore:
    return AutomationCore(
        name=AUTOMATION,
        description="Crashes runs whose process and worker both died, so that the next scheduled run can start",
        trigger=EventTrigger(
            after={"prefect.flow-run.heartbeat"},
            expect={"prefect.flow-run.heartbeat", "prefect.flow-run.Completed", "prefect.flow-run.Failed",
                    "prefect.flow-run.Crashed", "prefect.flow-run.Cancelled"},
            match=ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"}),
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=SILENCE,
        ),
        actions=[ChangeFlowRunState(state=StateType.CRASHED, message="no heartbeat: the process is gone")],
    )  # fmt: skip
