"""French public holidays of any year, by territory (computed by the ``holidays`` package, not listed)."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import holidays

from outreach.policy.territories import HOLIDAYS, territory_of


def is_public_holiday(day: date, insee: str = "") -> bool:
    """Whether ``day`` is a public holiday in a commune or territory (metropolitan rules by default)."""
    return day in _calendar(HOLIDAYS.get(territory_of(insee)), day.year)


@lru_cache(maxsize=256)
def _calendar(subdivision: str | None, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("FR", subdiv=subdivision, years=year))
