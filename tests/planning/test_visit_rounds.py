"""Visits: each city gets its rounds, and what one search leaves is looked at again until nothing more fits a free shift."""

from __future__ import annotations

from datetime import date, time

import numpy as np
import pytest

from outreach.core import clock
from outreach.core.words import Channel, ShiftKind, TravelMode
from outreach.planning import visit_rounds
from outreach.planning.rounds import InfeasiblePlanError
from outreach.planning.shifts import Place, Worked
from outreach.planning.travel import travel_times
from outreach.planning.visit_rounds import place_visits
from outreach.policy.ruling import Terms
from tests.planning.test_mailings import EARLY, MONDAY, wish

TERMS = Terms(date(2026, 1, 1), date(2026, 12, 31))
LYON = (4.8357, 45.764)
LILLE = (3.0573, 50.6292)
SITES = {1: Place("Accueil", *LYON), 2: Place("Accueil", *LILLE)}
"""Two cities; nothing forbids that their sites are called the same."""


def shift(number: int, site: int = 1) -> Worked:
    begins, ends = clock.at(MONDAY, "14:00"), clock.at(MONDAY, "16:30")
    return Worked(
        number, number, f"m{number}", site, ShiftKind.VISIT, MONDAY, begins, ends, frozenset({"fr"}), TravelMode.TRANSIT,
        SITES[site].lon, SITES[site].lat, "69388",
    )  # fmt: skip


def doors(random: np.random.Generator, count: int, site: int = 1):
    """Doors scattered over the city and its outskirts, far enough that a short shift reaches few of them."""
    lon, lat = SITES[site].lon, SITES[site].lat
    return [
        wish(
            site * 1000 + number, site, Channel.VISIT, building_id=site * 1000 + number, lon=lon + random.normal(0, 0.06),
            lat=lat + random.normal(0, 0.06), priority=int(random.integers(0, 100)),
        )
        for number in range(count)
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


@pytest.fixture
def two_cities():
    random = np.random.default_rng(7)
    return [*doors(random, 12), *doors(random, 12, site=2)], [shift(1), shift(2, site=2)]


def test_cities_whose_sites_bear_one_name_each_get_their_rounds(two_cities):
    wishes, shifts = two_cities
    found = rounds_of(wishes, shifts)
    assert {item.shift_id for item in found.placed} == {1, 2}
    assert all(item.wish.site_id == item.shift_id for item in found.placed)


def test_a_city_whose_rounds_break_a_rule_is_named_and_the_others_keep_theirs(two_cities, monkeypatch):
    wishes, shifts = two_cities
    sound = visit_rounds.plan_cities

    def broken_in_lyon(cities, *, processes):
        if 1 in cities:
            raise InfeasiblePlanError("a window is missed")
        return sound(cities, processes=processes)

    monkeypatch.setattr(visit_rounds, "plan_cities", broken_in_lyon)
    found = rounds_of(wishes, shifts)
    assert found.refused == ["Accueil"]
    assert {item.shift_id for item in found.placed} == {2}
