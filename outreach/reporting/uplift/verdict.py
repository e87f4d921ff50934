"""What may be said of a comparison: a figure, or « non concluant » without any, or that it is too early."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from outreach.core.i18n import N_, _
from outreach.reporting.uplift.estimate import Estimate


class Reason(StrEnum):
    """Why there is no figure."""

    DAY_TO_COME = "day_to_come"
    RETURN_AWAITED = "return_awaited"
    ONE_WAVE = "one_wave"
    TOO_FEW = "too_few"
    NOT_TOLD = "not_told"
    NO_CLEAR_DIFFERENCE = "no_clear_difference"


SENTENCES = {
    Reason.DAY_TO_COME: N_("le jour prévu pour comparer n'est pas venu ; regarder plus tôt fausserait le résultat"),
    Reason.RETURN_AWAITED: N_("le fichier de retour du partenaire pour ce jour n'est pas encore arrivé"),
    Reason.ONE_WAVE: N_("tout le monde est contacté en une seule vague : personne n'attend à qui comparer"),
    Reason.TOO_FEW: N_("trop peu de dossiers pour comparer"),
    Reason.NOT_TOLD: N_("aucun fichier de retour du partenaire ne parle du jour prévu"),
    Reason.NO_CLEAR_DIFFERENCE: N_(
        "pas de différence de la taille que ce plan peut montrer ; ce n'est pas la preuve qu'il n'y en a pas"
    ),
}


@dataclass(frozen=True)
class NotYet:
    """No answer before ``day``; nothing was looked at. ``None``: no case was dealt yet, so that no day is known."""

    day: date | None
    reason: Reason

    def __str__(self) -> str:
        return _(SENTENCES[self.reason])


@dataclass(frozen=True)
class Inconclusive:
    """« Non concluant ». It holds no figure of what was found, so that none can be printed.

    ``needed``: the least difference that the sealed design can show, in points (``None``: none at all). ``had``: the cases
    that were compared. Both were known before anything was looked at.
    """

    reason: Reason
    needed: float | None
    had: int

    def __str__(self) -> str:
        return _("non concluant : {reason}").format(reason=_(SENTENCES[self.reason]))


@dataclass(frozen=True)
class Conclusive:
    """A difference in percentage points with its 95 % interval.

    Of how many contacted and not yet contacted, in how many buildings. ``dropped_cases``: cases of strata in which nobody waited,
    or everybody did. ``needed``: as of ``Inconclusive``.
    """

    effect: float
    low: float
    high: float
    p: float
    contacted: int
    waiting: int
    clusters: int
    dropped_cases: int
    needed: float


def judge(found: Estimate | None, needed: float | None, had: int) -> Inconclusive | Conclusive:
    """The verdict. A figure is told only when it is as large as the design can show, and its interval leaves zero out."""
    if found is None or needed is None:
        return Inconclusive(Reason.TOO_FEW, needed, had)
    if abs(found.effect) < needed or found.low <= 0 <= found.high:
        return Inconclusive(Reason.NO_CLEAR_DIFFERENCE, needed, had)
    return Conclusive(
        found.effect, found.low, found.high, found.p, found.contacted, found.waiting, found.clusters, found.dropped_cases, needed
    )
