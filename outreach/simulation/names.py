"""Pools of first names and surnames, and names drawn from them in bulk.

Faker (fr_FR) is asked a few thousand times, once; its common names come first in the pools. Own lists add a
long tail of plausible surnames and the names of families come from elsewhere. A pool is a device of the
generator: no partner's file and no stage ever sees it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from faker import Faker

from outreach.simulation.pools import Flags, Numbers, Reals, Texts, draw, read_data, stream, texts, zipf

POOLS = ("fr", "maghreb", "westafrica", "turkish", "portuguese", "armenian", "world")
# Shares of households by pool (assumed: an urban area with several waves of immigration).
POOL_WEIGHTS = (0.64, 0.15, 0.07, 0.035, 0.06, 0.02, 0.025)
ERAS = ("old", "mid", "young")
_FAKER_DRAWS = 4000
# With 12,000 surnames this slope gives the first one about 0.9 % of the families (the commonest French one
# has 0.4 %).
_SURNAME_SLOPE = 0.6
_FIRST_NAME_SLOPE = 0.6


@dataclass(frozen=True)
class Pool:
    """Names and their weights, most frequent first; ``ids`` are positions in the table of all names."""

    ids: Numbers
    weights: Reals


@dataclass(frozen=True)
class NamePools:
    """All first names and surnames, with the pools that point into them."""

    first_names: Texts
    surnames: Texts
    first: dict[tuple[str, bool, str], Pool]
    last: dict[str, Pool]

    def draw_surnames(self, pool: Numbers, rng: np.random.Generator) -> Numbers:
        """A surname id for each element, from the pool it names (index in POOLS)."""
        drawn = np.zeros(pool.size, dtype=np.int64)
        for index, name in enumerate(POOLS):
            here = np.flatnonzero(pool == index)
            drawn[here] = self.last[name].ids[draw(rng, self.last[name].weights, here.size)]
        return drawn

    def draw_first_names(self, pool: Numbers, female: Flags, era: Numbers, rng: np.random.Generator) -> Numbers:
        """A first-name id for each element, fitting its pool, sex and era (index in ERAS)."""
        drawn = np.zeros(pool.size, dtype=np.int64)
        for index, name in enumerate(POOLS):
            for is_female in (False, True):
                for when, era_name in enumerate(ERAS):
                    here = np.flatnonzero((pool == index) & (female == is_female) & (era == when))
                    chosen = self.first[name, is_female, era_name]
                    drawn[here] = chosen.ids[draw(rng, chosen.weights, here.size)]
        return drawn


def build_pools(seed: int) -> NamePools:
    """Fill the pools: Faker first, then the package's own lists."""
    faker = Faker("fr_FR")
    faker.seed_instance(seed)
    common = [name for name, _ in Counter(faker.last_name() for _ in range(_FAKER_DRAWS)).most_common()]
    lists = {name: _surnames(name, seed) for name in POOLS}
    lists["fr"] = list(dict.fromkeys(common + lists["fr"]))
    surnames = sorted({surname for names in lists.values() for surname in names})
    place = {surname: index for index, surname in enumerate(surnames)}
    last = {name: _pool([place[text] for text in names], _SURNAME_SLOPE) for name, names in lists.items()}
    first_names, first = _first_name_pools(faker)
    return NamePools(texts(first_names), texts(surnames), first, last)


def _surnames(pool: str, seed: int) -> list[str]:
    """Own surnames of a pool: the listed ones, then those made of a stem and an ending."""
    parts = {row["part"]: row["names"].split("|") for row in read_data("surnames.csv") if row["pool"] == pool}
    stems = parts.get("stem", []) + [a + b for a in parts.get("onset", []) for b in parts.get("core", [])]
    derived = [stem + ending for stem in stems for ending in parts.get("suffix", [])]
    tidy = [" ".join(word[:1].upper() + word[1:] for word in name.split(" ")) for name in derived]
    stream(seed, f"surnames {pool}").shuffle(tidy)
    # Compound surnames come early: partners' systems cut them, so they must not be rare.
    return list(dict.fromkeys(parts["name"][:20] + parts.get("compound", []) + parts["name"][20:] + tidy))


def _first_name_pools(faker: Faker) -> tuple[list[str], dict[tuple[str, bool, str], Pool]]:
    """The table of first names and the pools by origin, sex and era."""
    drawn = {
        False: Counter(faker.first_name_male() for _ in range(_FAKER_DRAWS)).most_common(),
        True: Counter(faker.first_name_female() for _ in range(_FAKER_DRAWS)).most_common(),
    }
    lists: dict[tuple[str, bool, str], list[str]] = {}
    for row in read_data("first_names.csv"):
        names = row["names"].split("|")
        for era in ERAS if row["era"] == "any" else (row["era"],):
            lists[row["pool"], row["sex"] == "F", era] = names
    for is_female, counted in drawn.items():
        known = {name for era in ERAS for name in lists["fr", is_female, era]}
        lists["fr", is_female, "mid"] += [name for name, _ in counted if name not in known]
    every = sorted({name for names in lists.values() for name in names})
    place = {name: index for index, name in enumerate(every)}
    pools = {key: _pool([place[name] for name in names], _FIRST_NAME_SLOPE) for key, names in lists.items()}
    return every, pools


def _pool(ids: list[int], slope: float) -> Pool:
    """A pool in which the first id is the most frequent."""
    return Pool(np.array(ids, dtype=np.int64), zipf(len(ids), slope))
