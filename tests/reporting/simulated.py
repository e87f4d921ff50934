"""Campaigns dealt by lot, with a known effect: what the estimate is held to."""

from __future__ import annotations

import numpy as np

from outreach.reporting.uplift import Rows


def campaign(rng, *, cases=5_000, effect=0.06, baseline=0.30, strata=12, per_building=8, likeness=0.15, uneven=0.0, share=0.5):
    """One campaign: strata of very different sizes and levels, buildings whose doors are alike, waves dealt within strata.

    ``uneven``: how much the effect itself differs from building to building (its standard deviation).
    """
    stratum = rng.choice(strata, cases, p=rng.dirichlet(np.full(strata, 0.8)))
    building = stratum * cases + rng.integers(0, max(1, cases // (per_building * strata)), cases)
    _names, building = np.unique(building, return_inverse=True)
    treated = np.zeros(cases, bool)
    for one in range(strata):
        members = rng.permutation(np.flatnonzero(stratum == one))
        first = rng.random() < share
        treated[members[: int(np.floor(len(members) * share) + first)]] = True
    level = np.clip(baseline + rng.normal(0, 0.08, strata), 0.05, 0.6)[stratum]
    home = rng.normal(0, likeness, building.max() + 1)[building]
    lift = effect + (rng.normal(0, uneven, building.max() + 1)[building] if uneven else 0.0)
    outcome = rng.random(cases) < np.clip(level + home + treated * lift, 0, 1)
    return Rows(stratum, treated, building, outcome.astype(np.float64))


def naive_interval(rows):
    """What somebody would print who took doors for strangers: the usual interval of two shares."""
    one, other = rows.outcome[rows.treated], rows.outcome[~rows.treated]
    effect = one.mean() - other.mean()
    error = np.sqrt(one.var() / len(one) + other.var() / len(other))
    return 100 * (effect - 1.96 * error), 100 * (effect + 1.96 * error)
