"""Breakdowns of a period's solicited cases, already protected: only what a partner may read leaves this module."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from babel.dates import format_date
from sqlalchemy import text

from outreach.reporting.disclosure import OTHERS, Row, ShownRow, gather_small, suppress, suppress_rows
from outreach.reporting.figures import counts

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

NO_PLACE = "Adresse non localisée"
MOST_COMMUNES = 12
SMALL_WORDS = frozenset({"De", "Du", "Des", "La", "Le", "Les", "L", "D", "En", "Sur", "Sous", "Et", "Au", "Aux", "A"})
THEMES = {
    "energie": "Énergie", "eau": "Eau", "budget": "Budget", "logement": "Logement", "acces_droits": "Accès aux droits",
    "numerique": "Numérique", "mobilite": "Mobilité", "telephonie": "Téléphonie",
}  # fmt: skip
ACTIONS = {
    "payment_plan": "Paiement en plusieurs fois", "extension": "Délai de paiement", "voucher": "Chèque énergie",
    "energy_voucher": "Chèque énergie", "fsl": "Demande au Fonds de solidarité logement", "referral": "Orientation vers un service social",
    "appointment": "Rendez-vous pris", "saving_advice": "Conseils d'économie", "complaint": "Réclamation ouverte",
}  # fmt: skip
CHANNELS = {"letter": "Courriers", "sms": "SMS", "call": "Appels", "visit": "Visites"}

ROWS = """
SELECT {group} AS name, count(*) AS solicited, count(*) FILTER (WHERE closing = 'mediated') AS mediated
FROM case_figure WHERE solicited GROUP BY 1 ORDER BY {order}
"""
MONTH = "to_char(solicited_at AT TIME ZONE 'Europe/Paris', 'YYYY-MM')"
PLACE = "coalesce(insee || '|' || city, '')"
AREA = "CASE WHEN NOT is_located THEN 'none' WHEN priority_area IS NULL THEN 'outside' ELSE 'inside' END"
ANSWERS = """
SELECT name, count(DISTINCT m.case_id) FROM mediation m JOIN case_figure c ON c.id = m.case_id
CROSS JOIN LATERAL {names} AS name WHERE c.solicited AND c.closing = 'mediated' AND m.occurred_at < :until
GROUP BY 1 ORDER BY 2 DESC, 1
"""
ATTEMPTS = """
SELECT k.channel, count(*) FROM event e JOIN contact k ON k.id = e.contact_id
WHERE k.campaign_id = :campaign AND e.kind IN ('sent', 'attempted') AND e.occurred_at >= :since AND e.occurred_at < :until GROUP BY 1
"""


def breakdowns(session: Session, loaded: Loaded, values: dict[str, Any], threshold: int) -> list[dict[str, Any]]:
    """The tables of groups: segment, month, commune, priority area. Each row: label, solicited, mediated, rate."""
    campaign = loaded.folder.campaign
    segments = {segment.code: segment.label for segment in campaign.segments}
    areas = {"inside": "Quartier prioritaire", "outside": "Hors quartier prioritaire", "none": NO_PLACE}
    order = {code: place for place, code in enumerate(segments)}
    by_segment = _groups(session, values, "segment", lambda code: segments.get(code, code))
    by_segment = dict(sorted(by_segment.items(), key=lambda item: order.get(_code(segments, item[0]), len(order))))
    communes = gather_small(_groups(session, values, PLACE, _commune, order="2 DESC, 1"), threshold, MOST_COMMUNES)
    months = _groups(session, values, MONTH, lambda month: format_date(date.fromisoformat(f"{month}-01"), "MMMM y", locale="fr"))
    return [
        _table("segment", "Par situation", by_segment, threshold),
        _table("month", "Par mois de première sollicitation", months, threshold),
        _table("commune", "Par commune", communes, threshold),
        _table("area", "Par quartier", _groups(session, values, AREA, lambda code: areas[code]), threshold),
    ]


def answers(session: Session, values: dict[str, Any], threshold: int) -> list[dict[str, Any]]:
    """What mediations were about and set up: one case may count in several lines, so lines have no total."""
    lists: tuple[tuple[str, str, str, dict[str, str]], ...] = (
        ("themes", "Sujets abordés", "unnest(m.themes)", THEMES),
        ("actions", "Actions mises en place", "jsonb_object_keys(m.actions)", ACTIONS),
        ("barriers", "Difficultés rencontrées", "unnest(m.barriers)", {}),
    )
    result = []
    for code, title, names, labels in lists:
        found = counts(session, ANSWERS.format(names=names), values)
        shown = suppress({labels.get(name, _spoken(name)): number for name, number in found.items()}, threshold)
        result.append({"id": code, "title": title, "rows": [{"label": name, "count": count} for name, count in shown.items()]})
    return result


def attempts(session: Session, values: dict[str, Any], threshold: int) -> list[dict[str, Any]]:
    """Contacts made, by channel (several for one case): letters, SMS, calls, visits."""
    found = counts(session, ATTEMPTS, values)
    shown = suppress({label: found.get(channel, 0) for channel, label in CHANNELS.items()}, threshold)
    return [{"label": label, "count": count} for label, count in shown.items()]


def _table(code: str, title: str, rows: Mapping[str, Row], threshold: int) -> dict[str, Any]:
    shown = suppress_rows(rows, threshold)
    return {"id": code, "title": title, "rows": [_shown(label, row) for label, row in shown.items()]}


def _shown(label: str, row: ShownRow) -> dict[str, Any]:
    known = row.solicited and row.mediated is not None
    rate = round(100 * (row.mediated or 0) / row.solicited, 1) if known and row.solicited else None
    return {"label": label, "solicited": row.solicited, "mediated": row.mediated, "rate": rate}


def _groups(
    session: Session, values: dict[str, Any], group: str, label: Callable[[str], str], *, order: str = "1"
) -> dict[str, Row]:
    found = session.execute(text(ROWS.format(group=group, order=order)), values)
    rows: dict[str, Row] = {}
    for name, solicited, mediated in found:
        shown = label(str(name))
        known = rows.get(shown, Row(0, 0))
        rows[shown] = Row(known.solicited + solicited, known.mediated + mediated)
    return rows


def _commune(place: str) -> str:
    """``69259|VENISSIEUX`` as people read it; a commune called « Autres » does not exist."""
    city = place.partition("|")[2]
    words = city.replace("-", " ").title().split()
    joined = "-".join(word.lower() if index and word in SMALL_WORDS else word for index, word in enumerate(words))
    joined = re.sub(r"(^|-)([DL])-", r"\1\2'", joined, flags=re.IGNORECASE)
    return joined if joined and joined != OTHERS else NO_PLACE


def _code(labels: Mapping[str, str], label: str) -> str:
    return next((code for code, text_ in labels.items() if text_ == label), label)


def _spoken(code: str) -> str:
    return code.replace("_", " ").replace("-", " ").capitalize()
