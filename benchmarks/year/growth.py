"""The same two weeks of networks that double: people, lists' rows, sites and mediators alike. Each stage beside half its size."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from year.shape import FULL, Shape

SIZES, QUICK_SIZES = (88_000, 176_000, 352_000, 704_000), (2_000, 4_000)
LARGEST = 1_408_000
"""Played only when asked for: it takes as long as all the others."""
DAYS, LISTS = 8, 8
MOST_GROWTH = 2.2
LEAST = 2.0
"""Seconds below which a stage is mostly what it costs to begin, and says nothing about growth."""


def shape_of(people: int) -> Shape:
    """A network of so many people with as many sites and mediators for each of them as the whole has."""
    share = people / FULL.people
    sites = max(4, round(FULL.sites * share))
    return replace(
        FULL, people=people, whole=DAYS, days=DAYS, lists=LISTS, sites=sites, associations=max(4, min(FULL.associations, sites)),
        mediators=6 * sites, partners=4, regions=2,
    )  # fmt: skip


def factors(found: dict[int, dict[str, float]]) -> dict[str, list[float | None]]:
    """For each stage how many times longer each size takes than the one before; ``None`` where that says nothing."""
    sizes = sorted(found)
    return {
        stage: [
            found[large].get(stage, 0.0) / found[small][stage] if found[small].get(stage, 0.0) >= LEAST else None
            for small, large in pairwise(sizes)
        ]
        for stage in found[sizes[-1]]
    }


def figures(found: dict[int, dict[str, float]]) -> dict[str, dict[str, Any]]:
    """Every figure with its target."""
    out: dict[str, dict[str, Any]] = {}
    for stage, grown in factors(found).items():
        for size, factor in zip(sorted(found)[1:], grown, strict=True):
            ok = None if factor is None else factor <= MOST_GROWTH
            value = None if factor is None else round(factor, 2)
            out[f"{stage}: {size}"] = {"value": value, "unit": "x per doubling", "target": MOST_GROWTH, "ok": ok, "peer": None}
    return out


def print_table(found: dict[int, dict[str, float]]) -> None:
    """Stages down, sizes across, each with its factor."""
    sizes = sorted(found)
    grown = factors(found)
    print(f"{'seconds, and times the size before':<46}" + "".join(f"{size:>18,}" for size in sizes))
    for stage in sorted(found[sizes[-1]], key=lambda name: -found[sizes[-1]][name]):
        cells = [f"{found[sizes[0]].get(stage, 0.0):>18.1f}"]
        for size, factor in zip(sizes[1:], grown[stage], strict=True):
            told = "" if factor is None else f"{factor:.2f}x{'!' if factor > MOST_GROWTH else ''}"
            cells.append(f"{found[size].get(stage, 0.0):>10.1f}{told:>8}")
        print(f"{stage:<46}" + "".join(cells))
