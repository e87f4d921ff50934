"""Flow upkeep: lost claims are taken over, stale contacts, old previews and files dropped, and the invariants checked."""

from __future__ import annotations

from prefect import flow

from outreach.channels.outbox import tidy
from outreach.flows import inbox, lists, pipeline, tasks
from outreach.flows.invariants import all_invariants_of
from outreach.reporting import look_at_news, refresh_figures, under_way


@tasks.stage
def tidy_campaign(campaign: str) -> tuple[int, int]:
    """Tidy one campaign's outbox; returns leases taken over and contacts dropped."""
    loaded = pipeline.loaded_campaign(tasks.database(), campaign)
    with tasks.database().session() as session:
        return tidy(session, loaded.campaign.id)


@tasks.stage
def drop_old() -> dict[str, int]:
    """Drop old previews and files of the inbox, of drafts and of campaigns that are paused as well; returns how many of each."""
    database, actor = tasks.database(), "flow upkeep"
    return {"previews": lists.drop_old_previews(database, actor=actor), "files": inbox.purge(database, actor=actor)}


@tasks.stage
def count_figures() -> int:
    """Bring the figures up to date, also with what matching learnt; returns the cases counted again."""
    with tasks.database().session() as session:
        campaigns = under_way(session)
    look_at_news(tasks.database(), campaigns)
    return refresh_figures(tasks.database())


@tasks.stage
def examine() -> dict[str, int]:
    """The number of faults by invariant; raises when there is any, so that the run shows as failed."""
    faults = {finding.code: len(finding.faults) for finding in all_invariants_of(tasks.database())}
    if any(faults.values()):
        raise tasks.StageError(f"broken invariants: {faults}")
    return faults


@flow(name="upkeep", flow_run_name="upkeep", persist_result=False)
def upkeep() -> dict[str, object]:
    """The nightly round."""
    tidied = tasks.each_campaign("upkeep", None, tidy_campaign)
    return {**tidied, "dropped": drop_old(), "figures": count_figures(), "faults": examine()}
