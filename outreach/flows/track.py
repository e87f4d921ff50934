"""Flow track: receipts, unknown sends, replies; cases that are over are closed."""

from __future__ import annotations

from typing import Any

from prefect import flow

from outreach.flows import pipeline, tasks


@tasks.stage
def follow(campaign: str) -> Any:
    """Follow one campaign."""
    loaded = pipeline.loaded_campaign(tasks.database(), campaign)
    result = pipeline.track(tasks.database(), pipeline.configured_lines(loaded).sms)
    withdrawn, exhausted = pipeline.close_cases(tasks.database(), loaded, actor="flow track")
    return {"track": pipeline.as_data(result), "withdrawn": withdrawn, "exhausted": exhausted}


@flow(name="track", flow_run_name=tasks.run_name, persist_result=False)
def track(campaign: str | None = None) -> dict[str, Any]:
    """Track one campaign, or all that are launched."""
    return tasks.each_campaign("track", campaign, follow)
