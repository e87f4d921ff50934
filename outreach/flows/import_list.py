"""Flow import-list: files dropped into ``<home>/inbox/<campaign>`` are taken in, each in one transaction."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from prefect import flow

from outreach.core.errors import ListRefusedError
from outreach.core.settings import settings
from outreach.flows import pipeline, tasks

REFUSED = "refused"


@tasks.stage
def import_one(campaign: str, path: str) -> dict[str, int]:
    """Import one file; returns its counts by row state. A file that cannot be taken in counts as refused."""
    loaded = pipeline.loaded_campaign(tasks.database(), campaign)
    try:
        result = pipeline.import_file(tasks.database(), loaded, Path(path), actor="flow import-list")
    except ListRefusedError:
        return {REFUSED: 1}
    return {} if result.known else result.counts


def import_inbox(campaign: str) -> dict[str, int]:
    """Import what lies in a campaign's inbox; returns the counts of all its files together (a file's name is not ours)."""
    inbox = settings().home / "inbox" / campaign
    counts: Counter[str] = Counter()
    for path in pipeline.lists_in(inbox) if inbox.is_dir() else []:
        counts.update(import_one(campaign, str(path)))
    return dict(counts)


@flow(name="import-list", flow_run_name=tasks.run_name, persist_result=False)
def import_list(campaign: str | None = None) -> dict[str, dict[str, int]]:
    """Import every file of the inbox; a file seen before adds nothing. Fails, after all are read, when one was refused."""
    counts = tasks.each_campaign("import-list", campaign, import_inbox)
    refused = {code: found[REFUSED] for code, found in counts.items() if REFUSED in found}
    if refused:
        raise tasks.StageError(f"files refused (`outreach import` says why): {refused}")
    return counts
