"""Streets of the communes: their names, which buildings stand on them, and the numbers on the gates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from outreach.simulation.buildings import ESTATE, HAMLET, BuildingPlan
from outreach.simulation.pools import (
    Flags,
    Numbers,
    Reals,
    Texts,
    chance,
    draw,
    pick,
    place_in_group,
    read_data,
    starts_of,
    texts,
)

_TYPES = {
    "estate": (("Rue", "Avenue", "Boulevard", "Allée", "Place", "Square"), (5, 4, 2, 3, 1, 1)),
    "town": (
        ("Rue", "Avenue", "Boulevard", "Allée", "Place", "Impasse", "Chemin", "Cours", "Passage", "Montée"),
        (45, 14, 6, 9, 6, 8, 6, 2, 2, 2),
    ),
    "rural": (("Rue", "Route", "Chemin", "Impasse", "Montée", "Allée", "Place"), (40, 20, 20, 8, 4, 5, 3)),
    "hamlet": (("Lieu-dit",), (1,)),
}
# Buildings on one street, on average.
_BUILDINGS_PER_STREET = {"estate": 9, "town": 24, "rural": 16, "hamlet": 7}
_LETTERS = texts(("A", "B", "C", "D", "E", "F"))
_MOST_BUILDINGS_OF_AN_ADDRESS = 6


@dataclass(frozen=True)
class Streets:
    """One element for each street; ``priority`` marks the streets of the commune's priority area."""

    commune: Numbers
    kind: Texts
    rest: Texts
    priority: Flags
    hamlet: Flags
    metric: Flags
    metres_per_number: Reals

    @property
    def name(self) -> Texts:
        """Full name, type first: ``Rue Jean Jaurès``."""
        return texts([f"{kind} {rest}" for kind, rest in zip(self.kind, self.rest, strict=True)])


def name_streets(plan: BuildingPlan, urban: Flags, rng: np.random.Generator) -> tuple[Streets, Numbers]:
    """The streets, and the street of each building."""
    pools = {row["use"]: row["names"].split("|") for row in read_data("streets.csv")}
    street_of_building = np.zeros(plan.commune.size, dtype=np.int64)
    parts: list[tuple[int, str, Texts, Texts]] = []
    count = 0
    for commune, in_town in enumerate(urban.tolist()):
        for use, kinds in (
            ("estate", {ESTATE}),
            ("plain", set(range(ESTATE + 1, HAMLET))),
            ("hamlet", {HAMLET}),
        ):
            here = np.flatnonzero((plan.commune == commune) & np.isin(plan.kind, list(kinds)))
            if here.size == 0:
                continue
            style = use if use != "plain" else ("town" if in_town else "rural")
            kind, rest = _names(style, pools[style], here.size, rng)
            street_of_building[here] = count + _spread(here.size, kind.size, shuffle=use == "plain", rng=rng)
            parts.append((commune, style, kind, rest))
            count += kind.size
    return _streets(parts, rng), street_of_building


def _names(style: str, pool: list[str], buildings: int, rng: np.random.Generator) -> tuple[Texts, Texts]:
    """Enough distinct names for ``buildings``: frequent types first, no name twice in one commune."""
    wanted = -(-buildings // _BUILDINGS_PER_STREET[style])
    types, weights = _TYPES[style]
    kinds = draw(rng, weights, 6 * wanted)
    rests = rng.integers(0, len(pool), 6 * wanted)
    distinct = np.unique(kinds * len(pool) + rests, return_index=True)[1]
    chosen = np.sort(distinct)[:wanted]
    return texts(types)[kinds[chosen]], texts(pool)[rests[chosen]]


def _spread(buildings: int, streets: int, *, shuffle: bool, rng: np.random.Generator) -> Numbers:
    """A street for each building, in about equal runs; shuffled where kinds of buildings mix."""
    runs = np.arange(buildings) * streets // buildings
    return rng.permutation(runs) if shuffle else runs


def _streets(parts: list[tuple[int, str, Texts, Texts]], rng: np.random.Generator) -> Streets:
    """Join the parts of all communes into one table."""
    sizes = [kind.size for _, _, kind, _ in parts]
    style = np.repeat(texts([style for _, style, _, _ in parts]), sizes)
    kind = np.concatenate([kind for _, _, kind, _ in parts])
    # Country roads are numbered by the distance in metres from their start.
    metric = (style == "rural") & np.isin(kind, ["Route", "Chemin"]) & chance(rng, 0.7, kind.size)
    return Streets(
        commune=np.repeat(np.array([commune for commune, _, _, _ in parts]), sizes),
        kind=kind,
        rest=np.concatenate([rest for _, _, _, rest in parts]),
        priority=style == "estate",
        hamlet=style == "hamlet",
        metric=metric,
        metres_per_number=np.where(metric, 1.0, np.where(style == "estate", 18.0, 8.0)),
    )


def number_buildings(
    plan: BuildingPlan, street_of_building: Numbers, streets: Streets, rng: np.random.Generator
) -> tuple[Numbers, Texts, Texts]:
    """Number, suffix (bis, ter) and letter (several blocks at one address) of each building."""
    order = np.argsort(street_of_building, kind="stable")
    street = street_of_building[order]
    opens_street = starts_of(street)
    place = place_in_group(opens_street)
    estate = plan.kind[order] == ESTATE
    bis = ~estate & ~opens_street & chance(rng, 0.04, street.size)
    shares_number = estate & chance(rng, 0.5, street.size) & (place % _MOST_BUILDINGS_OF_AN_ADDRESS != 0)
    # Two "12 bis" in a row would be one address for two houses.
    bis[1:] &= ~bis[:-1]
    steps = np.where(streets.metric[street], rng.integers(15, 90, street.size), rng.integers(1, 4, street.size))
    steps = np.where((bis | shares_number) & ~opens_street, 0, steps)
    total = np.cumsum(steps)
    before_street = np.repeat((total - steps)[opens_street], np.diff(np.append(np.flatnonzero(opens_street), street.size)))
    number = total - before_street
    opens_address = starts_of(street * 1_000_000 + number)
    rank = place_in_group(opens_address)
    several = np.zeros(street.size, dtype=np.bool_)
    several[:-1] |= estate[:-1] & ~opens_address[1:]
    several |= estate & ~opens_address
    several |= plan.block[order] & chance(rng, 0.15, street.size)
    letter = np.where(several, _LETTERS[np.minimum(rank, _MOST_BUILDINGS_OF_AN_ADDRESS - 1)], "")
    suffix = np.where(bis, pick(rng, ("bis", "ter"), (5, 1), street.size), "")
    back = np.argsort(order, kind="stable")
    return number[back], suffix[back].astype(object), letter[back].astype(object)
