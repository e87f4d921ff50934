"""How alike strangers look by chance: the levels of random pairs of the list itself."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import numpy as np

from outreach.matching.compare import compare_pairs
from outreach.matching.fields import FAR_FIELDS, FIELDS, columns, one_hot

Levels = Mapping[str, tuple[float, ...]]
SEED = 20


def random_levels(connection: duckdb.DuckDBPyConnection, total: int, pairs: int) -> Levels:
    """How many of at most `pairs` random pairs show each level of each field that counts between addresses.

    The same pairs are drawn for the same records: they are drawn by id, and ids follow record_id.
    """
    drawn = min(pairs, total * (total - 1) // 2)
    left, right = np.random.default_rng(SEED).integers(0, max(total, 1), (2, drawn), dtype=np.int32)
    apart = left != right
    low, high = np.minimum(left, right)[apart], np.maximum(left, right)[apart]
    patterns = compare_pairs(connection, low, high).column("pattern").to_numpy()
    unique, counts = np.unique(patterns, return_counts=True)
    levels = counts @ one_hot(unique, FAR_FIELDS)
    return {field.name: tuple(levels[columns()[field.name]].tolist()) for field in FIELDS if field.name in FAR_FIELDS}
