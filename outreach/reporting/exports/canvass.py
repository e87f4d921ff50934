"""Contacts in the shape of OSDI's canvass (Open Supporter Data Interface, 1.2): for another system of the association, never a partner.

One JSON object a contact, in a HAL collection as OSDI has them. The person and the mediator are numbers of ours; what was said
is not in it. Our results are finer than OSDI's words: ``status_code`` keeps ours, ``success`` says whether words went both ways.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import audit, clock
from outreach.policy.dispositions import MET

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

ORIGIN = "outreach"
CONTACT_TYPES = {"call": "phone", "visit": "walk", "sms": "sms", "letter": "mail"}
"""OSDI's ways of contact."""
MADE = """
SELECT k.id, coalesce(p.merged_into, p.id) AS person, k.channel, coalesce(k.disposition, 'sent') AS result, k.done_at, s.mediator_id
FROM contact k JOIN person p ON p.id = k.person_id LEFT JOIN shift s ON s.id = k.shift_id
WHERE k.campaign_id = :campaign AND (k.state = 'sent' OR (k.state = 'done' AND k.disposition IS NOT NULL)) ORDER BY k.id
"""


def write_canvasses(session: Session, loaded: Loaded, path: Path, *, actor: str) -> int:
    """Write every contact that was made in a campaign; returns how many. On record: it has lines about single people."""
    rows = session.execute(text(MADE), {"campaign": loaded.campaign.id}).mappings()
    canvasses = [_canvass(row) for row in rows]
    collection = {
        "total_records": len(canvasses), "total_pages": 1, "page": 1, "per_page": len(canvasses),
        "_embedded": {"osdi:canvasses": canvasses},
    }  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(collection, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    audit.record(session, actor, "export.canvass", loaded.campaign.code, {"contacts": len(canvasses)})
    return len(canvasses)


def _canvass(row: Any) -> dict[str, Any]:
    return {
        "identifiers": [f"{ORIGIN}:contact-{row['id']}"],
        "origin_system": ORIGIN,
        "action_date": row["done_at"].astimezone(clock.PARIS).isoformat(timespec="seconds"),
        "contact_type": CONTACT_TYPES[row["channel"]],
        "input_type": "manual" if row["channel"] in {"call", "visit"} else "automatic",
        "success": row["result"] in MET,
        "status_code": row["result"],
        "target": f"{ORIGIN}:person-{row['person']}",
        "canvasser": f"{ORIGIN}:mediator-{row['mediator_id']}" if row["mediator_id"] is not None else None,
    }
