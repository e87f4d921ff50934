"""How small an effect the waves can show: two shares, 80 % power, 5 % error, doors of one building counted as alike.

After each wave those contacted are compared with those whose turn is yet to come. Dealing out within strata makes the two
alike; the small gain in precision that it brings is not counted on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

ERROR, POWER = 0.05, 0.80
_Z_ERROR = NormalDist().inv_cdf(1 - ERROR / 2)
_Z_POWER = NormalDist().inv_cdf(POWER)
NEAR = 1e-7


@dataclass(frozen=True)
class Comparison:
    """Who is compared after a wave: numbers contacted and not yet contacted; ``effect``: the least difference shown, as a share.

    ``effect`` is ``None`` where no difference could be shown at all.
    """

    after_wave: int
    contacted: float
    waiting: float
    effect: float | None


@dataclass(frozen=True)
class Detectable:
    """What a design can show, and what that assumes.

    ``baseline``: the share that has the outcome without any contact. ``per_building``: cases of one building on average.
    ``design_effect``: by how much likeness within a building widens the error, 1 + (per_building - 1) · icc.
    """

    baseline: float
    icc: float
    per_building: float
    design_effect: float
    comparisons: tuple[Comparison, ...]

    @property
    def best(self) -> float | None:
        """The smallest effect that any comparison can show."""
        return min((one.effect for one in self.comparisons if one.effect is not None), default=None)


def detectable(waves: Sequence[float], *, baseline: float, icc: float, per_building: float) -> Detectable:
    """The least effect that each comparison of a design shows; ``waves``: cases of each wave that are dealt by lot."""
    spread = design_effect(per_building, icc)
    found = []
    for after in range(1, len(waves)):
        contacted, waiting = float(sum(waves[:after])), float(sum(waves[after:]))
        found.append(Comparison(after, contacted, waiting, least_effect(contacted / spread, waiting / spread, baseline)))
    return Detectable(baseline, icc, per_building, spread, tuple(found))


def design_effect(per_building: float, icc: float) -> float:
    """Kish's 1 + (m - 1) · icc; ``per_building``: the mean size weighted by cases, so that large buildings count as they should."""
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
