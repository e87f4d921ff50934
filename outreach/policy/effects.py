"""How small a difference two groups can show: two shares, 80 % power, 5 % error, doors of one building counted as alike."""

from __future__ import annotations

from statistics import NormalDist

ERROR, POWER = 0.05, 0.80
_Z_ERROR = NormalDist().inv_cdf(1 - ERROR / 2)
_Z_POWER = NormalDist().inv_cdf(POWER)
NEAR = 1e-7


def design_effect(per_building: float, icc: float) -> float:
    """Kish's 1 + (m - 1) · icc.

    ``per_building``: the mean size weighted by cases, so that large buildings count as they should.
    """
    return 1 + max(per_building - 1, 0) * icc


def least_effect(one: float, other: float, baseline: float) -> float | None:
    """The least rise above ``baseline`` that two groups of these sizes show with 80 % power at 5 %, two-sided.

    Fleiss, Levin, Paik: equal variance under no effect, own variances under the effect. ``None`` when even 100 % would not show.
    """
    if min(one, other) < 1:
        return None
    low, high = 0.0, 1 - baseline
    if not _shows(high, one, other, baseline):
        return None
    while high - low > NEAR:
        middle = (low + high) / 2
        low, high = (low, middle) if _shows(middle, one, other, baseline) else (middle, high)
    return high


def _shows(effect: float, one: float, other: float, baseline: float) -> bool:
    risen = baseline + effect
    pooled = (one * risen + other * baseline) / (one + other)
    no_effect = (pooled * (1 - pooled) * (1 / one + 1 / other)) ** 0.5
    with_effect = (risen * (1 - risen) / one + baseline * (1 - baseline) / other) ** 0.5
    return bool(effect >= _Z_ERROR * no_effect + _Z_POWER * with_effect)
