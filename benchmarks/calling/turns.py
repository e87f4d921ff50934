"""The rival of the learned chances: windows in turn, the one after those tried first of all."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

TURN = 0.01
"""What each place further back in the turn takes off: enough to order windows, too little to reorder values."""


class Method(StrEnum):
    """How windows are chosen. Both call the most valuable contacts first; the engine plans by the index of learned chances."""

    INDEX = "index"
    TURNS = "turns"


def turn_chances(start: np.ndarray, silences: np.ndarray) -> np.ndarray:
    """Weights that make the flow take windows in turn (n x W, near 1): the window after those tried, first of all.

    ``start`` (n): each contact's first window. ``silences`` (n x W): own calls without an answer.
    """
    windows = silences.shape[1]
    place = (np.arange(windows)[None, :] - start[:, None] - silences.sum(axis=1)[:, None]) % windows
    return np.asarray(1 - TURN * place)
