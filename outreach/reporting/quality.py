"""The quality of a partner's lists: counts of their own rows, by what became of them and what had to be set right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core.words import RowState
from outreach.reporting.figures import counts

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

STATES = {
    RowState.NEW: "Nouvelles",
    RowState.CHANGED: "Modifiées",
    RowState.UNCHANGED: "Inchangées",
    RowState.LEAVING: "Sorties de la liste",
    RowState.DUPLICATE: "Doublons exacts",
    RowState.REJECTED: "Rejetées",
}
MOST_REASONS = 12
_PLACES = re.compile(r"\{\w+\}")
"""What a reason names of one row: the summary speaks of many."""
BY_STATE = """
SELECT r.state, count(*) FROM list_row r JOIN target_list t ON t.id = r.list_id
WHERE r.campaign_id = :campaign AND t.imported_at < :until AND t.state = 'committed' GROUP BY 1
"""
LISTS = """
SELECT count(*) AS lists, coalesce(sum(blank), 0) AS blank FROM target_list
WHERE campaign_id = :campaign AND imported_at < :until AND state = 'committed'
"""
REASONS = """
SELECT i.column_name, min(i.reason) AS reason, i.rejects, count(*) AS number
FROM row_issue i JOIN target_list t ON t.id = i.list_id
WHERE t.campaign_id = :campaign AND t.imported_at < :until AND t.state = 'committed'
GROUP BY i.column_name, i.code, i.rejects ORDER BY 4 DESC, 1, 2 LIMIT :most
"""
FILLED = """
SELECT count(*) AS rows,
       count(*) FILTER (WHERE r.mobile IS NOT NULL OR r.fixed IS NOT NULL) AS phone,
       count(*) FILTER (WHERE r.address_key IS NOT NULL) AS address,
       count(*) FILTER (WHERE r.email IS NOT NULL) AS email,
       count(*) FILTER (WHERE r.birth_date IS NOT NULL) AS birth_date
FROM list_row r JOIN target_list t ON t.id = r.list_id
WHERE r.campaign_id = :campaign AND t.imported_at < :until AND t.state = 'committed' AND r.state NOT IN ('rejected', 'duplicate', 'leaving')
"""
FILLED_LABELS = {
    "phone": "Un téléphone valable",
    "address": "Une adresse complète",
    "email": "Un courriel",
    "birth_date": "Une date de naissance",
}


def list_quality(session: Session, values: dict[str, Any]) -> dict[str, Any]:
    """Lists received, rows by state (they add up to the rows received), share of rows filled, most frequent reasons.

    The partner's own rows, not people's outcomes: nothing is hidden. No value of any cell is given.
    """
    by_state = counts(session, BY_STATE, values)
    lists = session.execute(text(LISTS), values).mappings().one()
    filled = session.execute(text(FILLED), values).mappings().one()
    reasons = session.execute(text(REASONS), values | {"most": MOST_REASONS}).mappings()
    return {
        "lists": int(lists["lists"]),
        "blank": int(lists["blank"]),
        "received": sum(by_state.values()),
        "states": [{"label": label, "count": by_state.get(str(state), 0)} for state, label in STATES.items()],
        "filled": [
            {"label": label, "count": int(filled[code]), "of": int(filled["rows"]), "rate": _rate(filled[code], filled["rows"])}
            for code, label in FILLED_LABELS.items()
        ],
        "reasons": [
            {
                "column": row["column_name"],
                "reason": _PLACES.sub("…", row["reason"]),
                "effect": "ligne rejetée" if row["rejects"] else "cellule écartée",
                "count": int(row["number"]),
            }
            for row in reasons
        ],
    }


def _rate(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None
