"""One case of a record: why, what was done and when, the words that were sent, received and noted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from babel.dates import format_datetime
from sqlalchemy import text

from outreach.core.i18n import _
from outreach.core.labels import EVENTS, MEDIATIONS, ONE_CHANNEL, OUTCOMES, STATUSES, label
from outreach.definitions.agreement import Agreement
from outreach.models.base import SealedData, SealedText
from outreach.policy.dispositions import DISPOSITIONS
from outreach.policy.mediation.actions import ACTIONS
from outreach.policy.mediation.vocabulary import BARRIERS, OBSTACLES, THEMES
from outreach.policy.territories import territory_of, zone_of
from outreach.privacy.record import queries

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from sqlalchemy.orm import Session


def case_told(session: Session, case: Any, why: str | None, *, own: bool) -> dict[str, Any]:
    """One case (a row of ``queries.CASES``), JSON-ready.

    One that is not their ``own`` is their household's: what was written to somebody else of it, and noted with them, is theirs.
    """
    about = {"case": case["id"] if own else 0}
    all_of_it = {"case": case["id"]}
    agreement = Agreement.model_validate(case["agreement"])
    when = partial(moment, insee=case["insee"])
    return {
        "campaign": case["campaign"], "partner": agreement.partner.name, "site": case["site"], "site_address": case["site_address"],
        "site_phone": case["site_phone"], "status": label(STATUSES, case["status"]), "opened_on": when(case["opened_at"]), "why": why, "own": own,
        "events": [
            (when(row.occurred_at), label(ONE_CHANNEL, row.channel) if row.channel else "", _happened(row.kind, row.code))
            for row in session.execute(text(queries.EVENTS), all_of_it)
        ],
        "planned": [(when(row.due_at), label(ONE_CHANNEL, row.channel)) for row in session.execute(text(queries.PLANNED), all_of_it)],
        "letters": [
            {"on": f"{row.day:%d/%m/%Y}", "subject": row.content["subject"], "paragraphs": list(row.content["paragraphs"])}
            for row in session.execute(text(queries.LETTERS).columns(content=SealedData("mail_letter.content")), about)
        ],
        "texts": [
            (when(row.started_at), _filled(row.text or "", case, agreement)) for row in session.execute(text(queries.TEXTS), about)
        ],
        "received": [(when(row.received_at), row.body) for row in session.execute(text(queries.RECEIVED).columns(body=SealedText("inbound_message.body")), about)],
        "appointments": [
            (when(row.starts_at), label(ONE_CHANNEL, row.channel), row.note or "")
            for row in session.execute(text(queries.APPOINTMENTS).columns(note=SealedText("appointment.note")), about)
        ],
        "mediations": [mediation_told(session, row) for row in session.execute(text(queries.MEDIATIONS), about).mappings()],
        "outcomes": [
            f"{row.observed_on:%d/%m/%Y} : {label(OUTCOMES, row.kind)} : {_('oui') if row.value else _('non')}"
            + (f" ({euros(row.amount)})" if row.amount else "")
            for row in session.execute(text(queries.OUTCOMES), about)
        ],
    }  # fmt: skip


def mediation_told(session: Session, row: Any) -> dict[str, Any]:
    """One mediation, with what was set up, what stood in the way, and our notes in full."""
    about = {"mediation": row["id"]}
    set_up = [_(ACTIONS[code].label) if code in ACTIONS else code for code in row["actions"]]
    facts = [
        *(label(THEMES, code) for code in row["themes"]), *set_up, *(label(BARRIERS, code) for code in row["barriers"]),
        *(label(OBSTACLES, code) for code in row["obstacles"]),
    ]  # fmt: skip
    return {
        "on": moment(row["occurred_at"], row["insee"]), "site": row["site"], "kind": label(MEDIATIONS, row["kind"]), "minutes": row["minutes"], "facts": facts,
        "notes": list(session.execute(text(queries.NOTES).columns(body=SealedText("private_note.body")), about).scalars()),
        "said": list(session.execute(text(queries.SAID).columns(said=SealedText("wording.said")), about).scalars("said")),
    }  # fmt: skip


def _filled(template: str, case: Any, agreement: Agreement) -> str:
    """The text that was sent, of its template; the provider's copy is not kept, nor ours but as a hash."""
    words = {
        "partner": agreement.partner.name, "association": agreement.association.name, "site": case["site"], "site_address": case["site_address"],
        "site_phone": case["site_phone"], "letter_code": case["letter_code"],
    }  # fmt: skip
    for name, value in words.items():
        template = template.replace(f"{{{name}}}", value)
    return template


def euros(amount: Decimal) -> str:
    """« 12,50 € »."""
    return f"{amount:.2f} €".replace(".", ",")


def moment(when: datetime, insee: str) -> str:
    """« 03/10/2026 14:30 », by the clocks of a commune: the hour at which somebody is promised a call is that of where they live."""
    return format_datetime(when, "dd/MM/y HH:mm", tzinfo=zone_of(territory_of(insee)), locale="fr")


def _happened(kind: str, code: str | None) -> str:
    told = label(EVENTS, kind)
    head = (code or "").partition(":")[0]
    return f"{told} : {DISPOSITIONS[head].label}" if head in DISPOSITIONS else told
