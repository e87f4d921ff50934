"""Stage 4: cases become a calendar: cadence, capacity, call lists, rounds, mailings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from outreach.planning.absences import record_absence
    from outreach.planning.plan import PlanResult, plan_campaign

__all__ = ["PlanResult", "plan_campaign", "record_absence"]

_HOMES = {"record_absence": "absences", "PlanResult": "plan", "plan_campaign": "plan"}


def __getattr__(name: str) -> Any:
    """Load the stage when it is asked for: the solvers' own processes need neither the database nor its tables."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"outreach.planning.{_HOMES[name]}"), name)
