"""Which appointments can be kept, before anything is planned around them; the others are named with the reason."""

from __future__ import annotations

from collections.abc import Sequence

from outreach.planning.rounds.ground import Ground, Stint, ground, may_visit
from outreach.planning.rounds.model import ENTRY, Door, Reason, SetAside
from outreach.planning.rounds.solver import Call, Effort, Problem, solve_generic
from outreach.planning.rounds.timing import timed
from outreach.planning.rounds.travel import TravelTimes

ITERATIONS, PER_APPOINTMENT = 300, 30
KEPT = 1_000_000
"""The prize of an appointment while only appointments compete."""

Routes = list[tuple[int, list[int]]]


def keepable(
    doors: Sequence[Door], walks: Sequence[Stint], travel: TravelTimes, seed: int
) -> tuple[list[Door], list[SetAside], Routes]:
    """Appointments that can be kept together, those that cannot and why, and routes (stint, doors kept) that keep them."""
    promised = [door for door in doors if door.appointment is not None]
    land = ground(walks, promised, travel)
    aside, possible = [], []
    for index, door in enumerate(promised):
        reason = impossible(land, index)
        if reason is None:
            possible.append(door)
        else:
            aside.append(SetAside(door.case_id, reason))
    routes = together(possible, walks, travel, seed)
    kept = {index for _, order in routes for index in order}
    numbers = {index: number for number, index in enumerate(sorted(kept))}
    for index, door in enumerate(possible):
        if index not in kept:
            rivals = tuple(
                other.case_id for number, other in enumerate(possible) if number in kept and _rivals(door, other, walks)
            )
            aside.append(SetAside(door.case_id, Reason.CLASH, rivals))
    return (
        [possible[index] for index in sorted(kept)],
        aside,
        [(stint, [numbers[index] for index in order]) for stint, order in routes],
    )


def impossible(land: Ground, index: int) -> Reason | None:
    """Why nobody can keep this appointment even with the whole day free for it; None when somebody can."""
    door = land.doors[index]
    promise = door.appointment
    if promise is None:
        return None
    if not any(door.speaks & stint.walker.speaks for stint in land.stints):
        return Reason.NO_SPEAKER
    able = [number for number, stint in enumerate(land.stints) if may_visit(stint.walker, door)]
    asked = promise.mediator_id is not None or promise.shift_id is not None
    present = [
        number
        for number in able
        if land.stints[number].starts <= promise.ends
        and max(land.stints[number].starts, promise.begins) + door.service <= land.stints[number].ends
    ]
    if not present:
        return Reason.PROMISED_ABSENT if asked else Reason.NO_SHIFT
    return None if any(timed(land, number, [index]).fits for number in present) else Reason.TOO_FAR


def together(promised: Sequence[Door], walks: Sequence[Stint], travel: TravelTimes, seed: int) -> Routes:
    """Routes (stint, doors) that keep as many of these appointments as can be kept together."""
    if not promised:
        return []
    land = ground(walks, promised, travel)
    matrices = tuple(land.matrix(profile) for profile in range(len(land.modes)))
    calls = [
        Call(land.at + index, door.service, door.appointment.begins, door.appointment.ends, KEPT)
        for index, door in enumerate(promised)
        if door.appointment is not None
    ]
    solved = solve_generic(
        Problem(matrices, matrices, calls, land.vehicles()), Effort(ITERATIONS + PER_APPOINTMENT * len(calls), seed)
    )
    if not solved.feasible:
        return []
    return [(stint, list(order)) for stint, order in solved.routes]


def _rivals(door: Door, other: Door, walks: Sequence[Stint]) -> bool:
    """Whether both want one of the same people at about the same time."""
    if door.appointment is None or other.appointment is None:
        return False
    near = ENTRY + max(door.service, other.service) + 1800
    apart = max(door.appointment.begins, other.appointment.begins) - min(door.appointment.ends, other.appointment.ends)
    return apart <= near and any(may_visit(stint.walker, door) and may_visit(stint.walker, other) for stint in walks)
