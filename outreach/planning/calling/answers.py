"""When people answer, learned from results: a beta-binomial model for each kind of contact and slot of the week.

A slot is a part of the day in a class of weekdays. Rates of slots with few calls lean on the prior, which is itself fitted to all
slots (empirical Bayes), so a slot tried twice is neither certain nor hopeless.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

VAGUE = (1.0, 2.0)
"""The prior before anything is known: one answer in three, worth three calls."""
MOST = 200.0
"""A prior never counts for more calls than this: slots must stay able to differ."""


@dataclass(frozen=True)
class Prior:
    """A beta prior: ``answers`` and ``silences`` count like calls already made."""

    answers: float
    silences: float

    @property
    def mean(self) -> float:
        """The rate of answers of a slot never tried."""
        return self.answers / (self.answers + self.silences)

    @property
    def weight(self) -> float:
        """How many calls the prior counts for."""
        return self.answers + self.silences

    def __str__(self) -> str:
        """For logs and screens: the rate and the calls that it counts for."""
        return f"{self.mean:.3f} x {self.weight:.1f}"


@dataclass(frozen=True)
class Answers:
    """Learned probabilities: ``chance`` (kinds x slots) and the prior of each kind."""

    chance: np.ndarray
    priors: tuple[Prior, ...]


def learn(calls: np.ndarray, answered: np.ndarray) -> Answers:
    """Probabilities of an answer from counts of calls and answers (kinds x slots each).

    Raises ``ValueError`` when counts are negative or answers exceed calls.
    """
    if calls.shape != answered.shape or (answered < 0).any() or (answered > calls).any():
        raise ValueError("answers must be counts between 0 and the calls, of one shape")
    priors = tuple(fit_prior(row, hits) for row, hits in zip(calls, answered, strict=True))
    a = np.array([prior.answers for prior in priors])[:, None]
    weight = np.array([prior.weight for prior in priors])[:, None]
    return Answers((answered + a) / (calls + weight), priors)


def fit_prior(calls: np.ndarray, answered: np.ndarray) -> Prior:
    """The beta prior of slots with these counts, by the method of moments with slots weighted by their calls.

    With fewer than two slots tried the vague prior is only moved to the rate seen.
    """
    tried = calls > 0
    total = float(calls.sum())
    vague = Prior(*VAGUE)
    mean = (float(answered.sum()) + vague.answers) / (total + vague.weight)
    if tried.sum() <= 1:
        return Prior(mean * vague.weight, (1 - mean) * vague.weight)
    n, rate = calls[tried].astype(float), answered[tried] / calls[tried]
    # Kleinman's estimator: the spread between slots beyond what chance alone explains.
    spread = float((n * (rate - mean) ** 2).sum())
    slots = len(n)
    room = total - float((n**2).sum()) / total - (slots - 1)
    noise = mean * (1 - mean)
    between = (spread - noise * (slots - 1)) / max(room, 1e-9)
    share = min(max(between / noise, 1 / (MOST + 1)), 1 / (vague.weight + 1))
    weight = 1 / share - 1
    return Prior(mean * weight, (1 - mean) * weight)
