"""What the energy partner sends each week: customers who enter, leave, or owe another amount."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from outreach.simulation.energy import STAGES, WEEKS, EnergyBase
from outreach.simulation.handwriting import to_cents
from outreach.simulation.pools import Numbers, Texts, chance, stream, texts

WEEKLY_EXITS = 0.03
WEEKLY_CHANGES = 0.01
MOVEMENTS = ("ENTREE", "SORTIE", "MODIF")


@dataclass(frozen=True)
class Week:
    """Rows of one delta with their movement, and the base as it stands after it."""

    rows: Numbers
    movement: Texts
    base: EnergyBase


def weeks(base: EnergyBase, seed: int) -> list[Week]:
    """The deltas: customers who enter, who have paid and leave, and whose debt changes."""
    rng = stream(seed, "weeks")
    active = base.chosen.fault == ""
    active[base.listed :] = False
    entries = np.array_split(np.arange(base.listed, active.size), WEEKS)
    made: list[Week] = []
    for entering in entries:
        present = rng.permutation(np.flatnonzero(active))
        leaving, staying = np.split(present, [round(present.size * WEEKLY_EXITS)])
        changing = staying[: round(present.size * WEEKLY_CHANGES)]
        base = _after(base, leaving, changing, rng)
        active[leaving], active[entering] = False, True
        movement = np.repeat(texts(MOVEMENTS), [entering.size, leaving.size, changing.size])
        order = rng.permutation(movement.size)
        rows = np.concatenate([entering, leaving, changing])
        made.append(Week(rows[order], movement[order], base))
    return made


def _after(base: EnergyBase, leaving: Numbers, changing: Numbers, rng: np.random.Generator) -> EnergyBase:
    """The base once debts are paid or have changed: a new invoice, or part of the debt settled."""
    cents, stage = base.cents.copy(), base.stage.copy()
    cents[leaving] = 0
    grows = chance(rng, 0.7, changing.size)
    factor = np.where(grows, rng.uniform(1.1, 1.8, changing.size), rng.uniform(0.3, 0.9, changing.size))
    cents[changing] = to_cents(cents[changing] / 100 * factor)
    stage[changing[grows]] = np.minimum(stage[changing[grows]] + 1, len(STAGES) - 1)
    return replace(base, cents=cents, stage=stage)
