"""The town's map: real communes around Lyon, invented streets and buildings, and the doors behind them.

Codes, postal codes, populations and centres of the communes are public facts (INSEE and La Poste); the
streets bear names that are common in France and the buildings stand at invented places around the commune's
centre.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from outreach.simulation.buildings import BuildingPlan, plan_buildings
from outreach.simulation.pools import (
    Flags,
    Numbers,
    Reals,
    Texts,
    blank,
    chance,
    pick,
    place_in_group,
    read_data,
    starts_of,
    stream,
    texts,
)
from outreach.simulation.streets import Streets, name_streets, number_buildings

METRES_PER_DEGREE = 111_320.0
# Villages keep a visible share of the town: population weighs less than proportionally.
_POPULATION_EXPONENT = 0.85
# Some doors stand empty at any time (about 6 % of dwellings in the Rhône, INSEE).
_DOORS_PER_HOUSEHOLD = 1.06
_SPREAD_METRES = {"urban": 750.0, "rural": 1100.0}
_ESTATE_DISTANCE_METRES = 1000.0
_ESTATE_SPREAD_METRES = 260.0


@dataclass(frozen=True)
class Communes:
    """One element for each commune; ``urban`` communes hold one priority area each."""

    insee: Texts
    postal: Texts
    name: Texts
    mail_name: Texts
    priority_area: Texts
    urban: Flags
    population: Numbers
    lon: Reals
    lat: Reals


@dataclass(frozen=True)
class Buildings:
    """One element for each building; ``number`` is 0 where the place has none."""

    street: Numbers
    number: Numbers
    suffix: Texts
    letter: Texts
    residence: Texts
    entry_code: Texts
    lon: Reals
    lat: Reals
    plan: BuildingPlan


@dataclass(frozen=True)
class Doors:
    """One element for each dwelling: building, staircase (from 0), floor (0 = ground), place on the floor.

    ``rank`` counts the dwellings of a building from 0.
    """

    building: Numbers
    staircase: Numbers
    floor: Numbers
    place: Numbers
    rank: Numbers


@dataclass(frozen=True)
class TownMap:
    """Everything that has a place."""

    communes: Communes
    streets: Streets
    buildings: Buildings
    doors: Doors


def read_communes() -> Communes:
    """The communes of the town, from the package's data."""
    rows = read_data("communes.csv")
    return Communes(
        insee=texts([row["insee"] for row in rows]),
        postal=texts([row["postal"] for row in rows]),
        name=texts([row["name"] for row in rows]),
        mail_name=texts([row["mail_name"] for row in rows]),
        priority_area=texts([row["priority_area"] for row in rows]),
        urban=np.array([row["kind"] == "urban" for row in rows]),
        population=np.array([int(row["population"]) for row in rows]),
        lon=np.array([float(row["lon"]) for row in rows]),
        lat=np.array([float(row["lat"]) for row in rows]),
    )


def build_town_map(households: int, seed: int) -> TownMap:
    """Streets, buildings and doors for that many households, with a few doors left empty."""
    rng = stream(seed, "map")
    communes = read_communes()
    weights = communes.population.astype(np.float64) ** _POPULATION_EXPONENT
    wanted = np.ceil(households * _DOORS_PER_HOUSEHOLD * weights / weights.sum()).astype(np.int64)
    plan = plan_buildings(wanted, communes.urban, rng)
    streets, street_of_building = name_streets(plan, communes.urban, rng)
    number, suffix, letter = number_buildings(plan, street_of_building, streets, rng)
    lon, lat = _stand(communes, streets, street_of_building, number, rng)
    residence, entry_code = _residences(plan, number, street_of_building, rng)
    buildings = Buildings(street_of_building, number, suffix, letter, residence, entry_code, lon, lat, plan)
    return TownMap(communes, streets, buildings, _open_doors(plan))


def _stand(
    communes: Communes,
    streets: Streets,
    street_of_building: Numbers,
    number: Numbers,
    rng: np.random.Generator,
) -> tuple[Reals, Reals]:
    """Longitudes and latitudes of the buildings: streets start near a centre, buildings follow along them."""
    count = streets.commune.size
    urban = communes.urban[streets.commune]
    spread = np.where(urban, _SPREAD_METRES["urban"], _SPREAD_METRES["rural"])
    spread = np.where(streets.priority, _ESTATE_SPREAD_METRES, spread)
    bearing_of_estate = rng.random(communes.insee.size) * 2 * np.pi
    shift = np.where(streets.priority, _ESTATE_DISTANCE_METRES, 0.0)
    east = shift * np.cos(bearing_of_estate[streets.commune]) + rng.normal(0, 1, count) * spread
    north = shift * np.sin(bearing_of_estate[streets.commune]) + rng.normal(0, 1, count) * spread
    bearing = rng.random(count) * 2 * np.pi
    along = number * streets.metres_per_number[street_of_building]
    across = np.where(number % 2 == 0, 14.0, -14.0) + rng.normal(0, 2, number.size)
    turned = bearing[street_of_building]
    east_of = east[street_of_building] + along * np.cos(turned) - across * np.sin(turned)
    north_of = north[street_of_building] + along * np.sin(turned) + across * np.cos(turned)
    centre = streets.commune[street_of_building]
    lat = communes.lat[centre] + north_of / METRES_PER_DEGREE
    lon = communes.lon[centre] + east_of / (METRES_PER_DEGREE * np.cos(np.radians(communes.lat[centre])))
    return np.round(lon, 6), np.round(lat, 6)


def _residences(plan: BuildingPlan, number: Numbers, street: Numbers, rng: np.random.Generator) -> tuple[Texts, Texts]:
    """Names of residences (one for all buildings of an address) and entry codes of the blocks of flats."""
    size = number.size
    opens = starts_of(street * 1_000_000 + number)
    names = next(row["names"] for row in read_data("streets.csv") if row["use"] == "residence").split("|")
    kinds = pick(rng, ("Résidence", "Résidence", "Tour", "Immeuble"), (1, 1, 0.4, 0.6), size)
    named = [f"{kind} {name}" for kind, name in zip(kinds, pick(rng, names, [1] * len(names), size), strict=True)]
    first_of_address = np.arange(size) - place_in_group(opens)
    has_name = (chance(rng, 0.4, size) & plan.block)[first_of_address] & plan.block
    residence = np.where(has_name, texts(named)[first_of_address], "")
    digits = rng.integers(10, 99, (size, 2))
    letters = pick(rng, ("A", "B"), (1, 1), size)
    codes = texts([f"{left}{letter}{right}" for (left, right), letter in zip(digits, letters, strict=True)])
    return residence, np.where(plan.block & chance(rng, 0.45, size), codes, blank(size))


def _open_doors(plan: BuildingPlan) -> Doors:
    """All dwellings, building by building, staircase by staircase, from the ground up."""
    building = np.repeat(np.arange(plan.doors.size), plan.doors)
    rank = place_in_group(starts_of(building))
    on_a_floor = plan.per_floor[building]
    in_a_staircase = on_a_floor * plan.floors[building]
    return Doors(
        building=building,
        staircase=rank // in_a_staircase,
        floor=(rank // on_a_floor) % plan.floors[building],
        place=rank % on_a_floor,
        rank=rank,
    )
