"""How small an effect the waves can show, comparison by comparison (the rule itself is ``policy.effects``).

After each wave those contacted are compared with those whose turn is yet to come. Dealing out within strata makes the two
alike; the small gain in precision that it brings is not counted on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from outreach.policy.effects import design_effect, least_effect


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
