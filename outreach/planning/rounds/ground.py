"""From doors and walkers to the solver's ground: stints, places, matrices, profiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from outreach.core.words import TravelMode
from outreach.planning.rounds.model import ENTRY, NEXT_DOOR, Door, Walker
from outreach.planning.rounds.solver import Vehicle
from outreach.planning.rounds.travel import TravelTimes

FORBIDDEN = 10_000_000
"""A travel time that no problem can hold: four months."""
STEP = 900
"""Lunches begin on a quarter of an hour."""


@dataclass(frozen=True)
class Stint:
    """A stretch of one shift without a break, from a place to the site.

    ``building``: where it starts, when that is not the site. ``lunch``: the break of the shift, told by one of its stints.
    """

    walker: Walker
    starts: int
    ends: int
    lon: float
    lat: float
    building: int | None = None
    lunch: tuple[int, int] | None = None


def stints(walkers: Sequence[Walker], doors: Sequence[Door]) -> list[Stint]:
    """One stint a walker, two where there is a lunch: the solver's vehicles know no break, and nobody moves during it.

    A lunch that does not fall inside the shift is none.
    """
    found = []
    for walker in walkers:
        begins = walker.ends if walker.lunch is None else lunch_time(walker, doors)
        over = begins + (walker.lunch.seconds if walker.lunch else 0)
        if walker.starts < begins and over < walker.ends:
            found.append(Stint(walker, walker.starts, begins, walker.lon, walker.lat, lunch=(begins, over)))
            found.append(Stint(walker, over, walker.ends, walker.lon, walker.lat))
        elif walker.starts < walker.ends:
            found.append(Stint(walker, walker.starts, walker.ends, walker.lon, walker.lat))
    return found


def lunch_time(walker: Walker, doors: Sequence[Door]) -> int:
    """When to have lunch: the quarter of an hour that stands in the way of fewest appointments, the middle one of equals."""
    lunch = walker.lunch
    if lunch is None:
        raise ValueError("no lunch was asked for")
    promised = [door for door in doors if door.appointment is not None and may_visit(walker, door)]
    middle = (lunch.earliest + lunch.latest) / 2

    def burden(begins: int) -> tuple[float, float, int]:
        weight = 0.0
        for door in promised:
            appointment = door.appointment
            if appointment is None:
                continue
            # What stays of the appointment's window on either side of the break, the way to the site and back counted.
            before = min(appointment.ends, begins - door.service - ENTRY) - appointment.begins
            after = appointment.ends - max(appointment.begins, begins + lunch.seconds + ENTRY)
            only = 10.0 if appointment.mediator_id is not None or appointment.shift_id is not None else 1.0
            width = max(appointment.ends - appointment.begins, 1)
            weight += only * (1 - min(max(before, after, 0) / width, 1))
        return weight, abs(begins - middle), begins

    return min(range(lunch.earliest, lunch.latest + 1, STEP), key=burden)


def may_visit(walker: Walker, door: Door) -> bool:
    """Whether the walker speaks a language that will do, and is the one who promised to come if it matters."""
    promise = door.appointment
    if promise is not None and promise.mediator_id is not None and promise.mediator_id != walker.mediator_id:
        return False
    if promise is not None and promise.shift_id is not None and promise.shift_id != walker.shift_id:
        return False
    return bool(door.speaks & walker.speaks)


@dataclass(frozen=True)
class Ground:
    """Places (starts of stints, sites, doors last) with the legs between them, by mode, and one profile per kind of walker.

    ``legs``: seconds (n x n) by mode, entries counted, everybody welcome everywhere. ``profile_of``: of each stint.
    ``allowed``: of each profile, whether its walkers may visit each door (profiles x doors). ``at``: the place of each door.
    """

    stints: tuple[Stint, ...]
    doors: tuple[Door, ...]
    legs: dict[TravelMode, np.ndarray]
    modes: tuple[TravelMode, ...]
    profile_of: tuple[int, ...]
    allowed: np.ndarray
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    at: int

    @property
    def size(self) -> int:
        """How many places there are."""
        return self.at + len(self.doors)

    def matrix(self, profile: int) -> np.ndarray:
        """Seconds of one profile (n x n, int64): doors that its walkers may not visit are out of reach."""
        seconds = self.legs[self.modes[profile]].copy()
        barred = self.at + np.flatnonzero(~self.allowed[profile])
        seconds[:, barred] = FORBIDDEN
        seconds[barred, :] = FORBIDDEN
        seconds[barred, barred] = 0
        return seconds

    def leg(self, stint: int, origin: int, target: int) -> int:
        """Seconds from place to place in the way this stint's walker goes."""
        return int(self.legs[self.modes[self.profile_of[stint]]][origin, target])

    def vehicles(self) -> list[Vehicle]:
        """The stints as the solver's vehicles."""
        return [
            Vehicle(start, end, stint.starts, stint.ends, profile)
            for stint, start, end, profile in zip(self.stints, self.starts, self.ends, self.profile_of, strict=True)
        ]


def ground(all_stints: Sequence[Stint], doors: Sequence[Door], travel: TravelTimes, *, apart: bool = False) -> Ground:
    """Lay out the places: each site once, each start in the field, then the doors.

    ``apart``: a profile for each shift, even where several may visit the same doors in the same way.
    """
    places: list[tuple[float, float, int]] = []

    def place(lon: float, lat: float, building: int) -> int:
        if (lon, lat, building) not in places:
            places.append((lon, lat, building))
        return places.index((lon, lat, building))

    starts = [place(stint.lon, stint.lat, -1 if stint.building is None else stint.building) for stint in all_stints]
    ends = [place(stint.walker.lon, stint.walker.lat, -1) for stint in all_stints]
    lon = np.array([spot[0] for spot in places] + [door.lon for door in doors])
    lat = np.array([spot[1] for spot in places] + [door.lat for door in doors])
    building = np.array([spot[2] for spot in places] + [door.building_id for door in doors], dtype=np.int64)
    modes = sorted({stint.walker.mode for stint in all_stints})
    kinds: dict[tuple[TravelMode, bytes, int], int] = {}
    allowed, profile_of = [], []
    for stint in all_stints:
        may = np.array([may_visit(stint.walker, door) for door in doors], dtype=bool)
        key = (stint.walker.mode, may.tobytes(), stint.walker.shift_id if apart else 0)
        if key not in kinds:
            kinds[key] = len(kinds)
            allowed.append(may)
        profile_of.append(kinds[key])
    return Ground(
        tuple(all_stints), tuple(doors), {mode: legs(lon, lat, building, travel, mode) for mode in modes},
        tuple(mode for mode, _, _ in kinds), tuple(profile_of), np.array(allowed, dtype=bool).reshape(len(kinds), len(doors)),
        tuple(starts), tuple(ends), len(places),
    )  # fmt: skip


def legs(lon: np.ndarray, lat: np.ndarray, building: np.ndarray, travel: TravelTimes, mode: TravelMode) -> np.ndarray:
    """Seconds from each place to each (int64), the entry into a building of arrival counted; ``building`` is -1 for a site."""
    seconds = travel.matrix(lon, lat, mode).astype(np.int64)
    seconds += np.where(building[None, :] >= 0, ENTRY, 0)
    same = (building[:, None] == building[None, :]) & (building[:, None] >= 0)
    seconds[same] = NEXT_DOOR
    np.fill_diagonal(seconds, 0)
    return seconds
