"""Small random days: estates, sites, mediators of several languages and modes, appointments, windows, lunches."""

from __future__ import annotations

import random
from dataclasses import replace

from outreach.core.words import TravelMode
from outreach.planning.rounds import Appointment, Door, Lunch, Walker

NINE = 9 * 3600
DAY = 86_400
TONGUES = ("fr", "fr", "fr", "fr", "ar", "tr")


def walker(number, *, starts=NINE, ends=NINE + 4 * 3600, speaks=("fr",), lon=4.87, lat=45.73, **other):
    """A mediator's morning."""
    return Walker(number, other.pop("mediator", number), lon, lat, starts, ends, frozenset(speaks), **other)


def door(number, *, building=None, lon=4.871, lat=45.731, value=1000, speaks=("fr",), **other):
    """A household near the site."""
    return Door(number, number if building is None else building, lon, lat, value, frozenset(speaks), **other)


def promised(number, begins, ends, *, by=None, shift=None, **other):
    """A household with an appointment."""
    return replace(door(number, **other), appointment=Appointment(begins, ends, by, shift))


def town(seed, doors=60, days=1):
    """A day or two of a small town; everything that the model knows occurs in some seed."""
    draw = random.Random(seed)
    blocks = [(4.87 + draw.gauss(0, 0.012), 45.73 + draw.gauss(0, 0.008)) for _ in range(max(doors // 4, 1))]
    sites = [(4.868, 45.733), (4.885, 45.727)]
    walkers = []
    for day in range(days):
        for number in range(draw.randint(2, 4)):
            long = draw.random() < 0.4
            starts = day * DAY + NINE + draw.choice((0, 1800))
            lunch = Lunch(day * DAY + 12 * 3600, day * DAY + 13 * 3600, 2700) if long else None
            speaks = {"fr", draw.choice(TONGUES)}
            lon, lat = sites[number % 2]
            walkers.append(
                walker(day * 10 + number, starts=starts, ends=starts + (8 if long else 4) * 3600, speaks=speaks, lon=lon, lat=lat,
                       mediator=number, mode=draw.choice(list(TravelMode)), lunch=lunch)
            )  # fmt: skip
    places = []
    for number in range(doors):
        block = draw.randrange(len(blocks))
        lon, lat = blocks[block]
        begins = draw.randrange(days) * DAY + NINE + 900 * draw.randrange(1, 20)
        windows, appointment = (), None
        if draw.random() < 0.08:
            who = draw.choice(walkers)
            appointment = Appointment(begins, begins + 2700, who.mediator_id if draw.random() < 0.2 else None)
        elif draw.random() < 0.2:
            windows = tuple((begins + hour * 3600, begins + hour * 3600 + 1800) for hour in range(0, draw.randint(1, 3) * 2, 2))
        places.append(
            Door(number, block, lon, lat, draw.choice((600, 900, 1300, 2800)), frozenset({draw.choice(TONGUES)}),
                 draw.choice((480, 720)), draw.choice((None, 0, 1, 2, 5, 9)), windows, appointment)
        )  # fmt: skip
    return places, walkers
