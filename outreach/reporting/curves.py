"""How long it takes: the share of cases that came to a first contact, or to a mediation, by days since their clock began.

Cases that are still open have not failed: they are counted as long as they were watched (Aalen and Johansen, 1978). What ends
a case otherwise is a competing end, not a case that might still come: the share never counts it as one that will.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

COURSE = """
SELECT begun, came, days, sum(n) FROM figure_course
WHERE campaign_id = ANY(:campaigns) AND clock = :clock AND begun BETWEEN :first AND :last GROUP BY 1, 2, 3
"""
HOPED = {"contact": "solicited", "mediation": "mediated"}
EVER = date(1900, 1, 1)


@dataclass(frozen=True)
class Curve:
    """``points``: (days, share from 0 to 1 that came until then), a step at each day on which something came."""

    cases: int
    came: int
    points: tuple[tuple[int, float], ...]
    median: int | None
    """Days until half of those that came had come; ``None`` when none had."""

    def share(self, days: int) -> float:
        """The share that had come after so many days."""
        return max((share for day, share in self.points if day <= days), default=0.0)


def curve(session: Session, campaigns: Sequence[int], clock_of: str, *, first: date = EVER, last: date | None = None) -> Curve:
    """The curve of a clock (``contact`` or ``mediation``) over the cases whose clock began from ``first`` to ``last``."""
    today = clock.today()
    values = {"campaigns": list(campaigns), "clock": clock_of, "first": first, "last": last or today}
    rows = [(begun, came, days, int(number)) for begun, came, days, number in session.execute(text(COURSE), values)]
    return aalen_johansen([
        (days if came else (today - begun).days, "hoped" if came == HOPED[clock_of] else "other" if came else "", number)
        for begun, came, days, number in rows
    ])  # fmt: skip


def aalen_johansen(watched: Sequence[tuple[int, str, int]]) -> Curve:
    """The curve of cases told as (days, what came: ``hoped``, ``other`` or nothing yet, number of cases)."""
    by_day: dict[int, Counter[str]] = defaultdict(Counter)
    for days, came, number in watched:
        by_day[days][came] += number
    at_risk = cases = sum(number for _days, _came, number in watched)
    remaining, share, points = 1.0, 0.0, []
    for day in sorted(by_day):
        found = by_day[day]
        if at_risk and found["hoped"]:
            share += remaining * found["hoped"] / at_risk
            points.append((day, share))
        if at_risk:
            remaining *= 1 - (found["hoped"] + found["other"]) / at_risk
        at_risk -= found.total()
    hoped = sum(found["hoped"] for found in by_day.values())
    return Curve(cases, hoped, tuple(points), _median(by_day, hoped))


def _median(by_day: dict[int, Counter[str]], came: int) -> int | None:
    seen = 0
    for day in sorted(by_day):
        seen += by_day[day]["hoped"]
        if came and 2 * seen >= came:
            return day
    return None
