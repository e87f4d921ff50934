"""Flow import-list: files dropped into ``<home>/inbox/<campaign>`` are taken in, each in one transaction, and take effect."""

from __future__ import annotations

from typing import Any

from prefect import flow

from outreach.flows import inbox, pipeline, tasks

ACTOR = "flow import-list"
HELD = ("waiting", "refused")


@tasks.stage
def take_all(campaign: str) -> dict[str, int]:
    """Take in a campaign's inbox; returns counts by row state, and files that wait for a person or were refused."""
    loaded = pipeline.loaded_campaign(tasks.database(), campaign)
    return inbox.take_all(tasks.database(), loaded, campaign, actor=ACTOR)


@tasks.stage
def take_effect(campaign: str) -> dict[str, int]:
    """Who left the list is stopped now: the new rows get their people first, so that nobody who is still listed is."""
    loaded = pipeline.loaded_campaign(tasks.database(), campaign)
    pipeline.match(tasks.database(), actor=ACTOR)
    withdrawn, exhausted = pipeline.close_cases(tasks.database(), loaded, actor=ACTOR)
    return {"withdrawn": withdrawn, "exhausted": exhausted}


def import_inbox(campaign: str) -> dict[str, int]:
    """One campaign: take in, and let it take effect when anything came."""
    counts = take_all(campaign)
    if any(state not in HELD for state in counts):
        counts = {**counts, **take_effect(campaign)}
    return counts


@flow(name="import-list", flow_run_name=tasks.run_name, persist_result=False)
def import_list(campaign: str | None = None) -> dict[str, Any]:
    """Import every file of the inbox; a file seen before adds nothing.

    Fails, after all are read, when one waits or was refused.
    """
    counts = tasks.each_campaign("import-list", campaign, import_inbox, at_once=1)
    held = {code: {what: found[what] for what in HELD if what in found} for code, found in counts.items()}
    held = {code: found for code, found in held.items() if found}
    if held:
        raise tasks.StageError(f"files that need a person (the .txt beside each says why): {held}")
    return counts
