"""The whole network's calls: 704,000 cases of 66 sites over 20 days and 4 windows, planned; greedy beside, LP files for three sites."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from typing import Any

import numpy as np

from outreach.planning.calling import Contacts, Pools, plan_calls

DAYS, WINDOWS = 20, 4
CAPACITY = 0.4493
"""Attempts for each contact."""
TONGUES = tuple(frozenset(words) for words in ({"fr"}, {"ar"}, {"tr"}, {"pt"}, {"ar", "fr"}))
SPOKEN = tuple(frozenset(words) for words in ({"fr"}, {"fr", "ar"}, {"fr", "tr"}, {"fr", "pt"}))


def network(contacts: int, sites: int, seed: int) -> tuple[Contacts, Pools]:
    """8 % do-not-call windows, 30 % deadlines, 20 % cases that come in over the first ten days, sites of different size."""
    draw = np.random.default_rng(seed)
    share = draw.dirichlet(np.full(sites, 8.0))
    value = draw.choice([4.0, 3.0, 2.0, 1.5, 1.0], contacts, p=[0.07, 0.13, 0.22, 0.28, 0.30]) * draw.uniform(0.8, 1.2, contacts)
    chance = draw.beta(4, 8, contacts)[:, None] * draw.dirichlet([2.0] * WINDOWS, contacts) * WINDOWS
    earliest = np.where(draw.random(contacts) < 0.2, draw.integers(0, 10, contacts), 0).astype(np.int16)
    deadline = np.where(draw.random(contacts) < 0.3, earliest + draw.integers(1, 10, contacts), DAYS - 1).astype(np.int16)
    asked = Contacts(
        np.sort(draw.choice(sites, contacts, p=share)).astype(np.int16),
        draw.choice(len(TONGUES), contacts, p=[0.8, 0.06, 0.03, 0.03, 0.08]).astype(np.int8), TONGUES, value.astype(np.float32),
        chance.clip(0.02, 0.95).astype(np.float32), draw.random((contacts, WINDOWS)) > 0.08, earliest, deadline,
    )  # fmt: skip
    part = np.array([0.6, 0.2, 0.1, 0.1])
    expected = contacts * CAPACITY * share[:, None] * part[None, :] / (DAYS * WINDOWS)
    room = draw.poisson(expected[:, :, None, None], (sites, len(SPOKEN), DAYS, WINDOWS)).reshape(-1, DAYS, WINDOWS)
    return asked, Pools(np.repeat(np.arange(sites), len(SPOKEN)), SPOKEN * sites, room)


def measured_plan(count: int, sites: int, seed: int, file: Path) -> dict[str, Any]:
    """Plan the network; ``file``-0, -1, -2: three sites of middle size for the linear programme."""
    contacts, pools = network(count, sites, seed)
    loaded = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    begun = time.process_time()
    plan = plan_calls(contacts, pools)
    seconds = time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    begun = time.process_time()
    by_hand = greedy(contacts, pools)
    greedy_seconds = time.process_time() - begun
    gain = contacts.value[:, None] * contacts.chance
    worth = np.where(plan.planned, np.take_along_axis(gain, plan.window.clip(0)[:, None], axis=1)[:, 0], 0.0)
    chosen = np.random.default_rng(seed).choice(sites, min(3, sites), replace=False).tolist()
    for number, site in enumerate(chosen):
        mine, here = contacts.site == site, pools.site == site
        covers = [[bool(tongue & spoken) for spoken in SPOKEN] for tongue in TONGUES]
        np.savez(
            f"{file}-{number}.npz", gain=gain[mine].astype(float), allowed=contacts.allowed[mine], speaks=contacts.speaks[mine],
            earliest=contacts.earliest[mine], deadline=contacts.deadline[mine], covers=covers, capacity=pools.capacity[here],
        )  # fmt: skip
    return {
        "seconds": seconds, "loaded": loaded, "beside_loading": peak - loaded, "calls": int(plan.planned.sum()),
        "capacity": int(pools.capacity.sum()), "worth": float(worth.sum()), "greedy": by_hand, "greedy_seconds": greedy_seconds,
        "sites": [float(worth[contacts.site == site].sum()) for site in chosen], "faults": faults(contacts, pools, plan),
    }  # fmt: skip


def faults(contacts: Contacts, pools: Pools, plan: Any) -> int:
    """How many planned calls break a rule."""
    rows = np.flatnonzero(plan.planned)
    day, window, pool = plan.day[rows], plan.window[rows], plan.pool[rows]
    covers = np.array([[bool(tongue & spoken) for spoken in pools.speaks] for tongue in TONGUES])
    wrong = ~contacts.allowed[rows, window] | (day < contacts.earliest[rows]) | (day > contacts.deadline[rows])
    wrong |= (pools.site[pool] != contacts.site[rows]) | ~covers[contacts.speaks[rows], pool]
    used = np.zeros(pools.capacity.shape, dtype=int)
    np.add.at(used, (pool, day, window), 1)
    return int(wrong.sum() + (used > pools.capacity).sum())


def greedy(contacts: Contacts, pools: Pools) -> float:
    """The most valuable call first, in its best window, on the last day that has room: no place is taken that others need more."""
    gain = contacts.value[:, None] * contacts.chance * contacts.allowed
    room = pools.capacity.tolist()
    pool_of = {(int(site), speaks): number for number, (site, speaks) in enumerate(zip(pools.site, pools.speaks, strict=True))}
    fits = [[spoken for spoken in sorted(SPOKEN, key=len) if spoken & tongue] for tongue in TONGUES]
    taken = np.zeros(len(gain), dtype=bool)
    total = 0.0
    order = np.argsort(-gain, axis=None, kind="stable")
    site, speaks, first, last = (
        column.tolist() for column in (contacts.site, contacts.speaks, contacts.earliest, contacts.deadline)
    )
    full: set[tuple[int, int, int, int, int]] = set()
    for cell in order[: np.count_nonzero(gain)].tolist():
        number, window = divmod(cell, WINDOWS)
        key = (site[number], speaks[number], first[number], last[number], window)
        if taken[number] or key in full:
            continue
        spot = _room(
            room,
            [pool_of[site[number], spoken] for spoken in fits[speaks[number]]],
            range(min(last[number], DAYS - 1), first[number] - 1, -1),
            window,
        )
        if spot is None:
            full.add(key)
            continue
        room[spot[0]][spot[1]][window] -= 1
        taken[number] = True
        total += float(gain[number, window])
    return total


def _room(room: list[list[list[int]]], pools: list[int], days: range, window: int) -> tuple[int, int] | None:
    for pool in pools:
        for day in days:
            if room[pool][day][window]:
                return pool, day
    return None
