"""What the partner can learn: words about its service, released by a person, and points for the joint steering committee."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.core.i18n import number

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

RELEASED = """
SELECT kind, released
FROM (SELECT DISTINCT kind, released FROM wording
      WHERE campaign_id = :campaign AND released IS NOT NULL AND said_at >= :since AND said_at < :until) w
ORDER BY row_number() OVER (PARTITION BY kind ORDER BY md5(released)), kind LIMIT :most
"""
MOST = 12
"""Wordings in all, the kinds in turn: many complaints leave room for what was suggested."""
KINDS = {"complaint": "Réclamations", "suggestion": "Suggestions"}
OFTEN = 0.15
"""Share of the mediations from which on a cause or an obstacle is a point for the committee."""
# What a partner can do about it, cause by cause: one sentence each.
REMEDIES = {
    "Facture ou courrier mal compris": "relire ensemble le modèle de facture et de relance",
    "Difficulté avec le français": "proposer un accueil et des courriers dans les langues les plus parlées",
    "Difficulté avec internet": "ouvrir une voie sans internet, au téléphone ou au guichet",
    "Budget trop serré": "proposer l'échéancier avant la première relance",
    "Erreur ou retard de facturation": "suspendre la relance tant que la facture est contestée",
    "Service client injoignable": "donner aux médiateurs une ligne directe",
    "Démarche seulement en ligne": "accepter la même démarche par téléphone",
    "Espace client bloqué": "permettre de rouvrir l'espace client sans adresse de courriel",
    "Courrier incompréhensible": "faire relire les courriers par des usagers",
    "Échéancier refusé ou non proposé": "revoir ensemble les règles de l'échéancier",
    "Justificatifs demandés plusieurs fois": "garder les pièces déjà fournies",
}


def learning(session: Session, campaign: int, content: dict[str, Any], *, start: date, end: date) -> dict[str, Any]:
    """Released wordings, and the points that follow from the counts that are shown."""
    values = {
        "campaign": campaign, "since": clock.at(start, "00:00"), "until": clock.at(end + timedelta(days=1), "00:00"), "most": MOST,
    }  # fmt: skip
    found = session.execute(text(RELEASED), values).all()
    wordings = [
        {"id": kind, "title": title, "texts": [row.released for row in found if row.kind == kind]}
        for kind, title in KINDS.items()
    ]
    return {"wordings": wordings, "points": _points(content)}


def _points(content: dict[str, Any]) -> list[str]:
    """What to speak of in the committee: frequent causes and obstacles, each with what could be done."""
    mediated = content["mediated"]
    if not mediated:
        return []
    rows = [
        (row["label"], row["count"])
        for part in content["answers"] if part["id"] in {"causes", "obstacles"}
        for row in part["rows"] if row["count"] is not None and row["count"] >= OFTEN * mediated
    ]  # fmt: skip
    found = [
        f"{label} : {number(count)} médiations sur {number(mediated)}"
        + (f". À étudier : {REMEDIES[label]}." if label in REMEDIES else ".")
        for label, count in rows
    ]
    advice: list[str] = content["quality"]["advice"]
    return found + advice
