"""Visits get their round: all sites of a city and all days to come in one problem, promised visits required."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from outreach.core import clock
from outreach.core.words import Channel
from outreach.planning.rounds import (
    Appointment,
    City,
    Door,
    InfeasiblePlanError,
    Lunch,
    Plan,
    Reason,
    Round,
    Stop,
    TravelTimes,
    Walker,
    iterations_for,
    plan_cities,
    prize,
)
from outreach.planning.rounds.travel import DETOUR, metres_between
from outreach.planning.wishes import Placed, Wish, end_of_day
from outreach.policy.language import FRENCH
from outreach.policy.territories import territory_of, zone_of
from outreach.policy.windows import is_open, openings

if TYPE_CHECKING:
    from datetime import time

    from outreach.planning.promises import Promise
    from outreach.planning.shifts import Place, Worked
    from outreach.policy.ruling import Terms

SEED = 2026
NEAR = 15.0
"""Sites nearer than this (km) work in one city: their mediators share its doors."""
WORTH_THE_WALK = 5
"""A shift is worked whether its mediator walks or waits: a door far from the others is still worth going to."""
ITERATIONS_A_DOOR = 20
"""Small problems are solved long before the iterations that large ones need."""


@dataclass
class Rounds:
    """The visits of the days to come: placed, promised ones that cannot be kept, plans refused by city."""

    placed: list[Placed] = field(default_factory=list)
    not_kept: list[tuple[Promise, Reason]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    plans: list[tuple[Plan, Round]] = field(default_factory=list)


def place_visits(
    wishes: Sequence[Wish], promised: Mapping[int, Promise], shifts: Sequence[Worked], terms: Terms, *,
    service: int, lunch: tuple[time, time] | None, sites: Mapping[int, Place], travel: TravelTimes | None = None,
    processes: int = 1,
) -> Rounds:  # fmt: skip
    """Plan the rounds of shifts that have none yet. ``service``: seconds at a door; ``sites``: by number.

    ``promised``: the appointment of a wish's case. A city whose plan breaks a rule is refused and named; the others go on.
    """
    found = Rounds()
    offer = partial(_offer, found, terms=terms, service=service, lunch=lunch, sites=sites, travel=travel, processes=processes)
    free = offer(wishes, promised, shifts)
    # What a first search leaves of shifts and doors is looked at alone, until nothing more fits: the next plan finds nothing to
    # add.
    while free:
        visited = {item.wish.case_id for item in found.placed}
        left = [wish for wish in wishes if wish.case_id not in visited and wish.case_id not in promised]
        free = offer(left, {}, free)
    return found


def _offer(
    found: Rounds, wishes: Sequence[Wish], promised: Mapping[int, Promise], shifts: Sequence[Worked], *,
    terms: Terms, service: int, lunch: tuple[time, time] | None, sites: Mapping[int, Place], travel: TravelTimes | None,
    processes: int,
) -> list[Worked]:  # fmt: skip
    """Add the rounds of one search to ``found``; the shifts that it left empty, in cities where it filled some."""
    cities = city_of(sites)
    problems: dict[int, City] = {}
    for number in sorted(set(cities.values())):
        walkers = [walker for shift in shifts if cities[shift.site_id] == number for walker in walker_of(shift, terms, lunch)]
        days = sorted({shift.day for shift in shifts if cities[shift.site_id] == number})
        here = [wish for wish in wishes if cities[wish.site_id] == number]
        doors = [door for wish in here for door in door_of(wish, promised.get(wish.case_id), walkers, days, terms, service)]
        if walkers and doors:
            effort = min(iterations_for(len(doors), len(walkers)), ITERATIONS_A_DOOR * len(doors))
            problems[number] = City(doors, walkers, SEED + days[0].toordinal(), effort, travel=travel)
    by_case, by_id = {wish.case_id: wish for wish in wishes}, {shift.id: shift for shift in shifts}
    filled: set[int] = set()
    plans, refused = _plans(problems, processes)
    found.refused += [sites[number].name for number in refused]
    for plan in plans.values():
        _read(plan, by_case, promised, by_id, terms, found)
        filled |= {walked.shift_id for walked in plan.rounds if walked.stops}
    busy = {cities[by_id[number].site_id] for number in filled}
    return [shift for shift in shifts if shift.id not in filled and cities[shift.site_id] in busy]


def city_of(sites: Mapping[int, Place]) -> dict[int, int]:
    """The city of each site, named by its first site: sites linked by steps shorter than ``NEAR``."""
    ids = sorted(sites)
    lon, lat = np.array([sites[number].lon for number in ids]), np.array([sites[number].lat for number in ids])
    near = metres_between(lon, lat) / DETOUR < NEAR * 1000
    city = {number: number for number in ids}
    for row, number in enumerate(ids):
        for column in range(row):
            if near[row, column] and city[number] != city[ids[column]]:
                joined, into = sorted((city[number], city[ids[column]]), reverse=True)
                city = {key: into if value == joined else value for key, value in city.items()}
    return city


def _plans(problems: Mapping[int, City], processes: int) -> tuple[dict[int, Plan], list[int]]:
    """The plan of each city, and the cities whose plan is refused.

    They are looked for one by one, so that the others keep theirs.
    """
    try:
        return plan_cities(problems, processes=processes), []
    except InfeasiblePlanError:
        plans: dict[int, Plan] = {}
        refused = []
        for number, city in problems.items():
            try:
                plans |= plan_cities({number: city}, processes=1)
            except InfeasiblePlanError:
                refused.append(number)
        return plans, refused


def walker_of(shift: Worked, terms: Terms, lunch: tuple[time, time] | None, *, started: bool = False) -> list[Walker]:
    """The shift inside the hours of visits, which end at dusk; none when they leave nothing of it.

    ``started``: the hours of it that have passed belong to it as well.
    """
    spans = openings(Channel.VISIT, shift.day, shift.insee, terms.hours)
    begins = max(shift.starts_at, spans[0][0], shift.starts_at if started else clock.now()) if spans else shift.ends_at
    ends = min(shift.ends_at, spans[-1][1]) if spans else shift.ends_at
    if begins >= ends:
        return []
    return [
        Walker(
            shift.id, shift.mediator_id, shift.lon, shift.lat, int(begins.timestamp()), int(ends.timestamp()), shift.languages,
            shift.travel, _lunch(shift, lunch, begins, ends),
        )
    ]  # fmt: skip


def _lunch(shift: Worked, lunch: tuple[time, time] | None, begins: datetime, ends: datetime) -> Lunch | None:
    if lunch is None:
        return None
    zone = zone_of(territory_of(shift.insee))
    first, last = (datetime.combine(shift.day, moment, zone) for moment in lunch)
    if begins >= first or ends <= last:
        return None
    return Lunch(int(first.timestamp()), int(first.timestamp()), int((last - first).total_seconds()))


def door_of(
    wish: Wish, promise: Promise | None, walkers: Sequence[Walker], days: Sequence[date], terms: Terms, service: int
) -> list[Door]:
    """The door of a wish for the solver; none when nobody knows where it is, or it cannot be visited on these days."""
    if wish.lon is None or wish.lat is None or wish.building_id is None:
        return []
    appointment = None
    if promise is not None:
        appointment = _appointment(promise, walkers)
    windows: tuple[tuple[int, int], ...] = ()
    if promise is None and days and wish.earliest > days[0]:
        spans = [span for day in days if day >= wish.earliest for span in openings(Channel.VISIT, day, wish.insee, terms.hours)]
        if not spans:
            return []
        windows = ((int(spans[0][0].timestamp()), int(spans[-1][1].timestamp())),)
    return [
        Door(
            wish.case_id, wish.building_id, wish.lon, wish.lat, prize(wish.priority) * WORTH_THE_WALK, wish.speaks, service,
            floor_of(wish.floor),
            windows, appointment,
        )
    ]  # fmt: skip


def _appointment(promise: Promise, walkers: Sequence[Walker]) -> Appointment:
    """Whoever promised keeps it if they are on a round then; else anybody who speaks with the person."""
    begins, ends = int(promise.starts_at.timestamp()), int(promise.ends_at.timestamp())
    there = any(w.mediator_id == promise.mediator_id and w.starts < ends and w.ends > begins for w in walkers)
    return Appointment(begins, ends, promise.mediator_id if there else None)


def floor_of(written: str | None) -> int | None:
    """The number of a floor as lists write it: « 3e étage », « RDC », « -1 »; ``None`` when it says nothing."""
    if not written:
        return None
    if re.match(r"\s*(rdc|rez|rch)", written, re.IGNORECASE):
        return 0
    number = re.search(r"-?\d+", written)
    return int(number.group()) if number else None


def _read(
    plan: Plan,
    wishes: Mapping[int, Wish],
    promised: Mapping[int, Promise],
    shifts: Mapping[int, Worked],
    terms: Terms,
    found: Rounds,
) -> None:
    for walked in plan.rounds:
        shift = shifts[walked.shift_id]
        found.plans.append((plan, walked))
        for position, stop in enumerate(walked.stops):
            placed = visited_at(wishes[stop.case_id], promised.get(stop.case_id), shift, stop, position)
            if is_open(Channel.VISIT, placed.due_at, placed.wish.insee, terms.hours):
                found.placed.append(placed)
    found.not_kept += [(promised[aside.case_id], aside.reason) for aside in plan.set_aside]


def visited_at(wish: Wish, promise: Promise | None, shift: Worked, stop: Stop, position: int) -> Placed:
    """A visit at its place in a round, in the person's own language where the mediator speaks it."""
    due = datetime.fromtimestamp(stop.begins, clock.PARIS)
    language = wish.language if wish.language is not None and wish.language in shift.languages else FRENCH
    return Placed(wish, language, due, end_of_day(due, wish.insee), shift.id, position, promise.id if promise else None)
