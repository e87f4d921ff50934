"""Which doors are offered to the solver: more than a few for each seat only slow the search."""

from __future__ import annotations

from collections.abc import Sequence

from outreach.planning.rounds.model import NEXT_DOOR, Door, Walker

PER_SEAT = 2.5
"""Doors offered for each that fits."""


def seats(walkers: Sequence[Walker], service: float) -> int:
    """How many doors the shifts hold at best (``service``: usual seconds at a door)."""
    lunch = [walker.lunch.seconds if walker.lunch else 0 for walker in walkers]
    return sum(
        int((walker.ends - walker.starts - away) // (service + NEXT_DOOR)) for walker, away in zip(walkers, lunch, strict=True)
    )


def offered(doors: Sequence[Door], walkers: Sequence[Walker], per_seat: float = PER_SEAT) -> list[Door]:
    """The most valuable doors that somebody can speak at; appointments always."""
    reach = [door for door in doors if door.appointment is None and any(door.speaks & walker.speaks for walker in walkers)]
    promised = [door for door in doors if door.appointment is not None]
    if not reach:
        return promised
    service = sorted(door.service for door in reach)[len(reach) // 2]
    room = int(seats(walkers, service) * per_seat)
    best = sorted(range(len(reach)), key=lambda index: (-reach[index].value, index))[:room]
    return promised + [reach[index] for index in sorted(best)]
