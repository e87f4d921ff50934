"""Gathers what agreements and the database say of each processing.

Nothing here is typed in twice: who changes the agreement changes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _, french_day, speaking
from outreach.core.labels import CHANNELS, FIELDS, OUTCOMES, label
from outreach.definitions.agreement import Agreement
from outreach.policy.retention import NOTICES_MONTHS, READS_MONTHS
from outreach.privacy.processing.criteria import Volume, criteria

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

AGREEMENTS = "SELECT id, definition FROM agreement WHERE CAST(:code AS text) IS NULL OR code = :code ORDER BY code"
CAMPAIGNS = "SELECT name, state FROM campaign WHERE agreement_id = :id ORDER BY id"
VOLUME = """
SELECT (SELECT count(*) FROM target_list WHERE agreement_id = :id AND state = 'committed') AS lists,
       (SELECT count(DISTINCT coalesce(p.merged_into, p.id))
        FROM list_row r JOIN target_list t ON t.id = r.list_id JOIN person p ON p.id = r.person_id
        WHERE t.agreement_id = :id AND r.anonymised_at IS NULL) AS people,
       (SELECT count(*) FROM "case" c JOIN campaign m ON m.id = c.campaign_id WHERE m.agreement_id = :id) AS cases,
       (SELECT count(DISTINCT partner_id) FROM agreement) AS partners,
       (SELECT max(due_on) FROM retention_run WHERE request_id IS NULL) AS forgotten_on
"""
KINDS = {
    "reference": "identity", "title": "identity", "given_name": "identity", "family_name": "identity", "full_name": "identity",
    "birth_date": "identity", "mobile": "contact", "fixed": "contact", "phone": "contact", "email": "contact", "amount_due": "money",
    "debt_since": "money", "stage": "money", "energy_voucher": "money", "language": "life", "reads_french": "life",
}  # fmt: skip
"""What kind of datum a field is; all others are of the home."""
ORDER = ("identity", "contact", "home", "money", "life", "own")


def register_of(session: Session) -> dict[str, Any]:
    """The record of processing activities: one entry an agreement, in French, JSON-ready."""
    with speaking("fr"):
        entries = [_entry(session, row.id, Agreement.model_validate(row.definition)) for row in _agreements(session, None)]
    return {
        "made_on": french_day(clock.today()),
        "entries": entries,
        "reads_months": READS_MONTHS,
        "notices_months": NOTICES_MONTHS,
    }


def impact_of(session: Session, code: str) -> dict[str, Any]:
    """What the impact assessment of one agreement begins with.

    The processing, the criteria that call for one, what protects people. Raises ``OutreachError`` for an unknown agreement.
    """
    found = _agreements(session, code)
    if not found:
        raise OutreachError(_("convention inconnue"), place=code)
    agreement = Agreement.model_validate(found[0].definition)
    with speaking("fr"):
        entry = _entry(session, found[0].id, agreement)
        met = criteria(agreement, Volume(entry["people"], entry["partners"]))
        return {
            "made_on": french_day(clock.today()), "entry": entry, "criteria": [one.__dict__ for one in met],
            "needed": sum(one.met for one in met) >= 2,  # noqa: PLR2004 - the guidelines' own number
        }  # fmt: skip


def _agreements(session: Session, code: str | None) -> list[Any]:
    return list(session.execute(text(AGREEMENTS), {"code": code}).all())


def _entry(session: Session, number: int, agreement: Agreement) -> dict[str, Any]:
    volume = session.execute(text(VOLUME), {"id": number}).one()
    campaigns = session.execute(text(CAMPAIGNS), {"id": number}).all()
    return {
        "code": agreement.code, "partner": agreement.partner.name, "association": agreement.association.name,
        "address": agreement.association.address, "rights": agreement.association.contact_for_rights, "purpose": agreement.purpose.strip(),
        "basis": agreement.legal_basis.value, "from": french_day(agreement.valid_from), "to": french_day(agreement.valid_to),
        "months": agreement.retention_months, "smallest": agreement.smallest_cell, "data": _data(agreement),
        "channels": [label(CHANNELS, channel.value) for channel in agreement.allowed_channels],
        "outcomes": [label(OUTCOMES, kind.value) for kind in agreement.allowed_outcomes],
        "research": f"{agreement.research.organisation} : {agreement.research.purpose}" if agreement.research else None,
        "recorded_calls": agreement.automated_calls, "campaigns": [row.name for row in campaigns], "lists": volume.lists, "people": volume.people,
        "cases": volume.cases, "partners": volume.partners, "forgotten_on": french_day(volume.forgotten_on) if volume.forgotten_on else None,
    }  # fmt: skip


def _data(agreement: Agreement) -> list[dict[str, Any]]:
    """The data that the agreement allows, by kind."""
    found: dict[str, list[str]] = {kind: [] for kind in ORDER}
    for field in agreement.allowed_fields:
        found[KINDS.get(field.value, "home")].append(label(FIELDS, field.value))
    found["own"] = [part.label for part in agreement.extra_fields]
    return [{"kind": kind, "fields": fields} for kind, fields in found.items() if fields]
