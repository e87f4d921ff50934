"""Letters of a sealed run that are not to leave any more.

A run is handed over minutes after it was sealed, or weeks: the print house was down, or lost it. Whoever objected, refused, was
helped or was withdrawn by the partner meanwhile is left alone, as a claim would leave them (``channels.outbox``). Who was only never
reached is still written to: their letter counted among what was tried. Of whom nothing is known any more there is no letter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core.words import OPEN_STATUSES, CaseStatus
from outreach.policy.objections import stopped_among

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

STILL_WRITTEN_TO = sorted(status.value for status in OPEN_STATUSES | {CaseStatus.UNREACHABLE})
LEFT_OUT = f"""
WITH whom AS MATERIALIZED (SELECT DISTINCT k.person_id FROM mail_letter l JOIN contact k ON k.id = l.contact_id
                           WHERE l.batch_id = :batch),
stopped AS MATERIALIZED ({stopped_among("whom", few=True)})
SELECT l.contact_id FROM mail_letter l JOIN contact k ON k.id = l.contact_id JOIN "case" c ON c.id = k.case_id
WHERE l.batch_id = :batch AND (l.content = '{{}}' OR c.status <> ALL(:still) OR k.person_id IN (SELECT person_id FROM stopped))
"""


def left_out(session: Session, batch: int) -> frozenset[int]:
    """The contacts of a run whose letters are not to leave by now."""
    return frozenset(session.execute(text(LEFT_OUT), {"batch": batch, "still": STILL_WRITTEN_TO}).scalars())
