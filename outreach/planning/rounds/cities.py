"""Several cities, each in a process beside this one: nothing is shared between them, so the plans are those of a sequence."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from outreach.planning.rounds.cut import PER_SEAT
from outreach.planning.rounds.helpers import HELPERS
from outreach.planning.rounds.model import Door, Plan, Walker
from outreach.planning.rounds.plan import iterations_for, plan_rounds
from outreach.planning.rounds.travel import TravelTimes

WORTH_A_PROCESS = 400_000
"""Doors times iterations: about half a second of one core. Below that, beginning a process takes as long as it saves."""
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class City:
    """What ``plan_rounds`` takes, for one city."""

    doors: Sequence[Door]
    walkers: Sequence[Walker]
    seed: int
    iterations: int | None = None
    travel: TravelTimes | None = None
    per_seat: float = PER_SEAT
    seconds: float | None = None


def plan_cities(cities: Mapping[Key, City], *, processes: int = 2) -> dict[Key, Plan]:
    """The plan of each city, the same as one by one. ``processes`` = 1 stays in this process.

    Raises what ``plan_rounds`` raises, for the first city that fails.
    """
    if processes == 1 or (sum(map(_work, cities.values())) < WORTH_A_PROCESS and not HELPERS.are_there):
        return {key: _planned(city) for key, city in cities.items()}
    with ThreadPoolExecutor(processes) as waiting:
        return dict(zip(cities, waiting.map(partial(HELPERS.ask, _planned), cities.values()), strict=True))


def _work(city: City) -> int:
    """How much there is to search in a city: doors times iterations."""
    return len(city.doors) * (city.iterations or iterations_for(len(city.doors), len(city.walkers)))


def _planned(city: City) -> Plan:
    return plan_rounds(
        city.doors, city.walkers, seed=city.seed, iterations=city.iterations, travel=city.travel, per_seat=city.per_seat,
        seconds=city.seconds,
    )  # fmt: skip
