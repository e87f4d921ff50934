"""Twenty days of calls, played: when each person answers is hidden, and each way to choose windows sees only its own results.

Every way gets the same people, the same capacity and the same fate: whether a person would answer at the k-th call in a given
window is drawn once. At most three calls each, two days apart; all slots are filled as long as anybody may be called.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calling.turns import Method, turn_chances
from outreach.planning.calling import Contacts, Pools, learn, learned_chances, plan_calls

SITES, DAYS, WINDOWS, KINDS = 10, 20, 4, 5
MOST, GAP = 3, 2
FRENCH = (frozenset({"fr"}),)
CAPACITY = 1.096
"""Calls in the whole season for each contact."""


@dataclass(frozen=True)
class People:
    """n people: ``site``, ``kind``, ``value`` (n); ``chance`` (n x W), hidden; ``fate`` (n x 3): drawn for each call."""

    site: np.ndarray
    kind: np.ndarray
    value: np.ndarray
    chance: np.ndarray
    fate: np.ndarray


@dataclass(frozen=True)
class Outcome:
    """What a season came to."""

    calls: int
    reached: int
    value: float


def people(seed: int, count: int, contrast: float = 1.0) -> People:
    """Kinds of people differ in when they answer, and each person has a best window of their own.

    ``contrast`` 0: no window is better than another for anybody, only people differ in how often they answer.
    """
    draw = np.random.default_rng(seed)
    kind = draw.integers(0, KINDS, count)
    table = draw.beta(4, 10, (KINDS, WINDOWS)) * draw.uniform(0.7, 1.3, (KINDS, 1))
    table = contrast * table + (1 - contrast) * table.mean(axis=1, keepdims=True)
    chance = table[kind] * draw.gamma(4, 1 / 4, (count, 1))
    best = draw.integers(0, WINDOWS, count)
    chance[np.arange(count), best] *= 1 + contrast * draw.uniform(0, 1.5, count)
    value = draw.choice([4.0, 3.0, 2.0, 1.5, 1.0], count, p=[0.07, 0.13, 0.22, 0.28, 0.30])
    return People(draw.integers(0, SITES, count), kind, value, chance.clip(0.01, 0.95), draw.random((count, MOST)))


def season(known: People, method: Method | str, seed: int) -> Outcome:
    """Play the days by one method; ``"oracle"`` sees the hidden chances."""
    count = len(known.site)
    draw = np.random.default_rng(seed + 1)
    start = draw.integers(0, WINDOWS, count)
    silences = np.zeros((count, WINDOWS), dtype=int)
    tried, last, done = np.zeros(count, dtype=int), np.full(count, -GAP), np.zeros(count, dtype=bool)
    calls, answered = np.zeros((KINDS, WINDOWS), dtype=int), np.zeros((KINDS, WINDOWS), dtype=int)
    room = np.full((SITES, 1, WINDOWS), int(count * CAPACITY / SITES / DAYS / WINDOWS))
    pools = Pools(np.arange(SITES), FRENCH * SITES, room)
    for day in range(DAYS):
        free = np.flatnonzero(~done & (tried < MOST) & (day - last >= GAP))
        if method == Method.INDEX:
            chance = learned_chances(learn(calls, answered), known.kind[free], silences[free])
        elif method == Method.TURNS:
            chance = turn_chances(start[free], silences[free])
        else:
            chance = known.chance[free]
        plan = plan_calls(asked(known, free, chance), pools)
        who, window = free[plan.planned], plan.window[plan.planned]
        hit = known.fate[who, tried[who]] < known.chance[who, window]
        np.add.at(calls, (known.kind[who], window), 1)
        np.add.at(answered, (known.kind[who[hit]], window[hit]), 1)
        silences[who[~hit], window[~hit]] += 1
        tried[who] += 1
        last[who] = day
        done[who[hit]] = True
    return Outcome(int(tried.sum()), int(done.sum()), float(known.value[done].sum()))


def asked(known: People, free: np.ndarray, chance: np.ndarray) -> Contacts:
    """The contacts of one day: everybody who may be called."""
    zero = np.zeros(len(free), dtype=int)
    return Contacts(known.site[free], zero, FRENCH, known.value[free], chance, np.ones_like(chance, dtype=bool), zero, zero)


def compared(seeds: list[int], count: int, contrast: float = 1.0) -> dict[str, list[Outcome]]:
    """The seasons of both methods and of the oracle, by seed."""
    found: dict[str, list[Outcome]] = {Method.TURNS: [], Method.INDEX: [], "oracle": []}
    for seed in seeds:
        known = people(seed, count, contrast)
        for method, outcomes in found.items():
            outcomes.append(season(known, method, seed))
    return found
