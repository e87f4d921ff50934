"""How long people waited: from the list to the first contact, and from there to the mediation."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from outreach.core import clock
from outreach.reporting.curves import curve
from outreach.reporting.figures.reading import Span

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

DELAYS = (
    ("contact", "De l'ouverture du dossier au premier contact"),
    ("mediation", "Du premier contact à la médiation"),
)
MANY = 4
"""So many times the threshold of people must have come before their median is told: it is the day of one of them."""


def delays(session: Session, campaign: int, span: Span, threshold: int) -> list[dict[str, Any]]:
    """Median days of those whose clock began in the period and who came to it; ``None`` where they are few."""
    last = clock.next_month(span.last) - timedelta(days=1)
    found = {code: curve(session, [campaign], code, first=span.first, last=last) for code, _label in DELAYS}
    return [
        {"id": code, "label": label, "days": found[code].median if found[code].came >= MANY * threshold else None}
        for code, label in DELAYS
    ]
