"""Pressure: how often people may be solicited, counted over all campaigns, sites and channels."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

PERIOD = timedelta(days=30)
"""The rolling period of the caps (Code de la consommation, D. 223-9)."""


def earliest_within_cap(previous: Iterable[date], cap: int, day: date) -> date | None:
    """The first day from ``day`` on which one more solicitation stays within ``cap`` in 30 days.

    ``previous``: days of earlier solicitations, attempts included. ``None`` when the cap is zero.
    """
    if cap <= 0:
        return None
    recent = sorted(previous)
    while len([past for past in recent if day - PERIOD < past <= day]) >= cap:
        oldest = min(past for past in recent if day - PERIOD < past <= day)
        day = oldest + PERIOD
    return day


def earliest_after_refusals(refusals: Iterable[date], silence_days: int, day: date) -> date:
    """The first day from ``day`` that leaves in peace, for ``silence_days``, who refused (same article)."""
    return max([day, *(refused + timedelta(days=silence_days) for refused in refusals)])
