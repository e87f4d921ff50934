"""Where automatic merging starts: chosen from the probabilities of the list, never a fixed figure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def merge_threshold(p_same: NDArray[np.float32], target_precision: float, least: float) -> float:
    """The lowest probability, not under `least`, from which on the expected precision reaches the target.

    `p_same` holds the pairs that may be merged. Returns 1.0 when no threshold reaches the target.
    """
    falling = np.sort(p_same[p_same >= least].astype(np.float64))[::-1]
    if not len(falling):
        return least
    mean = np.cumsum(falling) / np.arange(1, len(falling) + 1)
    # Many pairs share one pattern and so one probability: they are merged all or none.
    last_of_its_kind = np.append(falling[1:] < falling[:-1], True)
    reached = np.flatnonzero(last_of_its_kind & (mean >= target_precision))
    return float(falling[reached[-1]]) if len(reached) else 1.0


def best_expected_f1_threshold(p_same: NDArray[np.float32]) -> float:
    """The probability from which on keeping pairs promises the best F1; for benchmarks only."""
    falling = np.sort(p_same.astype(np.float64))[::-1]
    if not len(falling):
        return 1.0
    kept = np.arange(1, len(falling) + 1)
    expected = 2 * np.cumsum(falling) / (kept + falling.sum())
    return float(falling[int(np.argmax(expected))])
