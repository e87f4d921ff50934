"""The people of a town are plausible: households, names, languages, telephones, places."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from outreach.simulation.geography import build_town_map, read_communes
from outreach.simulation.households import GROWN_CHILD, HEAD, MINOR, PARTNER, household_sizes
from outreach.simulation.population import Town, populate
from outreach.simulation.registers import address_points, lambert93


@pytest.fixture(scope="module")
def crowd() -> Town:
    return populate(20_000, 5)


@pytest.mark.parametrize("people", [200, 201, 999, 5000])
def test_a_town_has_exactly_the_people_asked_for(people: int) -> None:
    _, sizes = household_sizes(people, 1)
    assert sizes.sum() == people


def test_households_have_plausible_sizes(crowd: Town) -> None:
    sizes = crowd.households.size
    assert 2.0 < sizes.mean() < 2.4
    assert sizes.min() >= 1
    assert sizes.max() == 6
    assert 0.30 < (sizes == 1).mean() < 0.40


def test_each_household_has_its_own_dwelling_and_one_head(crowd: Town) -> None:
    assert np.unique(crowd.households.door).size == crowd.households.door.size
    heads = np.bincount(crowd.members.household, crowd.members.role == HEAD)
    assert (heads == 1).all()


def test_ages_fit_roles(crowd: Town) -> None:
    role, age = crowd.members.role, crowd.members.age
    head = age[role == HEAD][crowd.members.household]
    assert age[role == MINOR].max() < 18
    assert age[role != MINOR].min() >= 18
    child = np.isin(role, (MINOR, GROWN_CHILD))
    assert (head[child] - age[child]).min() >= 16
    assert 0.74 < crowd.adult.mean() < 0.82


def test_twins_and_namesake_sons_exist(crowd: Town) -> None:
    births = Counter(zip(crowd.members.household.tolist(), crowd.members.birth.tolist(), strict=True))
    assert max(births.values()) >= 2
    names = Counter(zip(crowd.members.household.tolist(), crowd.names.first.tolist(), strict=True))
    doubles = [key for key, count in names.items() if count > 1]
    assert 5 < len(doubles) < 80


def test_members_mostly_share_a_surname_and_some_partners_keep_theirs(crowd: Town) -> None:
    head = crowd.names.surname[crowd.members.role == HEAD][crowd.members.household]
    partner = crowd.members.role == PARTNER
    same = (crowd.names.surname == head)[partner].mean()
    assert 0.3 < same < 0.6
    assert ((crowd.names.surname != crowd.names.birth_surname) & partner).sum() / partner.sum() > 0.2


def test_homonyms_live_across_town(crowd: Town) -> None:
    counts = Counter(zip(crowd.names.first.tolist(), crowd.names.surname.tolist(), strict=True))
    shared = sum(count for count in counts.values() if count > 1) / crowd.people
    assert 0.05 < shared < 0.18


def test_a_fifth_has_trouble_with_french(crowd: Town) -> None:
    reads = crowd.households.reads_french[crowd.members.household]
    assert 0.17 < 1 - reads.mean() < 0.24
    assert (crowd.households.language == "fr").mean() > 0.8
    assert {"ar", "tr", "pt"} <= set(crowd.households.language.tolist())


def test_phones_are_shared_inside_households_only(crowd: Town) -> None:
    homes: dict[str, set[int]] = {}
    for number, home in zip(crowd.contacts.mobile, crowd.members.household.tolist(), strict=True):
        if number:
            homes.setdefault(number, set()).add(home)
    assert max(map(len, homes.values())) == 1
    owners = (crowd.contacts.mobile != "").sum()
    assert 0.68 < owners / crowd.adult.sum() < 0.80
    assert len(homes) < owners
    outside = sum(not number.startswith("063998") for number in homes)
    assert outside / len(homes) < 0.08


def test_communes_are_real_and_only_urban_ones_have_priority_areas() -> None:
    communes = read_communes()
    assert 15 <= communes.insee.size <= 20
    assert all(len(code) == 5 and code[:2] in {"69", "01"} for code in communes.insee)
    assert all(len(code) == 5 and code[:2] == insee[:2] for code, insee in zip(communes.postal, communes.insee, strict=True))
    assert ((communes.priority_area != "") == communes.urban).all()
    assert (np.abs(communes.lon - 4.75) < 0.4).all()
    assert (np.abs(communes.lat - 45.7) < 0.3).all()


def test_blocks_have_ten_to_sixty_doors_near_their_commune() -> None:
    town = build_town_map(4000, 2)
    buildings, plan = town.buildings, town.buildings.plan
    assert plan.doors[plan.block].min() >= 10
    assert plan.doors[plan.block].max() <= 60
    centre = town.streets.commune[buildings.street]
    assert np.hypot(buildings.lon - town.communes.lon[centre], buildings.lat - town.communes.lat[centre]).max() < 0.09
    address = set(zip(buildings.street, buildings.number, buildings.suffix, buildings.letter, strict=True))
    assert len(address) == buildings.street.size
    assert (buildings.entry_code[plan.block] != "").any()
    assert (buildings.entry_code[~plan.block] == "").all()


def test_register_lacks_a_few_addresses_and_repeats_none() -> None:
    town = build_town_map(4000, 2)
    points = address_points(town, 2)
    addresses = {
        (street, number, suffix)
        for street, number, suffix in zip(town.buildings.street, town.buildings.number, town.buildings.suffix, strict=True)
    }
    assert len(points["id"]) == len(set(points["id"].tolist()))
    assert len(points["id"]) / len(addresses) == pytest.approx(0.97, abs=0.02)


def test_projection_gives_known_points() -> None:
    """The origin of the projection (3° E, 46.5° N) is at 700 000, 6 600 000 by definition."""
    east, north = lambert93(np.array([3.0]), np.array([46.5]))
    assert east[0] == pytest.approx(700_000, abs=0.01)
    assert north[0] == pytest.approx(6_600_000, abs=0.5)
