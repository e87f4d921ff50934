"""A sketch of a round, drawn from coordinates alone: buildings in order, the site, a scale. No tiles, no network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

METRES_PER_DEGREE = 111_195
"""Along a meridian."""
MARGIN = 8.0
"""Millimetres kept free inside the frame."""
APART = 6.4
"""Millimetres between the centres of two labels, so that both can be read."""
SMALLEST_SPAN = 60.0
"""Metres that the frame shows at least: a single building is not blown up to a town."""
SCALE_STEPS = (20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)
LONGEST_SCALE = 45.0
ROUNDS = 200

Point = tuple[float, float]


@dataclass(frozen=True)
class Mark:
    """One building: its true place and where its label stands, in mm from the frame's top left corner."""

    label: str
    x: float
    y: float
    label_x: float
    label_y: float


@dataclass(frozen=True)
class Sketch:
    """A drawing in millimetres. ``path``: site, buildings in order, site."""

    width: float
    height: float
    site: Point
    marks: tuple[Mark, ...]
    path: tuple[Point, ...]
    scale_metres: int
    scale_mm: float


def draw_sketch(site: Point, buildings: Sequence[tuple[str, Point]], *, width: float, height: float) -> Sketch:
    """Place a site and labelled buildings, (lon, lat) each in walking order, into a frame of ``width`` × ``height`` mm.

    North is up; one scale for both directions; equirectangular, which over a town is exact to the width of a line.
    """
    metres = _in_metres([site, *(place for _, place in buildings)])
    per_metre, shift = _fit(metres, width, height)
    spots = [(shift[0] + x * per_metre, shift[1] - y * per_metre) for x, y in metres]
    labels = _spread([spots[0], *spots[1:]], width, height)[1:]
    marks = tuple(
        Mark(name, *map(_round, (*spot, *label))) for (name, _), spot, label in zip(buildings, spots[1:], labels, strict=True)
    )
    scale = max((step for step in SCALE_STEPS if step * per_metre <= LONGEST_SCALE), default=SCALE_STEPS[0])
    path = tuple((_round(x), _round(y)) for x, y in [*spots, spots[0]]) if buildings else ()
    here = (_round(spots[0][0]), _round(spots[0][1]))
    return Sketch(width, height, here, marks, path, scale, _round(scale * per_metre))


def walk_metres(site: Point, places: Sequence[Point]) -> float:
    """The length of the walk as the crow flies, from the site through the places and back, in metres."""
    points = _in_metres([site, *places, site])
    return sum(math.dist(here, there) for here, there in pairwise(points))


def _in_metres(places: Sequence[Point]) -> list[Point]:
    lon, lat = places[0]
    east = METRES_PER_DEGREE * math.cos(math.radians(lat))
    return [((x - lon) * east, (y - lat) * METRES_PER_DEGREE) for x, y in places]


def _fit(metres: Sequence[Point], width: float, height: float) -> tuple[float, Point]:
    """Millimetres a metre, and where the origin falls so that everything is centred in the frame."""
    xs, ys = [x for x, _ in metres], [y for _, y in metres]
    across, along = max(max(xs) - min(xs), SMALLEST_SPAN), max(max(ys) - min(ys), SMALLEST_SPAN)
    per_metre = min((width - 2 * MARGIN) / across, (height - 2 * MARGIN) / along)
    middle = ((max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2)
    return per_metre, (width / 2 - middle[0] * per_metre, height / 2 + middle[1] * per_metre)


def _spread(spots: Sequence[Point], width: float, height: float) -> list[Point]:
    """Push labels apart until none covers another (the first, the site, stays); always the same way."""
    places = [list(spot) for spot in spots]
    for _ in range(ROUNDS):
        moved = False
        for first in range(len(places)):
            for second in range(first + 1, len(places)):
                moved |= _push(places[first], places[second], held=first == 0, turn=first + second)
        for place in places[1:]:
            place[0] = min(max(place[0], APART / 2), width - APART / 2)
            place[1] = min(max(place[1], APART / 2), height - APART / 2)
        if not moved:
            break
    return [(x, y) for x, y in places]


def _push(here: list[float], there: list[float], *, held: bool, turn: int) -> bool:
    dx, dy = there[0] - here[0], there[1] - here[1]
    distance = math.hypot(dx, dy)
    if distance >= APART - 0.01:
        return False
    if distance == 0:
        dx, dy, distance = math.cos(turn), math.sin(turn), 1.0
        missing = APART
    else:
        missing = APART - distance
    share = missing if held else missing / 2
    there[0] += dx / distance * share
    there[1] += dy / distance * share
    if not held:
        here[0] -= dx / distance * share
        here[1] -= dy / distance * share
    return True


def _round(value: float) -> float:
    return round(value, 2)
