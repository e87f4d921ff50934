"""An audit of a round plan that shares no code with the model: times are walked again from the stops alone."""

from __future__ import annotations

import math

SPEED = {"foot": 4.2, "transit": 4.2, "bike": 12.0, "car": 20.0}


def metres(a, b, lat0):
    """Along the streets, on a plane: the arguments are (lon, lat) in degrees."""
    x = math.radians(a[0] - b[0]) * math.cos(math.radians(lat0))
    return 6_371_000 * math.hypot(x, math.radians(a[1] - b[1])) * 1.35


def leg(a, b, mode, lat0):
    """Seconds between two (lon, lat, building or None)."""
    if a == b:
        return 0
    if a[2] is not None and a[2] == b[2]:
        return 60
    far = metres(a, b, lat0)
    seconds = far / (SPEED[mode] / 3.6) + (180 if mode == "car" else 0)
    if mode == "transit" and far > 900:
        seconds = min(seconds, 480 + far / (15 / 3.6))
    return seconds + (120 if b[2] is not None else 0)


def faults(plan, doors, walkers):
    """Everything in the plan that breaks a rule, in words. A few seconds of rounding are let go at each leg."""
    by_case, by_shift = {door.case_id: door for door in doors}, {walker.shift_id: walker for walker in walkers}
    lats = [door.lat for door in doors] + [walker.lat for walker in walkers]
    lat0 = (min(lats) + max(lats)) / 2
    found = [line for route in plan.rounds for line in walked(route, by_shift[route.shift_id], by_case, lat0)]
    seen = [stop.case_id for route in plan.rounds for stop in route.stops]
    if len(seen) != len(set(seen)):
        found.append("a household twice")
    aside = {item.case_id for item in plan.set_aside}
    for door in doors:
        if door.appointment and (door.case_id in seen) == (door.case_id in aside):
            found.append(f"{door.case_id}: an appointment neither kept nor set aside, or both")
        if not door.appointment and (door.case_id in seen) == (door.case_id in plan.left):
            found.append(f"{door.case_id}: neither visited nor left, or both")
    return found


def walked(route, walker, by_case, lat0):
    """The faults of one round."""
    site = (walker.lon, walker.lat, None)
    here, clock, eaten, slack = site, walker.starts, route.lunch is None, 5
    if walker.lunch and not lunched(route, walker.lunch):
        yield f"{route.shift_id}: no lunch as asked"
    for stop in route.stops:
        door = by_case[stop.case_id]
        there = (door.lon, door.lat, door.building_id)
        if not eaten and stop.begins >= route.lunch[0]:
            clock += leg(here, site, walker.mode, lat0)
            if clock > route.lunch[0] + slack:
                yield f"{route.shift_id}: back too late for lunch"
            here, clock, eaten = site, route.lunch[1], True
        clock += leg(here, there, walker.mode, lat0)
        slack += 2 + 0.002 * leg(here, there, walker.mode, lat0)
        if stop.begins < clock - slack:
            yield f"{stop.case_id}: begins before anybody can be there"
        if not eaten and stop.ends > route.lunch[0]:
            yield f"{stop.case_id}: during lunch"
        yield from at_the_door(stop, door, walker)
        here, clock = there, stop.ends
    if route.stops and clock + leg(here, site, walker.mode, lat0) > walker.ends + slack:
        yield f"{route.shift_id}: back after the end"
    if route.stops and route.back < route.stops[-1].ends:
        yield f"{route.shift_id}: back before the last visit"


def lunched(route, lunch):
    return (
        route.lunch is not None
        and lunch.earliest <= route.lunch[0] <= lunch.latest
        and route.lunch[1] - route.lunch[0] == lunch.seconds
    )


def at_the_door(stop, door, walker):
    """Windows, the one who promised, the language, the time at the door."""
    windows = list(door.windows)
    if door.appointment:
        windows = [(door.appointment.begins, door.appointment.ends)]
        if door.appointment.mediator_id not in {None, walker.mediator_id}:
            yield f"{stop.case_id}: another mediator than promised"
        if door.appointment.shift_id not in {None, walker.shift_id}:
            yield f"{stop.case_id}: another shift than promised"
    if windows and not any(first <= stop.begins <= last for first, last in windows):
        yield f"{stop.case_id}: outside its windows"
    if not door.speaks & walker.speaks:
        yield f"{stop.case_id}: no common language"
    if stop.ends - stop.begins != door.service:
        yield f"{stop.case_id}: not the time at the door"
