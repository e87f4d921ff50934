"""Flow retention: once a month, what was announced the month before is anonymised, here and in providers' records."""

from __future__ import annotations

from prefect import flow

from outreach.flows import forgetting, tasks
from outreach.flows.pipeline import as_data


@tasks.stage
def anonymise() -> dict[str, object]:
    """Everything that is due; returns counts."""
    return dict(as_data(forgetting.retain(tasks.database(), actor="flow retention")))


@tasks.stage
def ask_providers() -> dict[str, object]:
    """Records at providers that are to be deleted; returns counts."""
    return dict(as_data(forgetting.ask_providers(tasks.database())))


@flow(name="retention", flow_run_name="retention", persist_result=False)
def retention() -> dict[str, object]:
    """The monthly run."""
    counts: dict[str, object] = {"anonymised": anonymise(), "providers": ask_providers()}
    tasks.leave_counts("retention", counts)
    return counts
