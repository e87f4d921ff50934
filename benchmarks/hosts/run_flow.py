"""The flows that hosts share, in a simulated morning: the same stages, the same tasks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prefect import flow

from outreach.core import clock
from outreach.flows.dispatch import dispatch
from outreach.flows.track import track


@flow(name="dispatch", flow_run_name="dispatch-{moment}", persist_result=False)
def dispatch_at(moment: str) -> dict[str, Any]:
    """Dispatch what is due at ``moment``."""
    with clock.travel(datetime.fromisoformat(moment), running=True):
        return dispatch.fn()


@flow(name="track", flow_run_name="track-{moment}", persist_result=False)
def track_at(moment: str) -> dict[str, Any]:
    """Track what is known at ``moment``."""
    with clock.travel(datetime.fromisoformat(moment), running=True):
        return track.fn()
