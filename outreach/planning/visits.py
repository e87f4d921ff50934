"""Visit rounds by PyVRP: every site of the city in one problem, doors as optional clients with prizes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyvrp import Client, Depot, Location, ProblemData, Route, VehicleType, solve
from pyvrp.stop import MaxIterations

WALK_SPEED = 4.2 / 3.6
"""Metres per second on foot."""
TRANSIT_SPEED = 15 / 3.6
TRANSIT_WAIT = 8 * 60
"""Public transport: average speed, and the wait and walk to it (s)."""
WALK_LIMIT = 900
"""Beyond this many metres the faster of walking and public transport is taken."""
DETOUR = 1.35
"""Streets are longer than the straight line."""
ENTRY = 120
"""Seconds to get into a building."""
NEXT_DOOR = 60
"""Seconds between two doors of one building."""
FORBIDDEN = 1_000_000
"""A travel time that no shift can hold: a door where the mediator does not speak the language."""
PRIZES = {1: 2800, 2: 1900, 3: 1300, 4: 900, 5: 750}
"""Seconds worth spending on a visit, by priority."""
LEAST_PRIZE = 600
CANDIDATES_PER_SEAT = 3
"""Doors offered to the solver for each that fits: more only slows the search."""
ITERATIONS = 400
EARTH = 6_371_000


@dataclass(frozen=True)
class Door:
    """A household to visit: where, how urgent, which languages will do."""

    case_id: int
    building_id: int
    lon: float
    lat: float
    priority: int
    speaks: frozenset[str]


@dataclass(frozen=True)
class Walker:
    """A mediator's visit shift, in seconds of its own length, starting and ending at a site."""

    shift_id: int
    lon: float
    lat: float
    seconds: int
    languages: frozenset[str]


@dataclass(frozen=True)
class PlannedRound:
    """The ordered doors of one shift: (case, seconds after the start of the shift at which the visit begins)."""

    shift_id: int
    stops: tuple[tuple[int, int], ...]
    travel_seconds: int


def seats(walkers: Sequence[Walker], service: int) -> int:
    """How many doors the shifts can hold at best (``service``: seconds at a door)."""
    return sum(walker.seconds // (service + NEXT_DOOR) for walker in walkers)


def plan_rounds(doors: Sequence[Door], walkers: Sequence[Walker], *, service: int, seed: int) -> list[PlannedRound]:
    """The rounds of one day. Same input and seed, same plan. A plan that is not feasible is never returned.

    ``service``: seconds at a door. Doors must come most urgent first: only the first few per seat are offered.
    """
    offered = list(doors[: seats(walkers, service) * CANDIDATES_PER_SEAT])
    if not offered or not walkers:
        return []
    matrix = travel_matrix(
        np.array([walker.lon for walker in walkers] + [door.lon for door in offered]),
        np.array([walker.lat for walker in walkers] + [door.lat for door in offered]),
        np.array([-1 - index for index in range(len(walkers))] + [door.building_id for door in offered]),
    )
    result = solve(_problem(offered, walkers, matrix, service), stop=MaxIterations(ITERATIONS), seed=seed, display=False)
    if not result.is_feasible():
        return []
    return [_read(route, offered, walkers, matrix, service) for route in result.best.routes()]


def travel_matrix(lon: np.ndarray, lat: np.ndarray, building: np.ndarray) -> np.ndarray:
    """Seconds from each place to each, the entry into the building of arrival included."""
    x = np.radians(lon) * math.cos(math.radians(float(lat.mean()))) * EARTH
    y = np.radians(lat) * EARTH
    metres = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :]) * DETOUR
    walk = metres / WALK_SPEED
    seconds = np.where(metres > WALK_LIMIT, np.minimum(walk, TRANSIT_WAIT + metres / TRANSIT_SPEED), walk)
    seconds += np.where(building[None, :] >= 0, ENTRY, 0)
    same = (building[:, None] == building[None, :]) & (building[:, None] >= 0)
    seconds = np.where(same, NEXT_DOOR, seconds)
    np.fill_diagonal(seconds, 0)
    return seconds.round().astype(np.int64)


def _problem(doors: Sequence[Door], walkers: Sequence[Walker], matrix: np.ndarray, service: int) -> ProblemData:
    """One routing profile per set of languages: doors it cannot speak with are out of its reach."""
    profiles = sorted({walker.languages for walker in walkers}, key=sorted)
    matrices: list[Any] = []
    for languages in profiles:
        reach = matrix.copy()
        for index, door in enumerate(doors, start=len(walkers)):
            if not door.speaks & languages:
                reach[:, index] = FORBIDDEN
                reach[index, :] = FORBIDDEN
                reach[index, index] = 0
        matrices.append(reach)
    return ProblemData(
        locations=[Location(walker.lon, walker.lat) for walker in walkers] + [Location(door.lon, door.lat) for door in doors],
        clients=[
            Client(index, service_duration=service, prize=PRIZES.get(door.priority, LEAST_PRIZE), required=False)
            for index, door in enumerate(doors, start=len(walkers))
        ],
        depots=[Depot(index) for index in range(len(walkers))],
        vehicle_types=[
            VehicleType(
                num_available=1, start_depot=index, end_depot=index, tw_early=0, tw_late=walker.seconds,
                shift_duration=walker.seconds, profile=profiles.index(walker.languages),
            )
            for index, walker in enumerate(walkers)
        ],
        distance_matrices=matrices,
        duration_matrices=matrices,
    )  # fmt: skip


def _read(route: Route, doors: Sequence[Door], walkers: Sequence[Walker], matrix: np.ndarray, service: int) -> PlannedRound:
    """Times recomputed from the order alone, so that a sheet never shows what the solver only assumed."""
    walker = int(route.vehicle_type())
    here, clock, travel, stops = walker, 0, 0, []
    for index in (activity.idx for activity in route.schedule() if activity.is_client()):
        leg = int(matrix[here, index + len(walkers)])
        clock, travel, here = clock + leg, travel + leg, index + len(walkers)
        stops.append((doors[index].case_id, clock))
        clock += service
    return PlannedRound(walkers[walker].shift_id, tuple(stops), travel + int(matrix[here, walker]))
