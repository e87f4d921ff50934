"""Flow import-list: files dropped into ``<home>/inbox/<campaign>`` are taken in, each in one transaction."""

from __future__ import annotations

from pathlib import Path

from prefect import flow

from outreach.core.settings import settings
from outreach.flows import pipeline, tasks


@tasks.stage
def import_one(campaign: str, path: str) -> dict[str, int]:
    """Import one file; returns its counts by row state."""
    loaded = pipeline.loaded_campaign(tasks.database(), campaign)
    [result] = pipeline.import_files(tasks.database(), loaded, [Path(path)], actor="flow import-list")
    return result.counts


@flow(name="import-list", flow_run_name="import-list-{campaign}", persist_result=False)
def import_list(campaign: str | None = None) -> dict[str, dict[str, int]]:
    """Import every file of the inbox; a file seen before adds nothing."""
    counts = {}
    for code in tasks.running_campaigns(campaign):
        inbox = settings().home / "inbox" / code
        for path in pipeline.lists_in(inbox) if inbox.is_dir() else []:
            counts[path.name] = import_one(code, str(path))
    tasks.leave_counts("import-list", counts)
    return counts
