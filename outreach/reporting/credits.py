"""Which contacts led to mediations: of a campaign by channel, and of one case by itself."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import text

from outreach.models import Case
from outreach.policy.attribution import SQL_STEPS, UNSEEN_CODES
from outreach.reporting.figures.counting import definitions, windows
from outreach.reporting.figures.keeping import refresh_all
from outreach.reporting.figures.reading import Span, until_now

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

CREDIT = """
SELECT channel, contacts, sum(first), sum(last), sum(n) FROM figure_credit
WHERE campaign_id = :campaign AND month BETWEEN :first AND :last GROUP BY 1, 2
"""
JOURNEY = f"SELECT * FROM ({SQL_STEPS.format(month='', chosen='m.case_id = :case')}) s ORDER BY mediation_id, place"


@dataclass(frozen=True)
class Credits:
    """Mediations by channel, by three rules, each of which adds up to all credited mediations; they are never mixed."""

    first: dict[str, int]
    last: dict[str, int]
    shared: dict[str, Fraction]


@dataclass(frozen=True)
class Step:
    """One of the contacts that led to a mediation, from the first to the last."""

    contact_id: int
    channel: str


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


def case_journeys(session: Session, case_id: int) -> dict[UUID, list[Step]]:
    """The contacts that led to each mediation of a case; a mediation that none led to is left out."""
    bounds = windows(definitions(session, [session.get_one(Case, case_id).campaign_id]))
    found: defaultdict[UUID, list[Step]] = defaultdict(list)
    for row in session.execute(text(JOURNEY), bounds | {"case": case_id, "unseen": UNSEEN_CODES}):
        found[row.mediation_id].append(Step(row.contact_id, row.channel))
    return dict(found)
