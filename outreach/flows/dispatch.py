"""Flow dispatch: print and send what is due now. It may run twice, on two hosts, or die: the outbox holds the truth."""

from __future__ import annotations

from typing import Any

from prefect import flow

from outreach.core.live import this_copy
from outreach.core.settings import settings
from outreach.flows import pipeline, tasks


@tasks.stage
def drain(campaign: str) -> Any:
    """Drain the outbox of one campaign."""
    with tasks.database().session() as session:
        if not this_copy(session).is_live:
            raise tasks.StageError(
                f"{campaign}: this copy of the database is not confirmed as the live one (outreach db confirm-live)"
            )
    loaded = pipeline.loaded_campaign(tasks.database(), campaign)
    lines = pipeline.configured_lines(loaded)
    done = pipeline.dispatch(tasks.database(), loaded, lines, settings().output, worker=tasks.worker_name())
    if done.not_taken is not None:
        # Said by its kind alone: an address of a print house may hold a name.
        raise tasks.StageError(f"{campaign}: the print house did not take a run")
    return {
        "letters": done.letters.letters,
        "sms": dict(done.sms.states),
        "recorded": dict(done.recorded.states),
        "errors": dict(done.sms.errors + done.recorded.errors),
    }


@flow(name="dispatch", flow_run_name=tasks.run_name, persist_result=False)
def dispatch(campaign: str | None = None) -> dict[str, Any]:
    """Dispatch one campaign, or all that are launched."""
    return tasks.each_campaign("dispatch", campaign, drain)
