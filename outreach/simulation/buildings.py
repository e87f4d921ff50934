"""Which buildings a commune needs: estates, blocks of flats, small buildings, houses, hamlets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from outreach.simulation.pools import Flags, Numbers, draw

ESTATE, BLOCK, SMALL, HOUSE, HAMLET = range(5)
# Shares of the households by kind of building, for urban and rural communes (assumed; all add up to 1).
_SHARES = {True: (0.36, 0.30, 0.17, 0.17, 0.0), False: (0.0, 0.12, 0.15, 0.50, 0.23)}
_STAIRCASES = {ESTATE: (1, 4), BLOCK: (1, 2), SMALL: (1, 1)}
_FLOORS = {ESTATE: (4, 13), BLOCK: (3, 7), SMALL: (1, 3)}
_PER_FLOOR = {ESTATE: (2, 4), BLOCK: (2, 4), SMALL: (1, 3)}
_DOORS = {ESTATE: (10, 60), BLOCK: (10, 40), SMALL: (2, 9)}
# Left, facing, right.
_MOST_SIDES = 3
DOOR_LABELS = ("rank", "floor", "letter", "side")


@dataclass(frozen=True)
class BuildingPlan:
    """One element for each building, sorted by commune then kind.

    ``doors`` = staircases x floors x doors on a floor; ``label`` is how doors are named (index in
    DOOR_LABELS).
    """

    commune: Numbers
    kind: Numbers
    staircases: Numbers
    floors: Numbers
    per_floor: Numbers
    label: Numbers

    @property
    def doors(self) -> Numbers:
        """Number of dwellings of each building."""
        return self.staircases * self.floors * self.per_floor

    @property
    def block(self) -> Flags:
        """True for the big blocks of flats (estates and others)."""
        flags: Flags = self.kind <= BLOCK
        return flags


def plan_buildings(wanted: Numbers, urban: Flags, rng: np.random.Generator) -> BuildingPlan:
    """Buildings that hold at least the ``wanted`` dwellings of each commune."""
    columns: list[Numbers] = []
    for commune, (doors, in_town) in enumerate(zip(wanted.tolist(), urban.tolist(), strict=True)):
        for kind, share in enumerate(_SHARES[in_town]):
            if share > 0:
                sizes = _sizes(kind, int(np.ceil(doors * share)), rng)
                head = np.full((2, sizes.shape[1]), [[commune], [kind]])
                columns.append(np.vstack([head, sizes]))
    commune_of, kind_of, staircases, floors, per_floor = np.hstack(columns)
    label = draw(rng, (0.4, 0.3, 0.15, 0.15), kind_of.size)
    # "Left, right, facing" only names doors where a floor has three at most.
    label = np.where((label == DOOR_LABELS.index("side")) & (per_floor > _MOST_SIDES), 0, label)
    return BuildingPlan(commune_of, kind_of, staircases, floors, per_floor, label)


def _sizes(kind: int, doors: int, rng: np.random.Generator) -> Numbers:
    """Rows staircases, floors, doors on a floor; as many columns as needed to reach ``doors`` dwellings."""
    if kind in (HOUSE, HAMLET):
        return np.ones((3, doors), dtype=np.int64)
    low, high = _DOORS[kind]
    tries = max(8, 4 * doors // low)
    ranges = (_STAIRCASES[kind], _FLOORS[kind], _PER_FLOOR[kind])
    sizes = np.vstack([rng.integers(least, most + 1, tries) for least, most in ranges])
    total = sizes.prod(axis=0)
    fitting = sizes[:, (total >= low) & (total <= high)]
    enough = int(np.searchsorted(np.cumsum(fitting.prod(axis=0)), doors)) + 1
    return fitting[:, :enough]
