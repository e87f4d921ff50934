"""The rounds of one city: all its sites and days in one problem, appointments first, never an infeasible plan."""

from __future__ import annotations

from collections.abc import Sequence

from outreach.core.i18n import _
from outreach.planning.rounds.appointments import keepable
from outreach.planning.rounds.cut import PER_SEAT, offered
from outreach.planning.rounds.floors import by_floor
from outreach.planning.rounds.ground import Ground, ground, stints
from outreach.planning.rounds.model import Door, InfeasiblePlanError, Plan, Round, SetAside, Walker
from outreach.planning.rounds.solver import Call, Effort, Problem, Solved, solve_generic
from outreach.planning.rounds.timing import Timed, timed, windows_of
from outreach.planning.rounds.travel import StraightLine, TravelTimes


def iterations_for(doors: int, stints: int) -> int:
    """Iterations for so many doors offered and stints: a city day of 12 mediators in about 7 CPU s, a site week in about 15."""
    return 200 + min(700 * stints, 15 * doors)


def plan_rounds(
    doors: Sequence[Door],
    walkers: Sequence[Walker],
    *,
    seed: int,
    iterations: int | None = None,
    travel: TravelTimes | None = None,
    per_seat: float = PER_SEAT,
    seconds: float | None = None,
) -> Plan:
    """Plan the visits of one city. Same input, seed and iterations: the same plan, in any process.

    ``iterations``: by the size of the problem unless given. ``per_seat``: doors offered for each that fits. ``seconds``: a
    safety limit; a plan that it cut short has fewer ``iterations`` and is not repeatable.
    Raises ``InfeasiblePlanError`` rather than return a plan that breaks a rule.
    """
    travel = travel or StraightLine()
    walks = stints(walkers, doors)
    kept, aside, routes = keepable(doors, walks, travel, seed)
    chosen = kept + [door for door in offered(doors, walkers, per_seat) if door.appointment is None]
    if not walks or not chosen:
        return summed([], doors, aside, seed, 0)
    land = ground(walks, chosen, travel)
    effort = Effort(iterations or iterations_for(len(chosen), len(walks)), seed, seconds)
    problem, door_of = city_problem(land)
    # Kept appointments come first in both numberings, so their routes are a start that breaks no rule.
    solved = solve_generic(problem, effort, routes or None)
    return summed(rounds_of(land, checked(land, solved, door_of)), doors, aside, seed, solved.iterations)


def city_problem(land: Ground) -> tuple[Problem, list[int]]:
    """The solver's problem, and the door of each of its calls (a door with several windows has as many)."""
    calls, door_of = [], []
    early, late = min(stint.starts for stint in land.stints), max(stint.ends for stint in land.stints)
    for index, door in enumerate(land.doors):
        windows = windows_of(door) or ((early, late),)
        group = index if len(windows) > 1 else None
        required = door.appointment is not None
        for first, last in windows:
            calls.append(Call(land.at + index, door.service, first, last, 0 if required else door.value, required, group))
            door_of.append(index)
    matrices = [land.matrix(profile) for profile in range(len(land.modes))]
    return Problem(matrices, matrices, calls, land.vehicles()), door_of


def checked(land: Ground, solved: Solved, door_of: Sequence[int]) -> dict[int, Timed]:
    """The times of each stint, recomputed, floors in order. Refuses the answer of the solver if anything does not hold."""
    routes = [(stint, [door_of[call] for call in order]) for stint, order in solved.routes]
    required = {index for index, door in enumerate(land.doors) if door.appointment is not None}
    visited = [index for _stint, order in routes for index in order]
    walked = {stint: timed(land, stint, by_floor(land, stint, order)) for stint, order in routes}
    complete = required <= set(visited) and len(visited) == len(set(visited)) and len(routes) == len(walked)
    if not (solved.feasible and complete and all(times.fits for times in walked.values())):
        raise InfeasiblePlanError(
            _("le plan de tournées ne respecte pas toutes les règles : il est refusé"),
            mend=_("Vérifiez les rendez-vous et les horaires des médiateurs, puis relancez le plan."),
        )
    return walked


def summed(rounds: Sequence[Round], doors: Sequence[Door], aside: Sequence[SetAside], seed: int, iterations: int) -> Plan:
    """The plan that these rounds make of these doors."""
    seen = {stop.case_id for planned in rounds for stop in planned.stops}
    waiting = [door for door in doors if door.case_id not in seen and door.appointment is None]
    return Plan(
        tuple(rounds), tuple(aside), tuple(door.case_id for door in sorted(waiting, key=lambda door: -door.value)),
        sum(door.value for door in doors if door.case_id in seen), sum(planned.travel for planned in rounds), seed, iterations,
    )  # fmt: skip


def rounds_of(land: Ground, walked: dict[int, Timed]) -> list[Round]:
    """Both halves of a shift make one round, with the lunch between them."""
    rounds = []
    by_shift: dict[int, list[int]] = {}
    for number, stint in enumerate(land.stints):
        by_shift.setdefault(stint.walker.shift_id, []).append(number)
    for numbers in by_shift.values():
        halves = [walked[number] for number in numbers if number in walked and walked[number].stops]
        if not halves:
            continue
        walker = land.stints[numbers[0]].walker
        lunch = next((land.stints[number].lunch for number in numbers if land.stints[number].lunch), None)
        stops = tuple(stop for half in halves for stop in half.stops)
        travel = sum(half.travel for half in halves)
        rounds.append(Round(walker.shift_id, walker.mediator_id, halves[0].leaves, halves[-1].back, travel, stops, lunch))
    return rounds
