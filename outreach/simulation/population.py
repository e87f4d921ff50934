"""The people of the town, sampled in bulk: households in their dwellings, names, telephone numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from outreach.simulation.contacts import Contacts, give_contacts
from outreach.simulation.geography import TownMap, build_town_map
from outreach.simulation.households import (
    GRANDPARENT,
    GROWN_CHILD,
    HEAD,
    MINOR,
    PARTNER,
    SHARER,
    Households,
    Members,
    household_sizes,
    people_of,
    settle,
)
from outreach.simulation.names import NamePools, build_pools
from outreach.simulation.pools import (
    Flags,
    Numbers,
    Texts,
    chance,
    draw,
    place_in_group,
    starts_of,
    stream,
    texts,
)

_NAMESAKE_SONS = 0.03
_NAME_ROUNDS = 6
# Ages from which a first name comes from the oldest, then the middle era (names.ERAS).
_ERA_AGES = (62, 34)
_BORN_HERE_UNTIL = 40


@dataclass(frozen=True)
class Names:
    """``surname`` is the name in use, ``birth_surname`` the one of the birth certificate."""

    first: Texts
    surname: Texts
    birth_surname: Texts


@dataclass(frozen=True)
class Town:
    """The map, the households in it and their people. Person and household ids are positions plus one."""

    map: TownMap
    households: Households
    members: Members
    names: Names
    contacts: Contacts

    @property
    def people(self) -> int:
        """Number of persons, children included."""
        return int(self.members.household.size)

    @property
    def adult(self) -> Flags:
        """True for the persons who can stand on a partner's list."""
        flags: Flags = self.members.role != MINOR
        return flags

    @property
    def door(self) -> Numbers:
        """Dwelling of each person."""
        doors: Numbers = self.households.door[self.members.household]
        return doors


def populate(people: int, seed: int) -> Town:
    """A town of exactly ``people`` persons; the same arguments give the same town."""
    composition, sizes = household_sizes(people, seed)
    town_map = build_town_map(sizes.size, seed)
    door = np.sort(stream(seed, "doors").choice(town_map.doors.building.size, sizes.size, replace=False))
    door = stream(seed, "moving in").permutation(door)
    priority = town_map.streets.priority[town_map.buildings.street[town_map.doors.building[door]]]
    households = settle(sizes, door, priority, seed)
    members = people_of(composition, sizes, seed)
    names = name_people(households, members, seed)
    contacts = give_contacts(members, names.first, names.surname, seed)
    return Town(town_map, households, members, names, contacts)


def name_people(households: Households, members: Members, seed: int) -> Names:
    """First names that differ within a household (but for namesake sons), and surnames."""
    rng = stream(seed, "names")
    pools = build_pools(seed)
    first = _first_names(pools, households, members, rng)
    birth, used = _surnames(pools, households, members, rng)
    return Names(pools.first_names[first], used, birth)


def _first_names(pools: NamePools, households: Households, members: Members, rng: np.random.Generator) -> Numbers:
    """First-name ids; redrawn where two members of one household got the same."""
    # A quarter of the younger people of other pools bear a name of the French one.
    assimilated = chance(rng, np.where(members.age < _BORN_HERE_UNTIL, 0.25, 0.08), members.age.size)
    pool = np.where(assimilated, 0, households.pool[members.household])
    era = np.searchsorted(-np.array(_ERA_AGES), -members.age)
    first = pools.draw_first_names(pool, members.female, era, rng)
    for _ in range(_NAME_ROUNDS):
        clash = np.flatnonzero(_repeated(members.household, first))
        first[clash] = pools.draw_first_names(pool[clash], members.female[clash], era[clash], rng)
    head = np.arange(first.size) - place_in_group(starts_of(members.household))
    son = (members.role == GROWN_CHILD) & ~members.female & ~members.female[head]
    return np.where(son & chance(rng, _NAMESAKE_SONS, first.size), first[head], first)


def _repeated(household: Numbers, first: Numbers) -> Flags:
    """True where an earlier member of the household bears the same first name."""
    key = household * (int(first.max()) + 1) + first
    order = np.argsort(key, kind="stable")
    repeated = np.zeros(key.size, dtype=np.bool_)
    repeated[order[1:]] = key[order[1:]] == key[order[:-1]]
    return repeated


def _surnames(pools: NamePools, households: Households, members: Members, rng: np.random.Generator) -> tuple[Texts, Texts]:
    """Surnames at birth and in use: children take the head's, partners take, keep or join names."""
    family = pools.draw_surnames(households.pool, rng)[members.household]
    # One partner in four comes from a family of another pool.
    mixed = chance(rng, 0.25, family.size)
    own_pool = np.where(mixed, draw(rng, (1,) * len(pools.last), family.size), households.pool[members.household])
    own = pools.draw_surnames(own_pool, rng)
    keeps_own = np.isin(members.role, (PARTNER, SHARER))
    keeps_own |= (members.role == GRANDPARENT) & chance(rng, 0.4, family.size)
    # A grown child of an earlier union bears another name.
    keeps_own |= np.isin(members.role, (MINOR, GROWN_CHILD)) & chance(rng, 0.06, family.size)
    birth = pools.surnames[np.where(keeps_own, own, family)]
    head_name = pools.surnames[family]
    habit = rng.random(family.size)
    takes = (members.role == PARTNER) & (habit < np.where(members.female, 0.62, 0.12))
    joins = (members.role == PARTNER) & ~takes & (habit > np.where(members.female, 0.90, 0.96))
    # A widow or divorced mother may live alone under a married name.
    widowed = (members.role == HEAD) & members.female & chance(rng, 0.3, family.size)
    used = np.where(takes, head_name, birth)
    joined = [f"{head}-{name}" for head, name in zip(head_name[joins], birth[joins], strict=True)]
    used[np.flatnonzero(joins)] = texts(joined)
    birth = np.where(widowed, pools.surnames[own], birth)
    return birth, used
