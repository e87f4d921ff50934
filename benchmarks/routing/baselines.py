"""How days are planned by hand: street by street, or to whatever door is nearest; languages and appointments respected."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from outreach.planning.rounds import Door, Walker
from routing.judge import seconds

STREET = 200.0
"""Metres between two streets of the grid by which "street order" walks."""
Choice = Callable[[Door | Walker, Door], tuple[float, ...]]


def street_order(doors: Sequence[Door], walkers: Sequence[Walker]) -> dict[int, list[int]]:
    """Doors in the order of their streets, up one and down the next; each mediator begins at the street of the site."""
    rank = {door.case_id: number for number, door in enumerate(sorted(doors, key=_street))}
    behind = len(rank)

    def along(here: Door | Walker, door: Door) -> tuple[float, ...]:
        at = rank[here.case_id] if isinstance(here, Door) else _first(here, doors, rank)
        return ((rank[door.case_id] - at) % behind,)

    return _walked(doors, walkers, along)


def nearest_neighbour(doors: Sequence[Door], walkers: Sequence[Walker]) -> dict[int, list[int]]:
    """The door that is reached soonest, the more valuable of equals."""
    middle = math.radians(walkers[0].lat)
    return _walked(doors, walkers, lambda here, door: (seconds(here, door, middle), -door.value))


def _street(door: Door) -> tuple[int, float]:
    street = int(door.lat * 111_194.9 / STREET)
    return street, door.lon if street % 2 else -door.lon


def _first(walker: Walker, doors: Sequence[Door], rank: dict[int, int]) -> int:
    nearest = min(doors, key=lambda door: math.hypot(door.lon - walker.lon, door.lat - walker.lat))
    return rank[nearest.case_id]


def _walked(doors: Sequence[Door], walkers: Sequence[Walker], choice: Choice) -> dict[int, list[int]]:
    """Appointments are dealt out first; then all mediators walk, whoever is free first chooses next."""
    middle = math.radians(walkers[0].lat)
    promises = _dealt(doors, walkers, middle)
    free = {door.case_id: door for door in doors if door.appointment is None}
    orders: dict[int, list[int]] = {walker.shift_id: [] for walker in walkers}
    here: dict[int, Door | Walker] = {walker.shift_id: walker for walker in walkers}
    clock = {walker.shift_id: float(walker.starts) for walker in walkers}
    walking = list(walkers)
    while walking:
        walker = min(walking, key=lambda one: (clock[one.shift_id], one.shift_id))
        shift = walker.shift_id
        coming = promises[shift]
        able = (
            door for door in free.values()
            if door.speaks & walker.speaks and _fits(walker, here[shift], clock[shift], [door, *coming], middle)
        )  # fmt: skip
        chosen = min(able, key=lambda door: (*choice(here[shift], door), door.case_id), default=None)
        if chosen is None and not coming:
            walking.remove(walker)
            continue
        door = chosen or coming.pop(0)
        free.pop(door.case_id, None)
        clock[shift] = _begin(clock[shift] + seconds(here[shift], door, middle), door) + door.service
        here[shift] = door
        orders[shift].append(door.case_id)
    return orders


def _dealt(doors: Sequence[Door], walkers: Sequence[Walker], middle: float) -> dict[int, list[Door]]:
    """Each appointment, in order of time, to the nearest site's mediator who can still keep it."""
    promises: dict[int, list[Door]] = {walker.shift_id: [] for walker in walkers}
    for door in sorted(
        (door for door in doors if door.appointment), key=lambda door: door.appointment.begins if door.appointment else 0
    ):
        able = [
            walker for walker in walkers
            if door.speaks & walker.speaks and _fits(walker, walker, walker.starts, [*promises[walker.shift_id], door], middle)
        ]  # fmt: skip
        if able:
            best = min(able, key=lambda walker: (len(promises[walker.shift_id]), seconds(walker, door, middle), walker.shift_id))
            promises[best.shift_id].append(door)
    return promises


def _fits(walker: Walker, here: Door | Walker, clock: float, coming: Sequence[Door], middle: float) -> bool:
    for door in coming:
        clock = _begin(clock + seconds(here, door, middle), door)
        if door.appointment is not None and clock > door.appointment.ends:
            return False
        clock, here = clock + door.service, door
    return clock + seconds(here, walker, middle) <= walker.ends


def _begin(arrives: float, door: Door) -> float:
    return max(arrives, door.appointment.begins) if door.appointment else arrives
