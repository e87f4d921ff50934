"""How likely an answer is held to be: learned by slot and by what this contact's own calls met, or by turns alone."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from outreach.planning.calling.answers import Answers

OWN = 4.0
"""How fast a contact's own silence in a window counts against that window: after so many calls the chance there is half."""
ELSEWHERE = 0.25
"""How much of that weight silence in the other windows has."""
TURN = 0.01
"""What each place further back in the turn takes off: enough to order windows, too little to reorder values."""


class Method(StrEnum):
    """How windows are chosen. Both call the most valuable contacts first."""

    INDEX = "index"
    TURNS = "turns"


DEFAULT = Method.INDEX
"""The method that reached more people and more value in docs/measures/planning.md."""


def learned_chances(answers: Answers, kind: np.ndarray, silences: np.ndarray) -> np.ndarray:
    """Probability of an answer of each contact by window (n x W).

    ``kind`` (n): row of the learned table, whose slots are the windows. ``silences`` (n x W): own calls without an answer.
    """
    against = silences * (1 - ELSEWHERE) + silences.sum(axis=1, keepdims=True) * ELSEWHERE
    return np.asarray(answers.chance[kind] * OWN / (OWN + against))


def turn_chances(start: np.ndarray, silences: np.ndarray) -> np.ndarray:
    """Weights that make the flow take windows in turn (n x W, near 1): the window after those tried, first of all.

    ``start`` (n): each contact's first window. ``silences`` (n x W): own calls without an answer.
    """
    windows = silences.shape[1]
    place = (np.arange(windows)[None, :] - start[:, None] - silences.sum(axis=1)[:, None]) % windows
    return np.asarray(1 - TURN * place)
