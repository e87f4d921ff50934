"""Whom a campaign misses: rates of contact and of mediation by group, with intervals, beside those of everybody.

For managers alone: groups may be small. Nobody's origin is known or guessed: languages are those that people asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

from outreach.core.i18n import N_
from outreach.reporting.figures.keeping import refresh_all
from outreach.reporting.figures.reading import Span, Tally, tallies, total, until_now

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

GROUPS = {
    "language": N_("Langue"),
    "reading": N_("Lecture du français"),
    "area": N_("Quartier"),
    "age": N_("Âge"),
    "size": N_("Taille du foyer"),
}
"""The dimensions that are compared, with their labels."""
VALUES = {
    "reads": N_("lit le français"), "does_not": N_("ne lit pas le français"), "unknown": N_("inconnu"),
    "inside": N_("quartier prioritaire"), "rural": N_("commune rurale"), "outside": N_("hors quartier prioritaire"), "none": N_("adresse non localisée"),
    "under_25": N_("moins de 25 ans"), "25_34": N_("25 à 34 ans"), "35_49": N_("35 à 49 ans"), "50_64": N_("50 à 64 ans"),
    "65_74": N_("65 à 74 ans"), "75_on": N_("75 ans et plus"), "5_on": N_("5 et plus"),
}  # fmt: skip
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Share:
    """``part`` of ``whole``, with the bounds of its interval, from 0 to 1; without bounds when there is nobody."""

    part: int
    whole: int
    low: float | None = None
    high: float | None = None

    @property
    def rate(self) -> float | None:
        """The share itself."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True)
class Group:
    """One value of a dimension. ``missed``: surely less often reached, or helped, than everybody is."""

    dimension: str
    value: str
    targeted: int
    contactable: Share
    reached: Share
    mediated: Share
    missed: bool


def left_out(session: Session, campaigns: Sequence[int], span: Span | None = None) -> list[Group]:
    """Every group of every dimension, dimension by dimension, those with most targeted first."""
    refresh_all(session)
    chosen = span or until_now()
    everybody = total(session, campaigns, chosen)
    return [
        _group(dimension, value, tally, everybody)
        for dimension in GROUPS
        for value, tally in sorted(
            tallies(session, campaigns, dimension, chosen).items(), key=lambda item: (-item[1].targeted, item[0])
        )
    ]


def wilson(part: int, whole: int, confidence: float = CONFIDENCE) -> Share:
    """A share with its interval (E. B. Wilson, 1927): honest for small groups and for shares near none or all."""
    if not whole:
        return Share(part, whole)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, spread = part / whole, z * z / whole
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / whole + spread / (4 * whole)) / (1 + spread)
    return Share(part, whole, max(0.0, middle - half), min(1.0, middle + half))


def _group(dimension: str, value: str, tally: Tally, everybody: Tally) -> Group:
    reached, mediated = wilson(tally.reached, tally.solicited), wilson(tally.mediated, tally.solicited)
    missed = _is_below(reached, everybody.reached, everybody.solicited) or _is_below(
        mediated, everybody.mediated, everybody.solicited
    )
    return Group(dimension, value, tally.targeted, wilson(tally.contactable, tally.targeted), reached, mediated, missed)


def _is_below(share: Share, part: int, whole: int) -> bool:
    return share.high is not None and whole > 0 and share.high < part / whole
