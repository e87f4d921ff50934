"""French public holidays of any year, by territory (computed by the ``holidays`` package, not listed)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import holidays

if TYPE_CHECKING:
    from datetime import date

ALSACE_MOSELLE = {"57": "57", "67": "6AE", "68": "6AE"}
"""Departments with two more holidays (Good Friday and 26 December), by the subdivision name of the package."""
OVERSEAS = {"971": "971", "972": "972", "973": "973", "974": "974", "975": "PM", "976": "976", "977": "BL", "978": "MF"}


def is_public_holiday(day: date, insee: str = "") -> bool:
    """Whether ``day`` is a public holiday in the commune of that INSEE code (metropolitan rules by default)."""
    return day in _calendar(_territory(insee), day.year)


def is_working_day(day: date, insee: str = "") -> bool:
    """Monday to Friday, no public holiday."""
    return day.weekday() <= 4 and not is_public_holiday(day, insee)  # noqa: PLR2004  (Friday)


def _territory(insee: str) -> str | None:
    return OVERSEAS.get(insee[:3]) or ALSACE_MOSELLE.get(insee[:2])


@lru_cache(maxsize=256)
def _calendar(territory: str | None, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("FR", subdiv=territory, years=year))
