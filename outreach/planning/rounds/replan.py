"""A plan made anew while the day runs: somebody falls ill, a door drops out, an appointment comes in. The others hardly notice.

Two things hold a plan still. Taking a door from the mediator who has it costs the solver as much as a detour of ``STAY``
seconds, dropping it costs that beside its value; and the search starts from the plan in force. If too many doors move all the
same, the price is raised; in the end the plan in force stands, with only what must be put in or taken out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from outreach.planning.rounds.appointments import keepable
from outreach.planning.rounds.changes import change
from outreach.planning.rounds.cut import offered
from outreach.planning.rounds.ground import Ground, Stint, ground
from outreach.planning.rounds.model import Door, Plan, Replanned, Round, Stop, Walker
from outreach.planning.rounds.plan import checked, city_problem, rounds_of, summed
from outreach.planning.rounds.remaining import Routes, begun_by, begun_of, routes_left, stints_left, with_promises
from outreach.planning.rounds.solver import Effort, Problem, solve_generic
from outreach.planning.rounds.timing import timed
from outreach.planning.rounds.travel import StraightLine, TravelTimes

STAY = (900, 3600, 1_000_000)
"""Seconds of detour that it costs to take a door from its mediator; the next when too many changed."""
DISTURBED = 0.2
"""The share of doors that may change hands or be dropped among those of the mediators who stay."""
ITERATIONS = 1500


def replan(
    plan: Plan,
    doors: Sequence[Door],
    walkers: Sequence[Walker],
    *,
    now: int,
    seed: int,
    done: Collection[int] | None = None,
    absent: Collection[int] = (),
    iterations: int = ITERATIONS,
    travel: TravelTimes | None = None,
) -> Replanned:
    """Change a plan in force as little as its value allows.

    ``doors``: all doors of the day, visited ones included as far as their place is known; a planned door that is missing is
    withdrawn. ``walkers``: of the whole day; ``absent``: the shifts that end now. ``done``: cases visited or under way, else all
    that should have begun by ``now``: these are never touched, nor the door that somebody is walking to. Appointments stay
    required; those that nobody can keep any more are set aside.
    Raises ``InfeasiblePlanError`` like ``plan_rounds``.
    """
    travel = travel or StraightLine()
    force = {planned.shift_id: planned for planned in plan.rounds}
    known = {door.case_id: door for door in doors}
    begun = begun_by(plan, now, done, absent, known)
    present = [walker for walker in walkers if walker.shift_id not in absent]
    walks = [stint for walker in present for stint in stints_left(walker, force.get(walker.shift_id), begun, known, now)]
    to_do = [door for door in doors if door.case_id not in begun]
    kept, aside, routes = keepable(to_do, walks, travel, seed)
    home = {
        stop.case_id: planned.shift_id
        for planned in plan.rounds
        if planned.shift_id not in absent
        for stop in planned.stops
        if stop.case_id not in begun and stop.case_id in known
    }
    chosen = kept + _offered(to_do, plan, walks)
    best: tuple[Plan, float] | None = None
    if walks and chosen:
        land = ground(walks, chosen, travel, apart=True)
        start = with_promises(land, routes_left(land, force, begun)) or routes
        for stay in STAY:
            rounds, used = _solved(land, home, stay, start, Effort(iterations, seed))
            fresh = summed(_with_past(rounds, plan, walkers, begun, known, travel), doors, aside, seed, used)
            moved = change(plan, fresh, known, begun, absent).disturbed
            if best is None or moved < best[1]:
                best = fresh, moved
            if moved <= DISTURBED:
                break
    new = best[0] if best else summed(_with_past([], plan, walkers, begun, known, travel), doors, aside, seed, 0)
    return Replanned(new, change(plan, new, known, begun, absent))


def _offered(doors: Sequence[Door], plan: Plan, walks: Sequence[Stint]) -> list[Door]:
    """The doors in force, and the best of the others for the time that is left."""
    planned = {stop.case_id for done in plan.rounds for stop in done.stops}
    stretches = [replace(walk.walker, starts=walk.starts, ends=walk.ends, lunch=None) for walk in walks]
    free = [door for door in doors if door.appointment is None]
    fresh = offered([door for door in free if door.case_id not in planned], stretches)
    return [door for door in free if door.case_id in planned] + fresh


def _solved(land: Ground, home: Mapping[int, int], stay: int, start: Routes, effort: Effort) -> tuple[list[Round], int]:
    """Rounds of what is left, with the price of change on the legs (cost only: time stays time) and on the doors in force."""
    problem, door_of = city_problem(land)
    costs = []
    for profile, time in enumerate(problem.time):
        shift = next(stint.walker.shift_id for stint, own in zip(land.stints, land.profile_of, strict=True) if own == profile)
        cost = time.copy()
        for index, door in enumerate(land.doors):
            if home.get(door.case_id, shift) != shift:
                cost[:, land.at + index] += stay
        np.fill_diagonal(cost, 0)
        costs.append(cost)
    calls = [
        call if call.required or land.doors[index].case_id not in home else replace(call, prize=call.prize + stay)
        for call, index in zip(problem.calls, door_of, strict=True)
    ]
    begin = [(stint, _calls(land, stint, order, problem, door_of)) for stint, order in start]
    solved = solve_generic(Problem(costs, problem.time, calls, problem.vehicles), effort, begin)
    return rounds_of(land, checked(land, solved, door_of)), solved.iterations


def _calls(land: Ground, stint: int, order: Sequence[int], problem: Problem, door_of: Sequence[int]) -> list[int]:
    """The calls of these doors: of a door with several windows, the one in which its visit begins."""
    found = []
    for index, stop in zip(order, timed(land, stint, order).stops, strict=True):
        of_door = [number for number, door in enumerate(door_of) if door == index]
        inside = [number for number in of_door if problem.calls[number].early <= stop.begins <= problem.calls[number].late]
        found.append((inside or of_door)[0])
    return found


def _with_past(
    rounds: Sequence[Round], plan: Plan, walkers: Sequence[Walker], begun: Collection[int], known: Mapping[int, Door],
    travel: TravelTimes,
) -> list[Round]:  # fmt: skip
    """The rounds with the visits done before them, whoever made those."""
    fresh = {planned.shift_id: planned for planned in rounds}
    force = {planned.shift_id: planned for planned in plan.rounds}
    whole = []
    for walker in walkers:
        old, new = force.get(walker.shift_id), fresh.get(walker.shift_id)
        past = begun_of(old, begun)
        if old is None or not past:
            whole += [new] if new else []
            continue
        legs, home = _past_travel(walker, old, past, known, travel)
        whole.append(
            replace(
                old, stops=(*past, *(new.stops if new else ())), back=new.back if new else past[-1].ends + home,
                travel=legs + (new.travel if new else home),
            )
        )  # fmt: skip
    return whole


def _past_travel(
    walker: Walker, old: Round, past: Sequence[Stop], known: Mapping[int, Door], travel: TravelTimes
) -> tuple[int, int]:
    """Seconds walked up to the last door done, and from there to the site."""
    cut = old.lunch[1] if old.lunch else walker.ends
    legs = home = 0
    for half in ([stop for stop in past if stop.begins < cut], [stop for stop in past if stop.begins >= cut]):
        doors = [known[stop.case_id] for stop in half if stop.case_id in known]
        if doors:
            land = ground([Stint(walker, walker.starts, walker.ends, walker.lon, walker.lat)], doors, travel)
            legs += home + timed(land, 0, range(len(doors))).travel
            home = land.leg(0, land.at + len(doors) - 1, land.ends[0])
            legs -= home
    return legs, home
