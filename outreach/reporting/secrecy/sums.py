"""Many sums at once over the classes of a world."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from outreach.reporting.secrecy.grouping import Classes

Vector = np.ndarray[Any, np.dtype[np.int64]]


class Sums:
    """Sums over sets of classes, none of them empty."""

    def __init__(self, members: Sequence[Classes]) -> None:
        self._flat = np.array([place for classes in members for place in classes], dtype=np.int64)
        self._starts = np.cumsum([0, *(len(classes) for classes in members)])[:-1]

    def of(self, world: Vector) -> Vector:
        """The sums in one world."""
        if not len(self._starts):
            return np.zeros(0, dtype=np.int64)
        return np.asarray(np.add.reduceat(world[self._flat], self._starts), dtype=np.int64)
