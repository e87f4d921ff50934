"""How large the played network is, and which list begins in which week."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

START = date(2026, 10, 5)
SEASON = 12
"""Weeks that the campaign of one list lasts, at the most."""
OPEN_WEEK = 5
"""Working days of a week."""


@dataclass(frozen=True)
class Shape:
    """The network: people listed, working days of the whole, and of these the ``days`` that are played."""

    people: int = 704_000
    whole: int = 250
    days: int = 250
    lists: int = 40
    partners: int = 12
    sites: int = 66
    associations: int = 36
    mediators: int = 400
    regions: int = 4
    later: float = 0.12
    """Of a list's rows: those that come in after its first file."""
    seed: int = 9

    @property
    def weeks(self) -> int:
        """Calendar weeks of the whole; public holidays take some days out of them."""
        return -(-self.whole // OPEN_WEEK) + (2 if self.whole > 4 * OPEN_WEEK else 0)

    @property
    def season(self) -> int:
        """Weeks of a campaign."""
        return min(SEASON, self.weeks)

    @property
    def starts(self) -> list[date]:
        """The Monday on which each list arrives: evenly over the year, the last early enough for a season."""
        spread = max(1, self.weeks - self.season)
        return [START + timedelta(weeks=number * spread // self.lists) for number in range(self.lists)]

    def ends(self, begins: date) -> date:
        """The last day of a campaign: a Friday."""
        return begins + timedelta(weeks=self.season, days=-3)

    @property
    def weights(self) -> np.ndarray:
        """How large the lists are beside each other: a long tail, as partners are of all sizes."""
        weights = (np.arange(self.lists) + 4.0) ** -0.6
        return np.asarray(weights[np.random.default_rng(self.seed).permutation(self.lists)])

    def region(self, number: int) -> int:
        """The region whose people a list names."""
        return number % self.regions

    def partner(self, number: int) -> int:
        """The partner of a list."""
        return number % self.partners

    def working_days(self) -> list[date]:
        """The days on which mediators work: neither weekends nor public holidays."""
        from outreach.policy.holidays import is_public_holiday

        found: list[date] = []
        day = START
        while len(found) < self.whole:
            if day.weekday() < OPEN_WEEK and not is_public_holiday(day):
                found.append(day)
            day += timedelta(days=1)
        return found


FULL = Shape()
QUICK = replace(
    FULL, people=7_040, whole=15, days=15, lists=4, partners=3, sites=6, associations=4, mediators=36, regions=2,
)  # fmt: skip
"""A hundredth of the people, three weeks."""
