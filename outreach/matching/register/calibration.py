"""The model's odds held against what people answered: where it says nine in ten, is it nine in ten?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text

from outreach.core.errors import PolicyError
from outreach.core.i18n import _

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LEAST_LABELS = 50
"""Fewer answers than this say less than the model does."""
PRIOR_LABELS = 20.0
"""How much the model's own odds weigh against the answers."""
BINS = (0.0, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 1.0)
LABELS = """
SELECT p_same, verdict = 'same' AS same FROM match_decision
WHERE withdrawn_at IS NULL AND verdict <> 'unsure' AND p_same IS NOT NULL ORDER BY id
"""


@dataclass(frozen=True)
class Bin:
    """The answered pairs of one range of probability: how many, what was said of them, what people found."""

    low: float
    high: float
    pairs: int
    said: float
    found: float
    corrected: float


@dataclass(frozen=True)
class Calibration:
    """Log odds become offset + slope x log odds."""

    labels: int
    offset: float
    slope: float
    bins: list[Bin]


def calibrate(session: Session) -> Calibration:
    """Fit the correction to the answers in force. Raises ``PolicyError`` while there are too few."""
    rows = session.execute(text(LABELS)).all()
    if len(rows) < LEAST_LABELS:
        raise PolicyError(
            _("trop peu de réponses : {labels}, il en faut {least}").format(labels=len(rows), least=LEAST_LABELS),
            mend=_("Répondez d'abord à plus de paires, avec « outreach match review »."),
        )
    said = np.array([row.p_same for row in rows])
    same = np.array([row.same for row in rows], dtype=bool)
    offset, slope = fit_correction(said, same)
    corrected = 1 / (1 + np.exp(-(offset + slope * _logit(said))))
    bins = []
    for low, high in pairwise(BINS):
        inside = (said >= low) & ((said < high) | (high == 1.0))
        if inside.any():
            shares = (float(values[inside].mean()) for values in (said, same, corrected))
            bins.append(Bin(low, high, int(inside.sum()), *shares))
    return Calibration(len(rows), offset, slope, bins)


def fit_correction(said: NDArray[np.float64], same: NDArray[np.bool_]) -> tuple[float, float]:
    """Offset and slope by penalised likelihood (Platt's scaling, drawn towards no correction), Newton's method."""
    x = np.column_stack([np.ones(len(said)), _logit(said)])
    prior, pull = np.array([0.0, 1.0]), PRIOR_LABELS / 4
    at = prior.copy()
    for _round in range(50):
        p = 1 / (1 + np.exp(-(x @ at)))
        slope = x.T @ (same - p) - pull * (at - prior)
        bend = (x * (p * (1 - p))[:, None]).T @ x + pull * np.eye(2)
        step = np.linalg.solve(bend, slope)
        at = at + step
        if np.abs(step).max() < 1e-8:  # noqa: PLR2004 - nothing that anybody could see
            break
    # A model that is right the wrong way round is no model to be corrected.
    return float(at[0]), float(max(at[1], 0.1))


def _logit(p: NDArray[np.float64]) -> NDArray[np.float64]:
    p = np.clip(p, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(p / (1 - p)))
