"""Flow prepare: match, segment, close what is over, plan."""

from __future__ import annotations

from typing import Any

from prefect import flow

from outreach.core.errors import OutreachError
from outreach.flows import pipeline, tasks

ACTOR = "flow prepare"


@tasks.stage
def match() -> Any:
    """Match the register."""
    return pipeline.as_data(pipeline.match(tasks.database(), actor=ACTOR))


@tasks.stage
def segment(campaign: str) -> Any:
    """Decide about everybody on a campaign's lists."""
    loaded = pipeline.loaded_campaign(tasks.database(), campaign)
    return pipeline.as_data(pipeline.segment(tasks.database(), loaded, actor=ACTOR))


@tasks.stage
def close(campaign: str) -> Any:
    """Close what is over."""
    loaded = pipeline.loaded_campaign(tasks.database(), campaign)
    withdrawn, exhausted = pipeline.close_cases(tasks.database(), loaded, actor=ACTOR)
    return {"withdrawn": withdrawn, "exhausted": exhausted}


@tasks.stage
def plan(campaign: str) -> Any:
    """Plan a campaign's next days."""
    loaded = pipeline.loaded_campaign(tasks.database(), campaign)
    return pipeline.as_data(pipeline.plan(tasks.database(), loaded, actor=ACTOR))


def sites(campaign: str) -> list[str]:
    """The sites that a campaign is planned for; none when it cannot be loaded, which its stages say better."""
    try:
        return pipeline.planned_for(pipeline.loaded_campaign(tasks.database(), campaign))
    except OutreachError:
        return []


@flow(name="prepare", flow_run_name=tasks.run_name, persist_result=False)
def prepare(campaign: str | None = None) -> dict[str, Any]:
    """Prepare one campaign, or all that are launched."""
    matched = match()
    steps = {"segments": segment, "closed": close, "plan": plan}
    return {"match": matched, **tasks.each_campaign_in_steps("prepare", campaign, steps, uses=sites)}
