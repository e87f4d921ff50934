"""Times of a round, recomputed from the order of its stops alone: a sheet never shows what the solver only assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from outreach.planning.rounds.ground import Ground
from outreach.planning.rounds.model import Door, Stop


@dataclass(frozen=True)
class Timed:
    """A stint with its times; ``fits``: every window and the end of the stint are kept."""

    stops: tuple[Stop, ...]
    leaves: int
    back: int
    travel: int
    fits: bool


def windows_of(door: Door) -> tuple[tuple[int, int], ...]:
    """When the visit may begin; empty when at any time."""
    if door.appointment is not None:
        return ((door.appointment.begins, door.appointment.ends),)
    return door.windows


def timed(land: Ground, stint: int, order: Sequence[int]) -> Timed:
    """Walk the doors (indices) in order, each as early as its windows allow; leave the site no sooner than needed."""
    here, clock, travel, fits = land.starts[stint], land.stints[stint].starts, 0, True
    stops: list[Stop] = []
    for index in order:
        door = land.doors[index]
        leg = land.leg(stint, here, land.at + index)
        arrives = clock + leg
        begins = _begin(arrives, windows_of(door))
        fits = fits and begins is not None and bool(land.allowed[land.profile_of[stint], index])
        begins = arrives if begins is None else begins
        stops.append(Stop(door.case_id, arrives, begins, begins + door.service, door.building_id))
        clock, travel, here = begins + door.service, travel + leg, land.at + index
    home = land.leg(stint, here, land.ends[stint])
    back = clock + home
    wait = stops[0].begins - stops[0].arrives if stops else 0
    if wait:
        # Waiting is better done at the site than before the first door.
        stops[0] = replace(stops[0], arrives=stops[0].begins)
    return Timed(
        tuple(stops),
        land.stints[stint].starts + wait,
        back,
        travel + home,
        fits and (not stops or back <= land.stints[stint].ends),
    )


def _begin(arrives: int, windows: Sequence[tuple[int, int]]) -> int | None:
    if not windows:
        return arrives
    return min((max(arrives, first) for first, last in windows if max(arrives, first) <= last), default=None)
