"""Visits: what one search leaves is looked at again, until nothing that is left fits a shift that is free."""

from __future__ import annotations

from datetime import date, time

import numpy as np
import pytest

from outreach.core import clock
from outreach.core.words import Channel, ShiftKind, TravelMode
from outreach.planning.shifts import Place, Worked
from outreach.planning.travel import travel_times
from outreach.planning.visit_rounds import place_visits
from outreach.policy.ruling import Terms
from tests.planning.test_mailings import EARLY, MONDAY, wish

TERMS = Terms(date(2026, 1, 1), date(2026, 12, 31))
LYON = (4.8357, 45.764)
SITES = {1: Place("Lyon", *LYON)}


def shift(number: int) -> Worked:
    begins, ends = clock.at(MONDAY, "14:00"), clock.at(MONDAY, "16:30")
    return Worked(
        number, number, f"m{number}", 1, ShiftKind.VISIT, MONDAY, begins, ends, frozenset({"fr"}), TravelMode.TRANSIT, *LYON, "69388"
    )  # fmt: skip


def doors(random: np.random.Generator, count: int):
    """Doors scattered over the city and its outskirts, far enough that a short shift reaches few of them."""
    return [
        wish(
            number, channel=Channel.VISIT, building_id=number, lon=LYON[0] + random.normal(0, 0.06),
            lat=LYON[1] + random.normal(0, 0.06), priority=int(random.integers(0, 100)),
        )
        for number in range(1, count + 1)
    ]  # fmt: skip


def rounds_of(wishes, shifts):
    with clock.travel(EARLY):
        return place_visits(
            wishes, {}, shifts, TERMS, service=12 * 60, lunch=(time(12), time(13)), sites=SITES, travel=travel_times()
        )  # fmt: skip


@pytest.mark.parametrize("seed", [1, 4, 13, 33, 39])
def test_the_next_plan_finds_no_door_for_a_shift_that_this_one_leaves_free(seed):
    """Far doors and short shifts: for all of these seeds but the first, one search leaves shifts that a second would fill."""
    random = np.random.default_rng(seed)
    count, people = int(random.integers(2, 30)), int(random.integers(2, 12))
    wishes, shifts = doors(random, count), [shift(number) for number in range(1, people)]
    first = rounds_of(wishes, shifts)
    visited, walked = {item.wish.case_id for item in first.placed}, {item.shift_id for item in first.placed}
    assert len(visited) == len(first.placed), "nobody is visited twice"
    assert len({round_.shift_id for _, round_ in first.plans}) == len(first.plans), "a shift has one round"
    left = [item for item in wishes if item.case_id not in visited]
    assert rounds_of(left, [item for item in shifts if item.id not in walked]).placed == []
