"""The cadence over many cases at once: cases in the same situation have the same next step, which is worked out once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from outreach.planning.cadence import Cadence, Exhausted, Means, next_contact, tried_of

if TYPE_CHECKING:
    from outreach.definitions.campaign import Campaign

FLAGS = ("has_mobile", "has_phone", "has_address", "is_located", "has_caller", "has_visitor")
UNKNOWN = -1
"""``reads_french`` of whom nobody asked."""


class Steps(NamedTuple):
    """What comes next, in columns of one length; texts are objects, ``None`` where there is nothing."""

    step: np.ndarray
    attempt: np.ndarray
    channel: np.ndarray
    earliest: np.ndarray
    """Days (datetime64): the first one of the step, or the one on which the case is given up."""
    exhausted: np.ndarray


def next_steps(cases: pd.DataFrame, campaign: Campaign) -> Steps:
    """For each case its next step, attempt, channel and first day; or why it has none, and the day it is given up.

    ``cases``: one row each with ``priority``, the ``FLAGS``, ``reads_french`` (1, 0 or ``UNKNOWN``), ``history`` (finished
    contacts as text, see ``cadence.tried_of``), ``opened`` and ``last_day`` (datetime64; NaT before the first contact)
    and ``wave``.
    """
    history, histories = pd.factorize(cases["history"], use_na_sentinel=False)
    key = history.astype(np.int64) * 10 + cases["priority"].to_numpy()
    for flag in FLAGS:
        key = key * 2 + cases[flag].to_numpy().astype(np.int64)
    key = key * 3 + cases["reads_french"].to_numpy() + 1
    _, first, code = np.unique(key, return_index=True, return_inverse=True)
    cadence = Cadence.of(campaign)
    looked_at = cases[["reads_french", "priority", *FLAGS]].iloc[first].to_dict("records")
    answers = [_answer(cadence, case, histories[history[place]]) for case, place in zip(looked_at, first, strict=True)]
    step, attempt, channel, after, exhausted = np.array(answers, dtype=object).reshape(len(answers), 5)[code].T
    last = cases["last_day"].to_numpy("datetime64[D]")
    base = np.where(np.isnat(last), _wave_starts(cases, campaign), last)
    return Steps(step, attempt.astype(int), channel, base + after.astype(int).astype("timedelta64[D]"), exhausted)


def _wave_starts(cases: pd.DataFrame, campaign: Campaign) -> np.ndarray:
    """The first day of each case's wave."""
    start = np.maximum(cases["opened"].to_numpy("datetime64[D]"), np.datetime64(campaign.starts_on, "D"))
    waited: np.ndarray = (cases["wave"].to_numpy() - 1) * campaign.waves.days_apart
    return np.asarray(start + waited.astype("timedelta64[D]"))


def _answer(
    cadence: Cadence, case: Mapping[Hashable, Any], history: str | float
) -> tuple[str | None, int, str | None, int, str | None]:
    reads = None if case["reads_french"] == UNKNOWN else bool(case["reads_french"])
    means = Means(priority=int(case["priority"]), reads_french=reads, **{flag: bool(case[flag]) for flag in FLAGS})
    found = next_contact(cadence, means, tried_of(history if isinstance(history, str) else None))
    if isinstance(found, Exhausted):
        return None, 0, None, found.after, found.reason
    return found.step.code, found.attempt, found.step.channel.value, found.after, None
