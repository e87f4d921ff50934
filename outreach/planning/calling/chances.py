"""How likely an answer is held to be: learned by slot, and by what this contact's own calls met (docs/measures/planning.md)."""

from __future__ import annotations

import numpy as np

from outreach.planning.calling.answers import Answers

OWN = 4.0
"""How fast a contact's own silence in a window counts against that window: after so many calls the chance there is half."""
ELSEWHERE = 0.25
"""How much of that weight silence in the other windows has."""


def learned_chances(answers: Answers, kind: np.ndarray, silences: np.ndarray) -> np.ndarray:
    """Probability of an answer of each contact by window (n x W).

    ``kind`` (n): row of the learned table, whose slots are the windows. ``silences`` (n x W): own calls without an answer.
    """
    against = silences * (1 - ELSEWHERE) + silences.sum(axis=1, keepdims=True) * ELSEWHERE
    return np.asarray(answers.chance[kind] * OWN / (OWN + against))
