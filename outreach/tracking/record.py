"""What people record: the result of a call or visit, a mediation, someone coming forward, an objection.

These are the functions that a mediator's screen calls.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid5

from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.core.words import EventKind, MediationKind
from outreach.policy.dispositions import DISPOSITIONS
from outreach.policy.objections import mark
from outreach.tracking.events import NAMESPACE, NewEvent, append_events

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


def record_attempt(
    session: Session, contact_id: int, code: str, *, actor: str, occurred_at: datetime, mediation: MediationRecord | None = None
) -> None:
    """The result of a call or a visit. Recording the same contact twice changes nothing.

    Raises ``OutreachError`` for a code that does not exist for this channel, or a mediation without its record.
    """
    query = text("SELECT case_id, channel, shift_id, state FROM contact WHERE id = :id FOR UPDATE")
    contact = session.execute(query, {"id": contact_id}).mappings().one()
    row = DISPOSITIONS.get(code)
    if row is None or contact["channel"] not in row.channels:
        raise OutreachError("ce résultat n'existe pas pour ce canal", place=code, mend="Choisissez-en un de la liste.")
    if (code == "mediated") != (mediation is not None):
        raise OutreachError("une médiation réalisée a besoin de sa fiche, et elle seule", place=f"contact {contact_id}")
    if contact["state"] == "done":
        return
    session.execute(
        text("UPDATE contact SET state = 'done', disposition = :code, done_at = :at, lease_until = NULL WHERE id = :id"),
        {"id": contact_id, "code": code, "at": occurred_at},
    )
    session.execute(
        text('UPDATE "case" SET next_at = :at, wait_reason = \'to_plan\' WHERE id = :case AND closed_at IS NULL'),
        {"at": occurred_at, "case": contact["case_id"]},
    )
    case = contact["case_id"]
    events = [
        NewEvent(case, EventKind.ATTEMPTED, f"contact:{contact_id}", occurred_at, actor, contact["channel"], code, contact_id)
    ]
    if mediation is not None:
        mediator = session.execute(text("SELECT mediator_id FROM shift WHERE id = :id"), {"id": contact["shift_id"]}).scalar()
        events.append(_store_mediation(session, case, contact_id, mediation, contact["channel"], actor, occurred_at, mediator))
    append_events(session, events)


def record_coming_forward(
    session: Session, letter_code: str, mediation: MediationRecord, *, medium: str, actor: str, occurred_at: datetime
) -> bool:
    """Someone calls back or comes to the desk with the code of a letter: the last contact made led here.

    False when the case was already mediated. Raises ``OutreachError`` for an unknown code.
    """
    case = session.execute(text('SELECT id, status FROM "case" WHERE letter_code = :code'), {"code": letter_code}).first()
    if case is None:
        raise OutreachError("ce code n'existe pas", place=letter_code, mend="Relisez-le : six lettres et chiffres.")
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


def record_objection(session: Session, person_id: int, *, source: str, pepper: str, actor: str, occurred_at: datetime) -> None:
    """A person's opposition: every open case that would reach them closes, on all channels, at once."""
    person = session.execute(
        text("SELECT household_id, mobile, fixed FROM person WHERE id = :id"), {"id": person_id}
    ).one()
    for identity in filter(None, (person.mobile, person.fixed)) or ():
        _store_objection(session, person_id, mark(identity, pepper), source, occurred_at)
    if not person.mobile and not person.fixed:
        _store_objection(session, person_id, mark(f"person:{person_id}", pepper), source, occurred_at)
    cases = session.execute(
        text('SELECT id FROM "case" WHERE person_id = :person OR (unit = \'household\' AND household_id = :household)'),
        {"person": person_id, "household": person.household_id},
    ).scalars()
    key = f"objection:{person_id}"
    append_events(session, [NewEvent(case, EventKind.OBJECTED, key, occurred_at, actor, source) for case in cases])


def _store_objection(session: Session, person_id: int, hashed: str, source: str, occurred_at: datetime) -> None:
    session.execute(
        text(
            "INSERT INTO objection (id, person_id, mark, source, occurred_at, recorded_at)"
            " VALUES (:id, :person, :mark, :source, :at, :now) ON CONFLICT (id) DO NOTHING"
        ),
        {
            "id": uuid5(NAMESPACE, f"{person_id}:{hashed}"), "person": person_id, "mark": hashed, "source": source,
            "at": occurred_at, "now": clock.now(),
        },
    )  # fmt: skip


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
