"""A plan made anew while the day runs: somebody falls ill, a door drops out, an appointment comes in. The others hardly notice."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from outreach.planning.rounds.model import Door, Plan, Replanned, Walker
from outreach.planning.rounds.travel import TravelTimes


def replan(
    plan: Plan,
    doors: Sequence[Door],
    walkers: Sequence[Walker],
    *,
    now: int,
    seed: int,
    done: Collection[int] | None = None,
    absent: Collection[int] = (),
    iterations: int | None = None,
    travel: TravelTimes | None = None,
) -> Replanned:
    """Change a plan in force as little as its value allows.

    ``doors``: all doors of the day, visited ones included; a planned door that is missing is withdrawn. ``walkers``: of the
    whole day; ``absent``: the shifts that end now. ``done``: cases visited or under way, else all that should have begun by
    ``now``: these are never touched. Appointments stay required.
    Raises ``InfeasiblePlanError`` like ``plan_rounds``.
    """
    raise NotImplementedError
