"""Pressure: how often people may be solicited, counted over all campaigns, sites and channels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from outreach.core.i18n import N_
from outreach.policy.dated import Dated, in_force

PERIOD_DAYS = 30
"""The rolling period of the caps, in calendar days (Code de la consommation, D. 223-9)."""
PERIOD = timedelta(days=PERIOD_DAYS)

MOST_CALLS = (
    Dated(
        4,
        since=date(2023, 3, 1),
        source=N_(
            "Code de la consommation, art. D. 223-9 (décret n° 2022-1313) : quatre sollicitations par téléphone en trente jours"
        ),
    ),
)
"""Calls per person and partner in 30 days, attempts counted: the most that an agreement may allow."""
LEAST_SILENCE = (
    Dated(
        60, since=date(2023, 3, 1), source=N_("Code de la consommation, art. D. 223-9 : soixante jours de silence après un refus")
    ),
)
"""Days without any contact after a refusal: the least that an agreement may ask."""
MOST_CONTACTS = (
    Dated(12, since=date(2023, 3, 1), source=N_("Choix du réseau : ménager les foyers que plusieurs partenaires signalent")),
)
"""Contacts per household in 30 days over all channels and partners: the most that an agreement may allow."""


@dataclass(frozen=True)
class Limits:
    """The limits of an agreement; ``on`` keeps them within the network's own of that day."""

    calls: int = 4
    silence_days: int = 60
    contacts: int = 8

    def on(self, day: date) -> Limits:
        """The limits in force on ``day``."""
        return Limits(
            min(self.calls, in_force(MOST_CALLS, day).value),
            max(self.silence_days, in_force(LEAST_SILENCE, day).value),
            min(self.contacts, in_force(MOST_CONTACTS, day).value),
        )


def has_room(others: Iterable[date], cap: int, day: date) -> bool:
    """Whether one more solicitation on ``day`` leaves no 30 days with more than ``cap`` of them.

    ``others``: days of solicitations made, and of those that are planned, attempts included.
    """
    near = sorted(other for other in others if abs((other - day).days) < PERIOD_DAYS)
    if len(near) < cap:
        return True
    if cap <= 0:
        return False
    merged = sorted([*near, day])
    return all((merged[index + cap] - merged[index]).days >= PERIOD_DAYS for index in range(len(merged) - cap))


def earliest_within_cap(others: Iterable[date], cap: int, day: date) -> date | None:
    """The first day from ``day`` on which one more solicitation stays within ``cap`` in 30 days.

    ``None`` when the cap is zero.
    """
    if cap <= 0:
        return None
    known = sorted(others)
    # Room comes back only when an earlier solicitation leaves the period.
    candidates = [day, *(other + PERIOD for other in known if other + PERIOD > day)]
    return next(candidate for candidate in candidates if has_room(known, cap, candidate))


def earliest_after_refusals(refusals: Iterable[date], silence_days: int, day: date) -> date:
    """The first day from ``day`` that leaves in peace, for ``silence_days``, who refused (same article)."""
    return max([day, *(refused + timedelta(days=silence_days) for refused in refusals)])
