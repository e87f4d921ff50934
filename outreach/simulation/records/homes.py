"""Invented homes: houses and blocks of flats in streets whose names return from town to town."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from outreach.simulation.pools import Texts, each, texts
from outreach.simulation.records.pools import codes, draw_surnames, long_tail
from outreach.simulation.records.shape import ListShape

Columns: TypeAlias = dict[str, npt.NDArray[Any]]
HOUSEHOLDS_A_BLOCK = 20
HOMES_A_TOWN = 1_500
STREET_TYPES = texts(("RUE", "RUE", "RUE", "AVENUE", "IMPASSE", "CHEMIN", "ALLEE", "PLACE", "BOULEVARD"))
STREET_STEMS = (
    "LILAS", "ROSES", "MOULIN", "EGLISE", "ECOLE", "CHENES", "PRES", "VIGNES",
    "GARE", "MAIRIE", "FONTAINE", "ACACIAS", "TILLEULS", "CHATEAU",
)  # fmt: skip
STREET_LINKS = ("DES", "DU", "DE LA", "DU PETIT", "DU GRAND", "DES VIEUX", "DU HAUT", "DU BAS")
# The numbers start like those kept for fiction and are too long to be dialled.
MOBILE, LANDLINE = "+3363998", "+33199"


def invent_homes(count: int, rng: np.random.Generator, shape: ListShape) -> Columns:
    """One row per household: address, surname, landline, the mobile that its members share if they share one."""
    in_block = rng.random(count) < shape.flats
    blocks = max(1, int(in_block.sum()) // HOUSEHOLDS_A_BLOCK)
    place = np.where(in_block, rng.integers(0, blocks, count), blocks + np.arange(count))
    homes = {name: column[place] for name, column in _places(blocks + count, max(2, count // HOMES_A_TOWN), rng).items()}
    homes["floor"] = _some(in_block, rng.integers(0, 8, count).astype(str))
    homes["door"] = _some(in_block, rng.integers(1, 90, count).astype(str))
    homes["building"] = _some(in_block & (rng.random(count) < 1 / 5), rng.choice(list("ABC"), count))
    homes["staircase"] = np.full(count, None, dtype=object)
    homes["family_name"] = draw_surnames(count, rng)
    homes["fixed"] = codes(LANDLINE, rng.choice(10**9, count, replace=False), 9)
    return homes


def _some(filled: npt.NDArray[np.bool_], values: npt.NDArray[Any]) -> Texts:
    column = values.astype(object)
    column[~filled] = None
    return column


def _places(count: int, towns: int, rng: np.random.Generator) -> Columns:
    """Street addresses; a few hamlets have no numbers."""
    town = rng.integers(0, towns, count)
    stems = texts([f"{link} {stem}" for stem in STREET_STEMS for link in STREET_LINKS])
    stem = rng.choice(stems, count, p=long_tail(len(stems), 0.7, 3))
    kind = rng.choice(STREET_TYPES, count)
    hamlet = rng.random(count) < 1 / 25
    number = _some(~hamlet, rng.integers(1, 120, count).astype(str))
    repetition = _some(~hamlet & (rng.random(count) < 1 / 20), rng.choice(["B", "T"], count))
    street = np.where(hamlet, each(stem, lambda name: "LE BOURG " + name.split()[-1]), kind + " " + stem)
    postal_codes = texts([f"{10_000 + 10 * rank:05d}" for rank in range(towns)])
    cities = texts([f"VILLE {rank}" for rank in range(towns)])
    return {
        "house_number": number, "repetition": repetition, "street": street, "postal_code": postal_codes[town],
        "city": cities[town],
    }  # fmt: skip
