"""What the energy partner sends back: who has paid, kept the plan, kept the supply; more often where help was set up.

Rates are assumptions, chosen so that help shows; nothing in the engine knows them. A customer's fate is drawn from a hash
of the seed and the reference: a later file tells the same story, further on.
"""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.models.base import REFERENCE
from outreach.reporting.uplift import comparison_plan

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded
    from outreach.simulation.residents import Residents

HEADERS = ("Réf client", "Constaté le", "Facture réglée", "Montant réglé", "Échéancier tenu", "Fourniture")
PAYS_ALONE = 0.30
"""As the waves of a campaign assume it (``waves.baseline``)."""
PAYS_WITH_HELP, PAYS_AFTER_TALK = 0.35, 0.08
"""Of those who would not pay alone: with a plan set up, and after any other mediation."""
KEEPS_PLAN = 0.75
CUT_ALONE, CUT_WITH_HELP = 0.06, 0.015
LONGEST_DELAY = 40
"""Days until somebody who pays has paid."""
EVERY = 14
"""Days between two files; the first comes when the day of the comparison is over."""
STRANGERS = 3
"""Rows about customers whom no list of the campaign named: partners send more than was asked."""
CUSTOMERS = """
SELECT DISTINCT ON (r.row_key) r.reference, CAST(c.opened_at AT TIME ZONE 'Europe/Paris' AS date) AS opened,
       coalesce(r.amount_due, c.amount_due) AS due, m.code AS kind, CAST(m.at AT TIME ZONE 'Europe/Paris' AS date) AS met
FROM usable_row r JOIN person o ON o.id = r.person_id JOIN person p ON p.id = coalesce(o.merged_into, o.id)
     JOIN "case" c ON c.campaign_id = r.campaign_id
       AND CASE WHEN c.unit = 'household' THEN c.household_id = p.household_id ELSE c.person_id = p.id END
     LEFT JOIN LATERAL (
       SELECT e.code, e.occurred_at AS at FROM event e WHERE e.case_id = c.id AND e.kind = 'mediated' AND e.occurred_at < :until
       ORDER BY e.code <> 'action', e.occurred_at LIMIT 1) m ON TRUE
WHERE r.campaign_id = :campaign AND r.reference IS NOT NULL AND c.opened_at < :until ORDER BY r.row_key, m.code IS NULL, c.id
"""


def is_return_day(session: Session, loaded: Loaded, day: date) -> bool:
    """Whether the partner sends a file on ``day``: the first tells of the day on which the waves are compared."""
    if not loaded.folder.campaign.returns:
        return False
    plan = comparison_plan(session, loaded)
    first = plan.opens_on if plan else None
    return first is not None and day >= first and (day - first).days % EVERY == 0


def write_returns(session: Session, loaded: Loaded, residents: Residents, day: date, path: Path) -> int:
    """Write the partner's file of what it sees on ``day``, of every customer who has a case; returns its rows."""
    values = {"campaign": loaded.campaign.id, "until": clock.at(day + timedelta(days=1), "00:00")}
    rows = [_told(residents, row, day) for row in session.execute(text(CUSTOMERS).columns(reference=REFERENCE), values)]
    rows += [[f"SIMUL-AUTRE-{number}", f"{day:%d/%m/%Y}", "oui", "", "", "maintenue"] for number in range(1, STRANGERS + 1)]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(HEADERS)
        writer.writerows(rows)
    return len(rows)


def _told(residents: Residents, row: Any, day: date) -> list[str]:
    """One customer: since when the bill is paid, if it is; whether a plan holds; whether the supply was kept."""
    paid_on = _paid_on(residents, row)
    paid = paid_on is not None and paid_on <= day
    observed = paid_on if paid and paid_on is not None else day
    due = f"{row.due:.2f}".replace(".", ",") if paid and row.due is not None else ""
    helped = row.kind == "action"
    plan = ("oui" if residents.chance("plan", row.reference) < KEEPS_PLAN else "non") if helped else ""
    cut = residents.chance("cut", row.reference) < (CUT_WITH_HELP if helped else CUT_ALONE) and not paid
    return [row.reference, f"{observed:%d/%m/%Y}", "oui" if paid else "non", due, plan, "coupée" if cut else "maintenue"]


def _paid_on(residents: Residents, row: Any) -> date | None:
    """The day on which the bill was or will be paid; ``None``: never."""
    delay = timedelta(days=1 + int(residents.chance("paying", row.reference) * LONGEST_DELAY))
    draw = residents.chance("pays", row.reference)
    if draw < PAYS_ALONE:
        opened: date = row.opened
        return opened + delay
    if row.met is None:
        return None
    lift = PAYS_WITH_HELP if row.kind == "action" else PAYS_AFTER_TALK
    met: date = row.met
    return met + delay / 2 if draw < PAYS_ALONE + lift else None
