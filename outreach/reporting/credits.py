"""Which channels led to the mediations of a campaign."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.reporting.figures.keeping import refresh_all
from outreach.reporting.figures.reading import Span, until_now

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

CREDIT = """
SELECT channel, contacts, sum(first), sum(last), sum(n) FROM figure_credit
WHERE campaign_id = :campaign AND month BETWEEN :first AND :last GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Credits:
    """Mediations by channel, by three rules, each of which adds up to all credited mediations; they are never mixed."""

    first: dict[str, int]
    last: dict[str, int]
    shared: dict[str, Fraction]


def campaign_credits(session: Session, loaded: Loaded, span: Span | None = None) -> Credits:
    """Which channels led to the mediations of a campaign's months (``policy.attribution``)."""
    refresh_all(session)
    found, chosen = Credits({}, {}, {}), span or until_now()
    for channel, contacts, first, last, number in session.execute(
        text(CREDIT), {"campaign": loaded.campaign.id, "first": chosen.first, "last": chosen.last}
    ):
        found.first[channel] = found.first.get(channel, 0) + int(first)
        found.last[channel] = found.last.get(channel, 0) + int(last)
        found.shared[channel] = found.shared.get(channel, Fraction()) + Fraction(int(number), contacts)
    return found
