"""Flow report: the outcome summary of each running campaign."""

from __future__ import annotations

from prefect import flow

from outreach.core.settings import settings
from outreach.flows import pipeline, tasks


@tasks.stage
def summarise(campaign: str) -> list[str]:
    """Produce one summary; returns the names of its files."""
    loaded = pipeline.loaded_campaign(tasks.database(), campaign)
    result = pipeline.report(tasks.database(), loaded, settings().output, actor="flow report")
    return [path.name for path in result.files]


@flow(name="report", flow_run_name=tasks.run_name, persist_result=False)
def report(campaign: str | None = None) -> dict[str, list[str]]:
    """Report on one campaign, or on all that are launched."""
    return tasks.each_campaign("report", campaign, summarise)
