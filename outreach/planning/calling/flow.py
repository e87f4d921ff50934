"""Which case in which window of which day: an exact minimum-cost flow for each site.

A contact leads to one node for each window allowed to it. Such a node stands for the contacts of one set of languages and one
first day, in one window, on their last day; from there the flow may slide to earlier days, never before the first. So a contact
has a few arcs, not one for each day, and what is forbidden is an arc that is not there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ortools.graph.python import min_cost_flow

from outreach.planning.calling.model import NOBODY, CallPlan, Contacts, Pools

SCALE = 10_000
"""Gains are rounded to this fraction of the value of an answer."""
LATER, SPARE = 1, 2
"""Costs, in that fraction, of waiting a day, and of a caller's language that the contact does not need: among equals the earlier
day, and whoever speaks less."""


def plan_calls(contacts: Contacts, pools: Pools) -> CallPlan:
    """The plan of highest expected value over all days and windows; each contact is called at most once.

    Windows not allowed, days before the earliest or after the deadline, languages not spoken and attempts beyond the capacity
    cannot be in it. Same input, same plan. Raises ``ValueError`` when the columns do not fit together.
    """
    _check(contacts, pools)
    n = len(contacts)
    day, window, pool = (np.full(n, NOBODY, dtype=np.int32) for _ in range(3))
    worth = 0.0
    order = np.argsort(contacts.site, kind="stable")
    borders = np.flatnonzero(np.diff(contacts.site[order])) + 1
    for rows in np.split(order, borders) if n else []:
        here = np.flatnonzero(pools.site == contacts.site[rows[0]])
        if len(here):
            on, at, who, gained = _Site.of(contacts, pools, rows, here).solved()
            done = on != NOBODY
            day[rows], window[rows], pool[rows] = on, at, np.where(done, here[who], NOBODY)
            worth += gained
    return CallPlan(day, window, pool, worth)


def _check(contacts: Contacts, pools: Pools) -> None:
    n, windows = contacts.chance.shape
    if contacts.allowed.shape != (n, windows) or pools.capacity.shape[2:] != (windows,):
        raise ValueError("contacts and pools must have the same windows")
    if not all(
        len(column) == n for column in (contacts.site, contacts.speaks, contacts.value, contacts.earliest, contacts.deadline)
    ):
        raise ValueError("the columns of the contacts must have one length")
    if not len(pools.site) == len(pools.speaks) == len(pools.capacity):
        raise ValueError("pools must have one site, one set of languages and one capacity each")


@dataclass(frozen=True)
class _Site:
    """One site's share of the columns. ``covers`` (tongues x pools): which pool speaks; ``spare``: languages beyond the need."""

    tongue: np.ndarray
    gain: np.ndarray
    allowed: np.ndarray
    first: np.ndarray
    last: np.ndarray
    value: np.ndarray
    covers: np.ndarray
    spare: np.ndarray
    capacity: np.ndarray

    @classmethod
    def of(cls, contacts: Contacts, pools: Pools, rows: np.ndarray, here: np.ndarray) -> _Site:
        days = pools.capacity.shape[1]
        first = np.maximum(contacts.earliest[rows], 0).astype(np.int64)
        last = np.minimum(contacts.deadline[rows], days - 1).astype(np.int64)
        gain = np.rint(contacts.value[rows, None] * contacts.chance[rows] * SCALE).astype(np.int64)
        first = np.minimum(first, days)
        covers = np.array([[bool(speaks & pools.speaks[number]) for number in here] for speaks in contacts.tongues], dtype=bool)
        spare = np.array([len(pools.speaks[number]) for number in here], dtype=np.int64) * SPARE
        covers = covers.reshape(len(contacts.tongues), len(here))
        tongue, capacity = contacts.speaks[rows].astype(np.int64), pools.capacity[here].astype(np.int64)
        allowed = contacts.allowed[rows] & (gain > 0) & (first <= last)[:, None]
        _spare_hopeless(allowed, gain, (tongue, first, last), np.einsum("tp,pdw->td", covers, capacity))
        return cls(
            tongue, gain, allowed, first, last, contacts.value[rows], covers, spare - spare.min(initial=0), capacity
        )  # fmt: skip

    def solved(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
        """Day, window and pool (row of this site's pools, 0 when not planned) of each contact, and the value expected."""
        m, windows = self.gain.shape
        pools, days, _ = self.capacity.shape
        kinds, kind = np.unique(self.tongue * days + np.clip(self.first, 0, days - 1), return_inverse=True)
        tongues = len(self.covers)
        chain = m
        hub = chain + len(kinds) * windows * days
        slot = hub + tongues * windows * days
        sink = slot + pools * windows * days
        flow = min_cost_flow.SimpleMinCostFlow()
        who, at = np.nonzero(self.allowed)
        enter = self._add(flow, who, chain + (kind[who] * windows + at) * days + self.last[who], 1, -self.gain[who, at])
        callable_now = np.flatnonzero(self.allowed.any(axis=1))
        # One source for all, with a way past the calls: faster than a supply at each contact with a way of its own.
        self._add(flow, np.full(len(callable_now), sink + 1), callable_now, 1, 0)
        self._add(flow, np.array([sink + 1]), sink, len(callable_now), 0)
        k, w, d = (
            grid.ravel() for grid in np.meshgrid(np.arange(len(kinds)), np.arange(windows), np.arange(days), indexing="ij")
        )
        node = chain + (k * windows + w) * days + d
        slides = d > kinds[k] % days
        self._add(flow, node[slides], node[slides] - 1, m, 0)
        out = d >= kinds[k] % days
        leave = self._add(flow, node[out], hub + (kinds[k[out]] // days * windows + w[out]) * days + d[out], m, LATER * d[out])
        t, p = np.nonzero(self.covers)
        grid = np.arange(windows * days)
        served = self._add(
            flow, (hub + t[:, None] * windows * days + grid).ravel(), (slot + p[:, None] * windows * days + grid).ravel(), m,
            np.repeat(self.spare[p], windows * days),
        )  # fmt: skip
        # Slots are counted window by window, capacities come day by day.
        self._add(flow, slot + np.arange(pools * windows * days), sink, self.capacity.transpose(0, 2, 1).ravel(), 0)
        flow.set_node_supply(sink + 1, len(callable_now))
        flow.set_node_supply(sink, -len(callable_now))
        status = flow.solve()
        if status != flow.OPTIMAL:
            raise RuntimeError(f"the flow of calls ended with {status}")
        taken = flow.flows(enter).astype(bool)
        who, at = who[taken], at[taken]
        return self._read(who, at, kind, (k[out], w[out], d[out], flow.flows(leave)), (t, p, flow.flows(served)))

    @staticmethod
    def _add(
        flow: min_cost_flow.SimpleMinCostFlow, tail: np.ndarray, head: np.ndarray | int, capacity: object, cost: object
    ) -> np.ndarray:
        size = len(tail)
        return np.asarray(
            flow.add_arcs_with_capacity_and_unit_cost(
                tail.astype(np.int32), np.broadcast_to(np.asarray(head), size).astype(np.int32),
                np.broadcast_to(np.asarray(capacity), size).astype(np.int64),
                np.broadcast_to(np.asarray(cost), size).astype(np.int64),
            )
        )  # fmt: skip

    def _read(
        self, who: np.ndarray, at: np.ndarray, kind: np.ndarray,
        left: tuple[np.ndarray, ...], served: tuple[np.ndarray, ...],
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:  # fmt: skip
        """Who goes through a chain is told apart by deadline, then value; days and pools are given out in that order."""
        m, windows = self.gain.shape
        days = self.capacity.shape[1]
        day, window, pool = (np.full(m, NOBODY, dtype=np.int32) for _ in range(3))
        pool[:] = 0
        window[who] = at
        # Into each chain: the earliest deadline takes the earliest day, which always fits because the flow did.
        order = np.lexsort((-self.value[who], self.last[who], at, kind[who]))
        k, w, d, count = left
        leaving = np.lexsort((d, w, k))
        day[who[order]] = np.repeat(d[leaving], count[leaving])
        # Out of each hub: the most valuable takes the pool that speaks fewest other languages.
        t, p, count = served
        hubs = len(self.covers) * windows * days
        where = (t[:, None] * windows * days + np.arange(windows * days)).ravel()
        pools = np.repeat(p, windows * days)
        giving = np.lexsort((pools, self.spare[pools], where))
        mine = (self.tongue[who] * windows + at) * days + day[who]
        order = np.lexsort((-self.value[who], mine))
        pool[who[order]] = np.repeat(pools[giving], count[giving])
        if len(who) != int(count.sum()) or hubs <= int(mine.max(initial=-1)):
            raise RuntimeError("the flow of calls does not add up")
        return day, window, pool, float(self.gain[who, at].sum()) / SCALE


def _spare_hopeless(allowed: np.ndarray, gain: np.ndarray, kind: tuple[np.ndarray, ...], room: np.ndarray) -> None:
    """Close the windows of contacts that can never win there.

    Of one language and one span of days, as many gain more in that window as calls can be made in all windows: one of those is
    left over in any plan, and would take the place.

    ``room`` (tongues x days): attempts. Changes ``allowed`` in place; the best plan stays as good.
    """
    tongue, first, last = kind
    until = np.concatenate([np.zeros((len(room), 1), dtype=room.dtype), room.cumsum(axis=1)], axis=1)
    most = until[tongue, np.maximum(last + 1, 0)] - until[tongue, first]
    group = np.unique(np.stack([tongue, first, last]), axis=1, return_inverse=True)[1].ravel()
    for window in range(gain.shape[1]):
        rows = np.flatnonzero(allowed[:, window])
        order = rows[np.lexsort((rows, -gain[rows, window], group[rows]))]
        starts = np.flatnonzero(np.diff(group[order], prepend=-1))
        rank = np.arange(len(order)) - np.repeat(starts, np.diff(starts, append=len(order)))
        allowed[order[rank >= most[order]], window] = False
