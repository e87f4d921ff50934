"""The one call of the routing solver: city plans and public benchmark instances go through it alike."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyvrp import Client, ClientGroup, Depot, Location, ProblemData, Route, Solution, VehicleType, solve
from pyvrp.exceptions import PenaltyBoundWarning
from pyvrp.IteratedLocalSearch import IteratedLocalSearchParams
from pyvrp.search import NeighbourhoodParams
from pyvrp.solve import SolveParams
from pyvrp.stop import MaxIterations, MaxRuntime, MultipleCriteria

FOREVER = 1 << 40
"""A second that no plan reaches."""


@dataclass(frozen=True)
class Call:
    """One place to serve: ``place`` is a row of the matrices, the rest is in their unit.

    ``early``, ``late``: when service may begin. ``prize``: earned if served; ``required``: must be.
    ``group``: of several calls with one group at most one is served. ``demand``: one figure for each load.
    """

    place: int
    service: int = 0
    early: int = 0
    late: int = FOREVER
    prize: int = 0
    required: bool = False
    group: int | None = None
    demand: tuple[int, ...] = ()


@dataclass(frozen=True)
class Vehicle:
    """``count`` equal vehicles from a place to a place between two moments, on one of the matrices (``profile``)."""

    start: int
    end: int
    early: int = 0
    late: int = FOREVER
    profile: int = 0
    capacity: tuple[int, ...] = ()
    count: int = 1


@dataclass(frozen=True)
class Problem:
    """Calls and vehicles on matrices of cost and of time (n x n integers), one of each for each profile."""

    cost: Sequence[Any]
    time: Sequence[Any]
    calls: Sequence[Call]
    vehicles: Sequence[Vehicle]
    x: np.ndarray | None = None
    y: np.ndarray | None = None


@dataclass(frozen=True)
class Solved:
    """Routes as (vehicle, calls in order); ``cost``: travel plus prizes left behind; ``feasible`` is for the caller to check.

    ``iterations``: those made, fewer than asked only if the safety limit of time ended the search (``hurried``).
    """

    routes: tuple[tuple[int, tuple[int, ...]], ...]
    cost: int
    feasible: bool
    iterations: int
    hurried: bool = False


MEMORY = 100
"""Solutions that a new one is compared with (late acceptance). The solver's own 300 suits searches of minutes, not of seconds."""

NEIGHBOURS = ((100, 30), (FOREVER, 50))
"""Between how many of its nearest doors a search tries to move one, by the calls of a problem: of a site's few rounds 30 find as much
as the solver's own 50 in two thirds of the time; of a city's day, where the nearest live in the same building, less."""


@dataclass(frozen=True)
class Effort:
    """How hard to search. ``seconds``: a safety limit that makes the plan depend on the machine; None keeps it repeatable."""

    iterations: int
    seed: int
    seconds: float | None = None


def solve_generic(problem: Problem, effort: Effort, start: Sequence[tuple[int, Sequence[int]]] | None = None) -> Solved:
    """The best routes found. Same problem, effort and start: same routes, in any process.

    ``start``: routes to begin with, as (vehicle, calls). Check ``feasible``: a required call that cannot be served makes the
    answer infeasible without an error.
    """
    if not problem.calls or not problem.vehicles:
        return Solved((), 0, not any(call.required for call in problem.calls), 0)
    data = _data(problem)
    initial = None
    if start is not None:
        initial = Solution(data, [Route(data, list(calls), vehicle) for vehicle, calls in start if calls])
    stop: Any = MaxIterations(effort.iterations)
    if effort.seconds is not None:
        stop = MultipleCriteria([stop, MaxRuntime(effort.seconds)])
    near = next(near for most, near in NEIGHBOURS if len(problem.calls) <= most)
    params = SolveParams(
        ils=IteratedLocalSearchParams(history_length=MEMORY), neighbourhood=NeighbourhoodParams(num_neighbours=near)
    )
    with warnings.catch_warnings():
        # It says that no feasible plan was found yet: the answer says so too.
        warnings.simplefilter("ignore", PenaltyBoundWarning)
        result = solve(data, stop, effort.seed, collect_stats=False, params=params, initial_solution=initial)
    routes = tuple(
        (route.vehicle_type(), tuple(activity.idx for activity in route.schedule() if activity.is_client()))
        for route in result.best.routes()
    )
    cost = result.best.distance_cost() + result.best.uncollected_prizes()
    done = result.num_iterations
    return Solved(routes, cost, result.best.is_feasible(), done, done < effort.iterations)


def _data(problem: Problem) -> ProblemData:
    size = len(problem.cost[0])
    x = np.zeros(size) if problem.x is None else problem.x
    y = np.zeros(size) if problem.y is None else problem.y
    depots = sorted({place for vehicle in problem.vehicles for place in (vehicle.start, vehicle.end)})
    at = {place: index for index, place in enumerate(depots)}
    groups: dict[int, list[int]] = {}
    for index, call in enumerate(problem.calls):
        if call.group is not None:
            groups.setdefault(call.group, []).append(index)
    numbers = {name: index for index, name in enumerate(groups)}
    return ProblemData(
        locations=[Location(float(x[place]), float(y[place])) for place in range(size)],
        clients=[
            Client(
                call.place, delivery=list(call.demand), service_duration=call.service, tw_early=call.early, tw_late=call.late,
                prize=call.prize, required=call.required, group=None if call.group is None else numbers[call.group],
            )
            for call in problem.calls
        ],
        depots=[Depot(place) for place in depots],
        vehicle_types=[
            VehicleType(
                vehicle.count, list(vehicle.capacity), at[vehicle.start], at[vehicle.end], tw_early=vehicle.early,
                tw_late=vehicle.late, profile=vehicle.profile,
            )
            for vehicle in problem.vehicles
        ],
        distance_matrices=list(problem.cost),
        duration_matrices=list(problem.time),
        groups=[ClientGroup(members, required=False) for members in groups.values()],
    )  # fmt: skip
