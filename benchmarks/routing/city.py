"""Invented cities to visit, as research describes them: estates, a heavy-tailed number of doors, languages, appointments."""

from __future__ import annotations

import math

import numpy as np

from outreach.planning.rounds import Appointment, Door, Walker

ESTATES, SCATTERED, SPREAD = 24, 0.2, 180.0
"""Clusters of buildings, the share that stand outside them, metres around an estate."""
VALUES, SHARES = (600, 900, 1300, 1900, 2800), (0.30, 0.28, 0.22, 0.13, 0.07)
LANGUAGES, SPOKEN_AT_HOME = ("fr", "ar", "tr", "pt"), (0.8, 0.1, 0.05, 0.05)
SECOND_LANGUAGES = ("ar", "ar", "ar", "tr", "tr", "pt", "pt")
LAT, LON, METRES = 45.75, 4.85, 111_194.9
NINE, DAY, SERVICE = 9 * 3600, 86_400, 720
PROMISE = 4000
"""What an appointment is worth beside the household's own value, in the figures only: it is required."""


def city(
    seed: int, *, households: int = 2000, buildings: int = 600, mediators: int = 12, sites: int = 3, kilometres: float = 6.0,
    hours: int = 4, days: int = 1, appointments: float = 0.012,
) -> tuple[list[Door], list[Walker]]:  # fmt: skip
    """One city: by default a day of 2,000 households in 600 buildings for 12 mediators of 3 sites."""
    draw = np.random.default_rng(seed)
    side = kilometres * 1000
    home, x, y = _homes(draw, households, buildings, side)
    value = np.rint(draw.choice(VALUES, households, p=SHARES) * draw.uniform(0.95, 1.05, households)).astype(int)
    language = draw.choice(LANGUAGES, households, p=SPOKEN_AT_HOME)
    promised = draw.random(households) < appointments
    across = METRES * math.cos(math.radians(LAT + side / 2 / METRES))
    spots = draw.uniform(0.2, 0.8, (sites, 2)) * side
    spoken = _spoken(draw, mediators)
    walkers = [
        Walker(
            day * 100 + person, person, float(LON + spots[person % sites, 0] / across), float(LAT + spots[person % sites, 1] / METRES),
            day * DAY + NINE, day * DAY + NINE + hours * 3600, spoken[person],
        )
        for day in range(days)
        for person in range(mediators)
    ]  # fmt: skip
    doors = []
    for number in range(households):
        quarter = NINE + 900 * int(draw.integers(1, hours * 4 - 4)) + DAY * int(draw.integers(days))
        floor = int(draw.integers(0, 9)) if draw.random() < 0.8 else None
        doors.append(
            Door(
                number, int(home[number]), float(LON + x[number] / across), float(LAT + y[number] / METRES),
                int(value[number]) + (PROMISE if promised[number] else 0), frozenset({str(language[number])}), SERVICE, floor, (),
                Appointment(quarter, quarter + 2700) if promised[number] else None,
            )
        )  # fmt: skip
    return doors, walkers


def _homes(draw: np.random.Generator, households: int, buildings: int, side: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    estates = draw.uniform(0, side, (ESTATES, 2))
    near = estates[draw.choice(ESTATES, buildings, p=draw.dirichlet(np.full(ESTATES, 2.0)))]
    near = near + draw.normal(0, SPREAD, (buildings, 2))
    far = draw.uniform(0, side, (buildings, 2))
    place = np.where((draw.random(buildings) < SCATTERED)[:, None], far, near).clip(0, side)
    size = draw.pareto(1.3, buildings) + 0.3
    more = draw.choice(buildings, households - buildings, p=size / size.sum())
    home = np.concatenate([np.arange(buildings), more])
    return home, place[home, 0], place[home, 1]


def _spoken(draw: np.random.Generator, mediators: int) -> list[frozenset[str]]:
    """French for all, a second language for seven of twelve, a third for one of them."""
    spoken = [{"fr"} for _ in range(mediators)]
    bilingual = draw.permutation(mediators)[: round(mediators * 7 / 12)]
    for person, language in zip(bilingual, SECOND_LANGUAGES * mediators, strict=False):
        spoken[person].add(language)
    spoken[bilingual[0]].add("pt" if "pt" not in spoken[bilingual[0]] else "tr")
    return [frozenset(languages) for languages in spoken]
