"""Travel times, behind a seam: the straight line with a detour by default, a routing server if one is set."""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np

from outreach.core.words import TravelMode

DETOUR = 1.35
"""How much longer streets are than the straight line."""
EARTH = 6_371_000
WALK = 4.2 / 3.6
"""Metres a second on foot."""
TRANSIT_FROM, TRANSIT_WAIT, TRANSIT = 900, 480, 15 / 3.6
"""Above so many metres public transport is compared with walking: seconds of wait and walk, then metres a second."""
BIKE = 12 / 3.6
CAR, PARKING = 20 / 3.6, 180


class TravelTimes(Protocol):
    """Whoever knows how long it takes to get from place to place."""

    def matrix(self, lon: np.ndarray, lat: np.ndarray, mode: TravelMode) -> np.ndarray:
        """Seconds (n x n, from row to column) between places given in degrees (n each); the diagonal is 0."""
        ...


class StraightLine:
    """The straight line times a detour, at the usual speed of each mode. Symmetric; needs no network."""

    def matrix(self, lon: np.ndarray, lat: np.ndarray, mode: TravelMode) -> np.ndarray:
        """Seconds (n x n, int64) between places given in degrees."""
        metres = metres_between(lon, lat)
        if mode is TravelMode.BIKE:
            seconds = metres / BIKE
        elif mode is TravelMode.CAR:
            seconds = metres / CAR + PARKING
        else:
            seconds = metres / WALK
            if mode is TravelMode.TRANSIT:
                riding = np.minimum(seconds, TRANSIT_WAIT + metres / TRANSIT)
                seconds = np.where(metres > TRANSIT_FROM, riding, seconds)
        np.fill_diagonal(seconds, 0)
        return seconds.round().astype(np.int64)


def metres_between(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Metres along the streets (n x n) between places given in degrees, on a plane that touches their middle."""
    if not len(lon):
        return np.zeros((0, 0))
    x = np.radians(lon) * math.cos(math.radians(float(lat.mean()))) * EARTH
    y = np.radians(lat) * EARTH
    return np.asarray(np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :]) * DETOUR)
