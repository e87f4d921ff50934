"""What a day's orders are worth and what they break, walked from the orders alone: one judge for every planner.

Shares no code with the product. A window holds for the moment the visit begins, after the way into the building.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from outreach.planning.rounds import Door, Walker

Orders = Mapping[int, Sequence[int]]
"""The cases that each shift visits, in order."""


@dataclass(frozen=True)
class Verdict:
    """``net``: values minus seconds of travel; ``faults``: lateness, language, repetition, late return, in words."""

    net: int
    visits: int
    promises_kept: int
    travel: int
    faults: list[str]


def judged(orders: Orders, doors: Sequence[Door], walkers: Sequence[Walker]) -> Verdict:
    """Walk the orders."""
    by_case, by_shift = {door.case_id: door for door in doors}, {walker.shift_id: walker for walker in walkers}
    middle = math.radians(sum(walker.lat for walker in walkers) / len(walkers))
    value = travel = 0
    faults: list[str] = []
    seen: list[int] = []
    for shift, order in orders.items():
        walker, here, clock = by_shift[shift], None, float(by_shift[shift].starts)
        for case in order:
            door = by_case[case]
            leg = seconds(walker if here is None else here, door, middle)
            clock, travel, value = clock + leg, travel + leg, value + door.value
            if door.appointment is not None:
                clock = max(clock, door.appointment.begins)
                if clock > door.appointment.ends + 2 + len(order):
                    faults.append(f"{case}: {clock - door.appointment.ends:.0f} s late")
            if not door.speaks & walker.speaks:
                faults.append(f"{case}: language")
            clock += door.service
            here = door
            seen.append(case)
        if here is not None:
            leg = seconds(here, walker, middle)
            travel += leg
            if clock + leg > walker.ends + 2 + len(order):
                faults.append(f"shift {shift}: {clock + leg - walker.ends:.0f} s late home")
    faults += [f"{case}: twice" for case in set(seen) if seen.count(case) > 1]
    kept = sum(by_case[case].appointment is not None for case in set(seen))
    return Verdict(round(value - travel), len(seen), kept, round(travel), faults)


def seconds(origin: Door | Walker, target: Door | Walker, middle: float) -> float:
    """On foot, or by public transport where that is faster; two minutes into a building, one to the next door."""
    if isinstance(origin, Door) and isinstance(target, Door) and origin.building_id == target.building_id:
        return 60.0
    x = math.radians(origin.lon - target.lon) * math.cos(middle)
    metres = 6_371_000 * 1.35 * math.hypot(x, math.radians(origin.lat - target.lat))
    walk = metres / 4.2 * 3.6
    moving = min(walk, 480 + metres / 15 * 3.6) if metres > 900 else walk
    return moving + (120.0 if isinstance(target, Door) else 0.0)
