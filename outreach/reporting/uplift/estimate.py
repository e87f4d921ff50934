"""The difference between those contacted and those not yet: by intention to treat, within strata, buildings as clusters. Pure.

Least squares with an effect of each stratum, which is the difference of each stratum weighted by n₁ · n₀ / (n₁ + n₀). The
variance lets the cases of one building be alike in whatever way (Liang and Zeger 1986, with the correction CR1); the
interval is Student's, by the effective number of buildings (Carter, Schnepel and Steigerwald 2017): one that holds half of
the cases does not count as one of many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from outreach.policy.effects import ERROR
from outreach.reporting.uplift.student import quantile, two_sided

Column = npt.NDArray[Any]
POINTS = 100


@dataclass(frozen=True)
class Rows:
    """All cases that were dealt by lot, whatever became of them. One element a case.

    ``stratum`` and ``cluster`` are labels; ``treated``: its wave is among those compared as contacted; ``outcome``: 0 or 1.
    """

    stratum: Column
    treated: Column
    cluster: Column
    outcome: Column


@dataclass(frozen=True)
class Estimate:
    """The difference in percentage points with its 95 % interval and ``p``; of how many cases, buildings and strata.

    ``dropped``: strata in which one of the groups is empty, and ``dropped_cases`` in them: they can say nothing.
    """

    effect: float
    low: float
    high: float
    p: float
    contacted: int
    waiting: int
    clusters: int
    freedom: float
    strata: int
    dropped: int
    dropped_cases: int


def estimate(rows: Rows) -> Estimate | None:
    """The estimate; ``None`` when there is nothing to compare, or too little to know the error (fewer than two buildings)."""
    stratum = np.unique(rows.stratum, return_inverse=True)[1].ravel()
    treated = rows.treated.astype(np.float64)
    sizes = np.bincount(stratum)
    contacted = np.bincount(stratum, treated)
    usable = (contacted > 0) & (contacted < sizes)
    kept = usable[stratum]
    if not kept.any():
        return None
    cluster = np.unique(rows.cluster[kept], return_inverse=True)[1].ravel()
    groups, cases, used = int(cluster.max()) + 1, int(kept.sum()), int(usable.sum())
    spare = cases - used - 1
    if groups < 2 or spare < 1:  # noqa: PLR2004
        return None
    t = _within(treated[kept], stratum[kept], sizes)
    y = _within(rows.outcome[kept].astype(np.float64), stratum[kept], sizes)
    weight = float(t @ t)
    effect = float(t @ y) / weight
    scores = np.bincount(cluster, t * (y - effect * t))
    correction = groups / (groups - 1) * (cases - 1) / spare
    error = float(np.sqrt(correction * (scores @ scores))) / weight
    leverage = np.bincount(cluster, t * t)
    freedom = max(1.0, min(groups - 1.0, float(leverage.sum() ** 2 / (leverage @ leverage)) - 1))
    reach = quantile(1 - ERROR / 2, freedom) * error
    return Estimate(
        effect=POINTS * effect, low=POINTS * (effect - reach), high=POINTS * (effect + reach), p=_p(effect, error, freedom),
        contacted=int(treated[kept].sum()), waiting=cases - int(treated[kept].sum()), clusters=groups, freedom=freedom,
        strata=used,
        dropped=int((~usable).sum()), dropped_cases=int((~kept).sum()),
    )  # fmt: skip


def _within(values: Column, stratum: Column, sizes: Column) -> Column:
    """Values less the mean of their stratum."""
    sums = np.bincount(stratum, values, minlength=len(sizes))
    return np.asarray(values - (sums / sizes)[stratum])


def _p(effect: float, error: float, freedom: float) -> float:
    if error == 0:
        return 1.0 if effect == 0 else 0.0
    return two_sided(effect / error, freedom)
