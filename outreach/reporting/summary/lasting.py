"""Whether help held, by the partner's own return files, and what contact changed, by the one planned comparison."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core.i18n import number
from outreach.core.words import OutcomeKind
from outreach.policy.outcomes import CASE_OUTCOMES
from outreach.reporting.uplift import Conclusive, Inconclusive, uplift

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

HELD = f"""
SELECT o.kind, count(*) AS told, count(*) FILTER (WHERE o.value) AS held
FROM ({CASE_OUTCOMES}) o JOIN case_figure f ON f.case_id = o.case_id
WHERE f.mediated_at IS NOT NULL AND f.objected_at IS NULL
  AND o.observed_on >= CAST(f.mediated_at AT TIME ZONE 'Europe/Paris' AS date)
GROUP BY 1
"""
LABELS = {
    OutcomeKind.PAID: "Facture réglée après la médiation",
    OutcomeKind.PLAN_KEPT: "Échéancier tenu après la médiation",
    OutcomeKind.SUPPLY_KEPT: "Fourniture maintenue après la médiation",
}
MANY = 4
"""So many times the threshold of mediated cases must have been told of before a share is."""
STEP = 5
"""Shares are told to the nearest so many percent: the partner knows its own customers, and could count."""


def lasting(session: Session, loaded: Loaded, end: date, threshold: int) -> dict[str, Any]:
    """``held``: for each outcome the share of mediated cases for which it holds.

    ``uplift``: what may be said of the comparison.
    """
    values = {"campaign": loaded.campaign.id, "until": end}
    found = {row.kind: row for row in session.execute(text(HELD), values)}
    held = [
        {"id": kind.value, "label": label, "rate": _share(found[kind].held, found[kind].told, threshold)}
        for kind, label in LABELS.items() if kind in found
    ]  # fmt: skip
    return {"held": held, "uplift": _uplift(session, loaded)}


def _share(held: int, told: int, threshold: int) -> int | None:
    return STEP * round(100 * held / told / STEP) if told >= MANY * threshold else None


def _uplift(session: Session, loaded: Loaded) -> str | None:
    """One sentence, once the planned day is over."""
    answer = uplift(session, loaded)
    if isinstance(answer, Conclusive):
        better = "de plus" if answer.effect > 0 else "de moins"
        return (
            f"Parmi les contactés, {number(round(abs(answer.effect), 1))} points {better} s'en sont sortis que parmi ceux qui attendaient encore"
            f" (intervalle à 95 % : de {number(round(answer.low, 1))} à {number(round(answer.high, 1))} points), sur"
            f" {answer.contacted + answer.waiting} dossiers tirés au sort."
        )
    return "Comparaison avec ceux qui attendaient encore : non concluant." if isinstance(answer, Inconclusive) else None
