"""Makes wishes of rows of the worklist: a column at a time, for a night has tens of thousands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from outreach.planning.situations import UNKNOWN
from outreach.planning.wishes import Wish
from outreach.planning.worklist import speaks_of
from outreach.policy.ruling import NO_PAST, History
from outreach.policy.territories import territory_of, zone_of

if TYPE_CHECKING:
    from outreach.core.words import Channel
    from outreach.planning.situations import Steps

READS = {UNKNOWN: None, 0: False, 1: True}


def wishes_at(
    cases: pd.DataFrame, rows: np.ndarray, channel: Channel, steps: Steps, days: np.ndarray, pasts: Mapping[int, History]
) -> list[Wish]:
    """The wishes of some ``rows`` (their places) of a worklist (``worklist.needy_cases``), in that order.

    ``steps``, ``days``: of all rows; the first day on which each contact may be made.
    """
    numbers, texts = partial(_numbers, cases, rows), partial(words_at, cases, rows)
    insee = texts("insee")
    columns = {
        "case_id": numbers("id"), "person_id": numbers("person_id"), "household_id": _whole(numbers("household_id")),
        "site_id": numbers("site_id"), "priority": numbers("priority"), "channel": [channel] * len(rows),
        "step": steps.step[rows].tolist(), "attempt": steps.attempt[rows].tolist(),
        "earliest": days[rows].astype("datetime64[D]").tolist(), "insee": insee, "language": texts("language"),
        "reads_french": [READS[reads] for reads in numbers("reads_french")],
        "speaks": [_speaks(tongue) for tongue in texts("tongue")],
        "past": [pasts.get(living, NO_PAST) for living in numbers("living")],
        "building_id": _whole(numbers("building_id")), "lon": _known(numbers("lon")), "lat": _known(numbers("lat")),
        "floor": texts("floor"), "has_mobile": [bool(has) for has in numbers("has_mobile")],
        "call_hours": [() if vain is None else _hours(vain, there) for vain, there in zip(texts("in_vain"), insee, strict=True)],
    }  # fmt: skip
    return list(map(Wish._make, zip(*(columns[name] for name in Wish._fields), strict=True)))


def _numbers(cases: pd.DataFrame, rows: np.ndarray, name: str) -> list[Any]:
    return list(cases[name].to_numpy()[rows].tolist())


def words_at(cases: pd.DataFrame, rows: np.ndarray, name: str) -> list[Any]:
    """What a column of categories says in some ``rows``, ``None`` where it says nothing."""
    column = cases[name].array
    words = [*column.categories.tolist(), None]
    return [words[code] for code in column.codes[rows].tolist()]


def _whole(values: list[float]) -> list[int | None]:
    return [None if value != value else int(value) for value in values]  # noqa: PLR0124  (NaN differs from itself)


def _known(values: list[float]) -> list[float | None]:
    return [None if value != value else value for value in values]  # noqa: PLR0124


_speaks = lru_cache(maxsize=1_000)(speaks_of)


def _hours(moments: str, insee: str) -> tuple[int, ...]:
    """The hours of the day, where the person lives, of moments written as Unix seconds."""
    zone = zone_of(territory_of(insee))
    return tuple(datetime.fromtimestamp(int(moment), zone).hour for moment in moments.split())
