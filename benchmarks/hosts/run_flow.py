"""The flow dispatch in a simulated morning: the same stage, the same task."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prefect import flow

from outreach.core import clock
from outreach.flows import tasks
from outreach.flows.dispatch import drain


@flow(name="dispatch", flow_run_name="dispatch-{moment}", persist_result=False)
def dispatch_at(moment: str) -> dict[str, Any]:
    """Dispatch what is due at ``moment``."""
    with clock.travel(datetime.fromisoformat(moment), running=True):
        return tasks.each_campaign("dispatch", None, drain)
