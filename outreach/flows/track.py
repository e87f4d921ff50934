"""Flow track: what became of messages and what people replied, of all campaigns at once; cases that are over are closed."""

from __future__ import annotations

from typing import Any

from prefect import flow

from outreach.flows import pipeline, tasks


@tasks.stage
def listen(campaign: str | None) -> Any:
    """Learn what the provider knows: of everybody, for its list names no campaign, and who replies to one that is over is heard too."""
    line = pipeline.listening_line(tasks.database(), tasks.running_campaigns(campaign))
    return pipeline.as_data(pipeline.track(tasks.database(), line))


@tasks.stage
def follow(campaign: str) -> Any:
    """Close what is over in one campaign."""
    loaded = pipeline.loaded_campaign(tasks.database(), campaign)
    withdrawn, exhausted = pipeline.close_cases(tasks.database(), loaded, actor="flow track")
    return {"withdrawn": withdrawn, "exhausted": exhausted}


@flow(name="track", flow_run_name=tasks.run_name, persist_result=False)
def track(campaign: str | None = None) -> dict[str, Any]:
    """Listen, then follow one campaign, or all that are launched: also when the provider does not answer."""
    try:
        heard = listen(campaign)
    except tasks.StageError:
        tasks.each_campaign("track", campaign, follow)
        raise
    tasks.leave_counts("provider", heard)
    return {"provider": heard, **tasks.each_campaign("track", campaign, follow)}
