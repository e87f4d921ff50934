"""What people record: the result of a call or visit, a mediation, someone coming forward.

These are the functions that a mediator's screen calls.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.letter_codes import number_of
from outreach.core.words import Channel, EventKind, MediationKind
from outreach.policy.dispositions import DISPOSITIONS, REFUSALS
from outreach.tracking.events import NewEvent, append_events
from outreach.tracking.promises import promise

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True)
class MediationRecord:
    """A completed mediation as a mediator records it. ``private_note`` never leaves the association."""

    kind: MediationKind
    themes: tuple[str, ...]
    language: str
    minutes: int
    actions: dict[str, Any] = field(default_factory=dict)
    barriers: tuple[str, ...] = ()
    private_note: str | None = None


@dataclass(frozen=True)
class AttemptResult:
    """The coded result of one call or visit; ``mediation`` goes with the code ``mediated`` and only with it.

    ``again_at``: when a call back or another visit was promised; whoever promised it keeps it, if they can.
    """

    contact_id: int
    code: str
    actor: str
    occurred_at: datetime
    mediation: MediationRecord | None = None
    again_at: datetime | None = None


def record_attempt(
    session: Session, contact_id: int, code: str, *, actor: str, occurred_at: datetime, mediation: MediationRecord | None = None
) -> None:
    """The result of one call or visit; see ``record_attempts``."""
    record_attempts(session, [AttemptResult(contact_id, code, actor, occurred_at, mediation)])


def record_attempts(session: Session, results: Sequence[AttemptResult]) -> int:
    """Results of calls and visits. A contact that has its result keeps it: recording twice changes nothing.

    Raises ``OutreachError`` for a code that does not exist for the channel, or a mediation without its record.
    Returns the number recorded.
    """
    contacts = _lock_contacts(session, [result.contact_id for result in results])
    fresh = [result for result in results if contacts[result.contact_id]["state"] != "done"]
    for result in fresh:
        _check(result, contacts[result.contact_id]["channel"])
    if not fresh:
        return 0
    done = {
        "ids": [result.contact_id for result in fresh],
        "codes": [result.code for result in fresh],
        "moments": [result.occurred_at for result in fresh],
    }
    session.execute(_DONE, done)
    session.execute(_TO_PLAN, done)
    refused = [result.contact_id for result in fresh if result.code in REFUSALS]
    session.execute(_SILENCE, {"refused": refused, "now": clock.now()})
    events = []
    for result in fresh:
        contact = contacts[result.contact_id]
        key, case, channel = f"contact:{result.contact_id}", contact["case_id"], contact["channel"]
        events.append(
            NewEvent(case, EventKind.ATTEMPTED, key, result.occurred_at, result.actor, channel, result.code, result.contact_id)
        )
        if result.mediation is not None:
            events.append(
                _store_mediation(
                    session,
                    case,
                    result.contact_id,
                    result.mediation,
                    channel,
                    result.actor,
                    result.occurred_at,
                    contact["mediator_id"],
                )
            )
    append_events(session, events)
    _keep_promises(session, fresh, contacts)
    return len(fresh)


def _keep_promises(session: Session, fresh: Sequence[AttemptResult], contacts: dict[int, Any]) -> None:
    """A promised contact that was made has kept its promise; a new promise is written down."""
    session.execute(_KEPT, {"ids": [result.contact_id for result in fresh]})
    for result in fresh:
        if result.again_at is not None:
            contact = contacts[result.contact_id]
            ends = result.again_at + PROMISED_FOR
            channel = Channel(contact["channel"])
            promise(session, contact["case_id"], channel, result.again_at, ends, actor=result.actor, mediator=contact["mediator"])


def _lock_contacts(session: Session, ids: list[int]) -> dict[int, Any]:
    query = text(
        "SELECT k.id, k.case_id, k.channel, k.state, s.mediator_id, m.code AS mediator FROM contact k"
        " LEFT JOIN shift s ON s.id = k.shift_id LEFT JOIN mediator m ON m.id = s.mediator_id"
        " WHERE k.id = ANY(:ids) ORDER BY k.id FOR UPDATE OF k"
    )
    return {row["id"]: row for row in session.execute(query, {"ids": ids}).mappings()}


def _check(result: AttemptResult, channel: str) -> None:
    row = DISPOSITIONS.get(result.code)
    if row is None or channel not in row.channels:
        message, mend = _("ce résultat n'existe pas pour ce canal"), _("Choisissez-en un de la liste.")
        raise OutreachError(message, place=result.code, mend=mend)
    if result.again_at is not None and (row.final or not row.human):
        raise OutreachError(
            _("on ne promet de rappeler qu'à qui on a parlé et qui l'accepte"), place=f"contact {result.contact_id}"
        )
    if (result.code == "mediated") != (result.mediation is not None):
        message = _("une médiation réalisée a besoin de sa fiche, et elle seule")
        raise OutreachError(message, place=f"contact {result.contact_id}")


def record_coming_forward(
    session: Session, letter_code: str, mediation: MediationRecord, *, medium: str, actor: str, occurred_at: datetime
) -> bool:
    """Someone calls back or comes to the desk with the code of a letter: the last contact made led here.

    The case that it joined meanwhile gets the mediation. False when the case was already mediated. Raises ``OutreachError`` for an unknown code.
    """
    case = session.execute(text(_CASE_OF_CODE), {"code": letter_code, "number": number_of(letter_code)}).first()
    if case is None:
        raise OutreachError(_("ce code n'existe pas"), place=letter_code, mend=_("Relisez-le : six lettres et chiffres."))
    if case.status == "mediated":
        return False
    led_here = session.execute(
        text(
            "SELECT id FROM contact WHERE case_id = :case AND state IN ('sent', 'done') AND done_at <= :at"
            " ORDER BY done_at DESC LIMIT 1"
        ),
        {"case": case.id, "at": occurred_at},
    ).scalar()
    append_events(session, [_store_mediation(session, case.id, led_here, mediation, medium, actor, occurred_at, None)])
    return True


def _store_mediation(
    session: Session, case: int, contact: int | None, record: MediationRecord, medium: str, actor: str, at: datetime,
    mediator: int | None,
) -> NewEvent:  # fmt: skip
    event = NewEvent(case, EventKind.MEDIATED, f"mediation:{contact}", at, actor, medium, str(record.kind), contact)
    session.execute(
        text(
            "INSERT INTO mediation (id, case_id, contact_id, kind, medium, themes, language, minutes, actions, barriers,"
            " private_note, occurred_at, recorded_at, mediator_id) VALUES (:id, :case, :contact, :kind, :medium, :themes, :language,"
            " :minutes, CAST(:actions AS jsonb), :barriers, :note, :at, :now, :mediator) ON CONFLICT (id) DO NOTHING"
        ),
        {
            "id": event.id, "case": case, "contact": contact, "kind": str(record.kind), "medium": medium,
            "themes": list(record.themes), "language": record.language, "minutes": record.minutes,
            "actions": json.dumps(record.actions), "barriers": list(record.barriers), "note": record.private_note, "at": at,
            "now": clock.now(), "mediator": mediator,
        },
    )  # fmt: skip
    return event


PROMISED_FOR = timedelta(minutes=30)
"""How long after the promised moment a call back may still begin."""
_KEPT = text(
    "UPDATE appointment a SET state = 'kept' FROM contact k WHERE k.id = ANY(:ids) AND a.id = k.appointment_id AND a.state = 'open'"
)
_CASE_OF_CODE = """
SELECT kept.id, kept.status FROM "case" c
       LEFT JOIN LATERAL (SELECT data FROM event e WHERE e.case_id = c.id AND e.kind = 'joined' AND c.status = 'joined'
                          ORDER BY e.occurred_at DESC, e.recorded_at DESC LIMIT 1) e ON true
       JOIN "case" kept ON kept.id = coalesce(CAST(e.data ->> 'into' AS bigint), c.id) WHERE c.id = :number AND c.letter_code = :code
"""
_RESULTS = " FROM unnest(CAST(:ids AS bigint[]), CAST(:codes AS text[]), CAST(:moments AS timestamptz[])) AS n (id, code, at)"
_DONE = text(
    f"UPDATE contact k SET state = 'done', disposition = n.code, done_at = n.at, lease_until = NULL {_RESULTS} WHERE k.id = n.id"
)
# Other campaigns' contacts with who refused are taken back; their planner keeps the silence.
_SILENCE = text("""
UPDATE contact k SET state = 'cancelled', reason = 'silence', done_at = :now
FROM contact said JOIN "case" o ON o.id = said.case_id, "case" c
WHERE said.id = ANY(:refused) AND c.id = k.case_id AND k.case_id <> said.case_id AND k.state = 'planned'
  AND (k.person_id = said.person_id OR (o.unit = 'household' AND c.household_id = o.household_id))
""")
_TO_PLAN = text(
    f"UPDATE \"case\" c SET next_at = n.at, wait_reason = 'to_plan' {_RESULTS} JOIN contact k ON k.id = n.id"
    " WHERE c.id = k.case_id AND c.closed_at IS NULL"
)
