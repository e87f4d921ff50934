"""The quality of a partner's lists, and what would make the next one better: counts of their own rows, nothing of any person."""

from __future__ import annotations

import re
from typing import Any

from outreach.core.words import RowState
from outreach.reporting.lists import Listed
from outreach.reporting.summary.sentences import spoken

STATES = {
    RowState.NEW: "Nouvelles",
    RowState.CHANGED: "Modifiées",
    RowState.UNCHANGED: "Inchangées",
    RowState.LEAVING: "Sorties de la liste",
    RowState.DUPLICATE: "Doublons exacts",
    RowState.REJECTED: "Rejetées",
}
FILLED = {
    "phone": "Un téléphone valable",
    "address": "Une adresse complète",
    "email": "Un courriel",
    "birth_date": "Une date de naissance",
}
_PLACES = re.compile(r"\{\w+\}")
"""What a reason names of one row: the summary speaks of many."""
# From which share of the rows on something is worth a word: share that lacks it, or that is of this state.
LACKS = {
    "phone": (
        0.25,
        "Joignez le téléphone : {percent} % des lignes n'en ont pas de valable, et sans lui il ne reste que la lettre et la porte.",
    ),
    "address": (
        0.10,
        "Complétez les adresses : {percent} % des lignes n'en ont pas d'entière, personne ne peut y être écrit ni visité.",
    ),
    "birth_date": (0.50, "La date de naissance évite de confondre un père et son fils : {percent} % des lignes n'en ont pas."),
}
TOO_MANY = {
    RowState.DUPLICATE: (0.02, "Retirez les doublons avant l'envoi : {percent} % des lignes sont répétées à l'identique."),
    RowState.REJECTED: (0.02, "Corrigez les lignes rejetées et renvoyez-les : {percent} % n'ont pas pu être prises, les raisons suivent."),
}  # fmt: skip


def list_quality(found: Listed) -> dict[str, Any]:
    """Lists received, rows by state (they add up to the rows received), share of rows filled, frequent reasons, advice.

    The partner's own rows, not people's outcomes: nothing is hidden. No value of any cell is given.
    """
    received = sum(found.states.values())
    return {
        "lists": found.lists,
        "blank": found.blank,
        "received": received,
        "states": [{"label": label, "count": found.states.get(str(state), 0)} for state, label in STATES.items()],
        "filled": [
            {"label": label, "count": found.filled[code], "of": found.held, "rate": _rate(found.filled[code], found.held)}
            for code, label in FILLED.items()
        ],
        "reasons": [
            {
                "column": row["column"],
                "reason": _PLACES.sub("…", row["reason"]),
                "effect": "ligne rejetée" if row["rejects"] else "cellule écartée",
                "count": row["n"],
            }
            for row in found.reasons
        ],
        "advice": _advice(found, received),
    }


def _advice(found: Listed, received: int) -> list[str]:
    lacking = [(1 - found.filled[code] / found.held, least, sentence) for code, (least, sentence) in LACKS.items() if found.held]
    repeated = [
        (found.states.get(str(state), 0) / received, least, sentence)
        for state, (least, sentence) in TOO_MANY.items() if received
    ]  # fmt: skip
    return [
        sentence.format(percent=spoken(round(100 * share, 1)))
        for share, least, sentence in (*lacking, *repeated)
        if share >= least
    ]


def _rate(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None
