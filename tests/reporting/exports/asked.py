"""A town whose agreement has a clause on research, with calls and visits that were made."""

from __future__ import annotations

import json
from datetime import date, timedelta

from sqlalchemy import text

from outreach.definitions.agreement import Agreement
from outreach.definitions.loader import content_hash
from outreach.definitions.registry import find_campaign
from outreach.models import Contact
from tests.reporting.campaigns import START

PEPPER = "poivre"
CLAUSE = {
    "organisation": "Laboratoire d'essais", "purpose": "Comprendre ce qui aide les foyers à éviter une coupure.", "until": "2027-06-30",
    "dimensions": ["age", "size", "language", "reading", "area"],
}  # fmt: skip


def allow_research(town, **clause):
    """Put the clause into the agreement in force; ``None`` instead of a clause takes it out."""
    agreement = town.loaded.folder.agreement.model_dump(mode="json") | {"research": {**CLAUSE, **clause}}
    Agreement.model_validate(agreement)
    values = {"definition": json.dumps(agreement), "hash": content_hash(agreement), "id": town.loaded.campaign.agreement_id}
    town.session.execute(
        text("UPDATE agreement SET definition = CAST(:definition AS jsonb), content_hash = :hash WHERE id = :id"), values
    )
    return find_campaign(town.session, town.loaded.campaign.code)


def contacted(town, case, code, channel="call", day=3):
    """One call or visit of a case that came to something."""
    moment = START + timedelta(days=day)
    contact = Contact(
        campaign_id=case.campaign_id, case_id=case.id, person_id=case.person_id, step=channel, attempt=day, channel=channel, language="fr",
        state="done", due_at=moment, useful_until=moment, disposition=code, done_at=moment,
    )  # fmt: skip
    town.session.add(contact)
    town.session.flush()
    return contact


LATER = date(2026, 12, 18)
