"""What is left of a day under way: where everybody stands, from when they are free, and the visits that still fit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from outreach.planning.rounds.ground import Ground, Stint, lunch_time
from outreach.planning.rounds.model import Door, Plan, Round, Stop, Walker
from outreach.planning.rounds.timing import timed

Routes = list[tuple[int, list[int]]]


def begun_by(plan: Plan, now: int, done: Collection[int] | None, absent: Collection[int], known: Mapping[int, Door]) -> set[int]:
    """The visits done, under way or walked to at ``now``; ``done`` None: those that should have begun."""
    begun = (
        {stop.case_id for planned in plan.rounds for stop in planned.stops if stop.begins <= now} if done is None else set(done)
    )
    for planned in plan.rounds:
        past = begun_of(planned, begun)
        coming = next((stop for stop in planned.stops if stop.case_id not in begun), None)
        if coming is None or planned.shift_id in absent or coming.case_id not in known:
            continue
        left = past[-1].ends if past else planned.leaves
        if planned.lunch and coming.begins >= planned.lunch[1] and (not past or past[-1].begins < planned.lunch[0]):
            left = planned.lunch[1]
        if left <= now:
            begun.add(coming.case_id)
    return begun


def begun_of(planned: Round | None, begun: Collection[int]) -> list[Stop]:
    """The visits of a round that are done or under way."""
    return [stop for stop in planned.stops if stop.case_id in begun] if planned else []


def stints_left(
    walker: Walker, planned: Round | None, begun: Collection[int], known: Mapping[int, Door], now: int
) -> list[Stint]:
    """What is left of a shift, from the last door that is known or the site; a lunch in force stays where it is."""
    fixed = begun_of(planned, begun)
    free = max(now, walker.starts, fixed[-1].ends if fixed else 0)
    lunch = planned.lunch if planned else None
    if lunch is None and walker.lunch is not None and planned is None:
        begins = lunch_time(walker, ())
        lunch = (begins, begins + walker.lunch.seconds)
    spot = (walker.lon, walker.lat, None)
    # Where somebody was visited may be known no more: they moved since, or were forgotten.
    last = next((known[stop.case_id] for stop in reversed(fixed) if stop.case_id in known), None)
    here = (last.lon, last.lat, last.building_id) if last else spot
    if lunch is None or (fixed and fixed[-1].begins >= lunch[1]):
        spans = [(free, walker.ends, here, lunch)]
    elif free < lunch[0]:
        spans = [(free, lunch[0], here, lunch), (lunch[1], walker.ends, spot, None)]
    else:
        spans = [(max(free, lunch[1]), walker.ends, spot, lunch)]
    return [
        Stint(walker, starts, ends, lon, lat, building, rest)
        for starts, ends, (lon, lat, building), rest in spans
        if starts < ends
    ]


def routes_left(land: Ground, plans: Mapping[int, Round], begun: Collection[int]) -> Routes:
    """The visits in force that are still to be made (stint, doors in order), those that no longer fit left out."""
    number = {door.case_id: index for index, door in enumerate(land.doors)}
    routes: Routes = []
    for stint, walk in enumerate(land.stints):
        planned = plans.get(walk.walker.shift_id)
        if planned is None:
            continue
        same = [index for index, other in enumerate(land.stints) if other.walker.shift_id == walk.walker.shift_id]
        last = stint == same[-1]
        order = [
            number[stop.case_id]
            for stop in planned.stops
            if stop.case_id in number and stop.case_id not in begun and (stop.begins < walk.ends if not last else True)
        ]
        taken = {index for _, others in routes for index in others}
        routes.append((stint, fitted(land, stint, [index for index in order if index not in taken])))
    return [(stint, order) for stint, order in routes if order]


def fitted(land: Ground, stint: int, order: Sequence[int]) -> list[int]:
    """The order without the doors of least value that stand in the way of the windows; appointments go last."""
    kept = [index for index in order if land.allowed[land.profile_of[stint], index]]
    while kept and not timed(land, stint, kept).fits:
        least = min(kept, key=lambda index: (land.doors[index].appointment is not None, land.doors[index].value, index))
        kept.remove(least)
    return kept


def with_promises(land: Ground, routes: Routes) -> Routes | None:
    """The routes with every missing appointment put in where it costs least; None when there is no such place."""
    orders = dict(routes)
    placed = {index for order in orders.values() for index in order}
    missing = [index for index, door in enumerate(land.doors) if door.appointment is not None and index not in placed]
    for index in missing:
        best: tuple[float, int, list[int]] | None = None
        for stint in range(len(land.stints)):
            for order in _insertions(land, stint, orders.get(stint, []), index):
                cost = _cost(land, stint, orders.get(stint, []), order)
                if best is None or cost < best[0]:
                    best = (cost, stint, order)
        if best is None:
            return None
        orders[best[1]] = best[2]
    return [(stint, order) for stint, order in sorted(orders.items()) if order]


def _insertions(land: Ground, stint: int, order: Sequence[int], index: int) -> list[list[int]]:
    """Every way to put a door into a route that keeps its appointments, other doors given up where they must be."""
    if not land.allowed[land.profile_of[stint], index]:
        return []
    must = {number for number in [*order, index] if land.doors[number].appointment is not None}
    tried = (fitted(land, stint, [*order[:place], index, *order[place:]]) for place in range(len(order) + 1))
    return [found for found in tried if must <= set(found)]


def _cost(land: Ground, stint: int, before: Sequence[int], after: Sequence[int]) -> float:
    lost = sum(land.doors[index].value for index in before if index not in after)
    return lost + timed(land, stint, after).travel - timed(land, stint, before).travel
