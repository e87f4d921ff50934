"""What people said about a partner's service, before the partner may read it: a person writes it so that nobody is recognised."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import audit, clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.plain_names import plain_name
from outreach.models.base import SealedText

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

WAITING = """
SELECT w.id, w.kind, w.said, w.said_at
FROM wording w JOIN campaign a ON a.id = w.campaign_id JOIN mediation m ON m.id = w.mediation_id
WHERE a.code = :campaign AND w.decided_at IS NULL AND m.superseded_at IS NULL ORDER BY w.said_at, w.id
"""
HELD = "SELECT w.decided_at, m.case_id FROM wording w JOIN mediation m ON m.id = w.mediation_id WHERE w.id = :id FOR UPDATE OF w"
# Everybody of the home, and who took part: any of their names would tell who spoke.
NAMES = """
SELECT DISTINCT q.given_name, q.family_name FROM wording w JOIN mediation m ON m.id = w.mediation_id
       LEFT JOIN "case" c ON c.id = m.case_id LEFT JOIN person p ON p.id = c.person_id LEFT JOIN person l ON l.id = p.merged_into
       LEFT JOIN mediation_person t ON t.mediation_id = m.id
       JOIN person q ON q.id IN (p.id, l.id, t.person_id) OR q.household_id IN (p.household_id, l.household_id)
WHERE w.id = :id
"""
DECIDE = "UPDATE wording SET released = :released, decided_at = :now, decided_by = :actor WHERE id = :id"
TELLING = re.compile(r"\d[\d .-]{4,}\d|\S@\S")
"""A phone, a reference, an amount to the cent of a large debt, an e-mail."""
SHORTEST_NAME = 3
"""Letters of a name that is looked for: shorter ones are words as well."""


@dataclass(frozen=True)
class Waiting:
    """A complaint or suggestion that nobody has looked at yet, as it was said."""

    id: int
    kind: str
    said: str
    said_at: datetime


def wordings_to_check(session: Session, campaign: str) -> list[Waiting]:
    """What waits for a person's check in a campaign, oldest first."""
    return [
        Waiting(**row)
        for row in session.execute(text(WAITING).columns(said=SealedText("wording.said")), {"campaign": campaign}).mappings()
    ]


def decide_wording(session: Session, wording: int, released: str | None, *, actor: str) -> None:
    """Release a wording as ``released``, or keep it in the house (``None``). Decided once.

    Raises ``OutreachError`` when it is unknown or decided, and when the text names somebody of the home, or holds what looks
    like a phone, a reference or an address of e-mail. What else could tell who spoke is for the person to see.
    """
    held = session.execute(text(HELD), {"id": wording}).first()
    if held is None:
        raise OutreachError(_("cette parole n'existe pas"), place=str(wording))
    if held.decided_at is not None:
        raise OutreachError(_("cette parole a déjà été relue"), place=str(wording))
    if released is not None:
        _check(session, wording, released)
    values = {"id": wording, "released": released, "now": clock.now(), "actor": actor}
    session.execute(text(DECIDE), values)
    audit.record(session, actor, "wording.decide", f"wording/{wording}", {"released": released is not None})


def _check(session: Session, wording: int, released: str) -> None:
    if not released.strip():
        raise OutreachError(_("écrivez ce que le partenaire lira"), place=str(wording))
    words = set(plain_name(released).split())
    named = {
        part
        for row in session.execute(text(NAMES), {"id": wording})
        for name in row if name
        for part in plain_name(name).split() if len(part) >= SHORTEST_NAME
    }  # fmt: skip
    if words & named or TELLING.search(released):
        mend = _("Récrivez-la sans nom, sans numéro et sans adresse.")
        raise OutreachError(_("on y reconnaîtrait quelqu'un"), place=str(wording), mend=mend)
