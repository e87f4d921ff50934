"""What people record: the result of a call or visit, and the mediation that it may have been.

These are the functions that a mediator's screen calls.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.prepared import array, kept
from outreach.core.words import Channel, EventKind
from outreach.definitions.registry import campaign_of_contact
from outreach.policy.dispositions import DISPOSITIONS, REFUSALS
from outreach.policy.kin import sql_numbers_at_home
from outreach.policy.language import FRENCH
from outreach.policy.told import BARRIER
from outreach.tracking.events import SMALL, NewEvent, append_events
from outreach.tracking.learning import learn_languages
from outreach.tracking.mediations import Kept, MediationRecord, Setting, check, store_all, told_by
from outreach.tracking.promises import promise

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True)
class AttemptResult:
    """The coded result of one call or visit; ``mediation`` goes with the code ``mediated`` and only with it.

    ``code``: one of the common table, or one of the campaign's own. ``again_at``: when a call back or another visit was
    promised; whoever promised it keeps it, if they can. ``key``: made by who records, so that the same result told twice is one;
    ``told``: what else was said of it; ``language``: the one that they speak, as far as it was understood, when none was shared.
    """

    contact_id: int
    code: str
    actor: str
    occurred_at: datetime
    mediation: MediationRecord | None = None
    again_at: datetime | None = None
    key: UUID | None = None
    told: Mapping[str, Any] = field(default_factory=dict)
    language: str | None = None


class _Contact(NamedTuple):
    """A contact of which a result is told, as it is found: its mediator by number and code."""

    id: int
    case_id: int
    channel: str
    state: str
    appointment_id: int | None
    mediator_id: int | None
    mediator: str | None
    campaign_id: int
    site_id: int


def record_attempts(session: Session, results: Sequence[AttemptResult]) -> int:
    """Results of calls and visits. A contact that has its result keeps it: recording twice changes nothing.

    Raises ``OutreachError`` for a code that does not exist for the channel, or a mediation without its record.
    Returns the number recorded.
    """
    contacts = _lock_contacts(session, [result.contact_id for result in results])
    resolved = [
        _resolved(session, result, contacts[result.contact_id])
        for result in results
        if contacts[result.contact_id].state != "done"
    ]
    if not resolved:
        return 0
    fresh = [result for result, _own in resolved]
    done = {
        "ids": array(result.contact_id for result in fresh),
        "codes": array(result.code for result in fresh),
        "moments": array(result.occurred_at.isoformat() for result in fresh),
    }
    kept(session, _DONE, done, when=len(fresh) <= SMALL)
    _silence(session, [result.contact_id for result in fresh if result.code in REFUSALS])
    told = [(result, _events(result, own, contacts[result.contact_id])) for result, own in resolved]
    store_all(session, [record for result, events in told for record in _record_of(result, events, contacts)])
    append_events(session, [event for _result, events in told for event in events])
    _learn(session, fresh, contacts)
    _keep_promises(session, fresh, contacts)
    return len(fresh)


def record_beside(session: Session, result: AttemptResult, *, attempted: bool = True) -> UUID | None:
    """A second result of a contact that has one.

    Both stay in the history, and the contact shows the weightier (``shown_result``). ``attempted``: whether the attempt itself is
    told, or only the mediation that it was. Returns the id of the attempt's event, or of the mediation's; ``None`` when nothing
    is told.
    """
    contact = _lock_contacts(session, [result.contact_id])[result.contact_id]
    resolved, own = _resolved(session, result, contact)
    told = _events(resolved, own, contact)
    store_all(session, _record_of(resolved, told, {result.contact_id: contact}))
    events = told[0 if attempted else 1 :]
    append_events(session, events)
    if attempted:
        _learn(session, [resolved], {result.contact_id: contact})
    show_result(session, result.contact_id)
    if resolved.code in REFUSALS and attempted:
        _silence(session, [result.contact_id])
    return events[0].id if events else None


def show_result(session: Session, contact: int) -> None:
    """Let a contact show the weightiest of the results that stand of it: a mediation, an end, a talk, an attempt."""
    codes = list(session.execute(_STANDING, {"contact": contact}).scalars())
    best = max(codes, key=_weight, default=None)
    session.execute(
        text("UPDATE contact SET disposition = :code WHERE id = :contact AND state = 'done'"), {"contact": contact, "code": best}
    )


def _weight(code: str) -> int:
    row = DISPOSITIONS[code]
    return 3 if code == "mediated" else 2 if row.final else int(row.human and row.right_person)


def _events(result: AttemptResult, own: str | None, contact: _Contact) -> list[NewEvent]:
    """What is appended for one result: the attempt, and the mediation that it was."""
    case, channel = contact.case_id, contact.channel
    said = {**result.told, **({"result": own} if own else {}), **({"language": result.language} if result.language else {})}
    key = f"phone:{result.key}" if result.key else f"contact:{result.contact_id}"
    events = [
        NewEvent(case, EventKind.ATTEMPTED, key, result.occurred_at, result.actor, channel, result.code, result.contact_id, said)
    ]
    if result.mediation is not None:
        key = f"mediation:{result.key or result.contact_id}"
        events.append(told_by(result.mediation, _setting(result, contact), key=key))
    return events


def _record_of(result: AttemptResult, events: Sequence[NewEvent], contacts: Mapping[int, _Contact]) -> list[Kept]:
    """The record that goes with the mediation among the events of a result, if it was one."""
    if result.mediation is None:
        return []
    return [Kept(events[-1].id, result.mediation, _setting(result, contacts[result.contact_id]))]


def _setting(result: AttemptResult, contact: _Contact) -> Setting:
    return Setting(
        contact.campaign_id, contact.site_id, contact.case_id, contact.channel, result.actor, result.occurred_at,
        result.contact_id, contact.mediator_id,
    )  # fmt: skip


def _resolved(session: Session, result: AttemptResult, contact: _Contact) -> tuple[AttemptResult, str | None]:
    """The result under its common code, and the campaign's own name for it, if it was given that."""
    if result.code in DISPOSITIONS:
        _check(result, contact.channel)
        return result, None
    own = campaign_of_contact(session, result.contact_id).folder.campaign.result(result.code)
    if own is None or (own.channels and contact.channel not in own.channels):
        message, mend = _("ce résultat n'existe pas pour ce canal"), _("Choisissez-en un de la liste.")
        raise OutreachError(message, place=result.code, mend=mend)
    common = replace(result, code=own.same_as)
    _check(common, contact.channel)
    return common, own.code


def _silence(session: Session, refused: Sequence[int]) -> None:
    """Who refused is left alone by other campaigns too."""
    if refused:
        session.execute(_SILENCE, {"refused": list(refused), "now": clock.now()})


def _keep_promises(session: Session, fresh: Sequence[AttemptResult], contacts: Mapping[int, _Contact]) -> None:
    """A promised contact that was made has kept its promise; a new promise is written down."""
    promised = {contacts[result.contact_id].appointment_id for result in fresh} - {None}
    if promised:
        session.execute(_KEPT, {"ids": list(promised)})
    for result in fresh:
        if result.again_at is not None:
            contact = contacts[result.contact_id]
            ends = result.again_at + PROMISED_FOR
            channel = Channel(contact.channel)
            promise(session, contact.case_id, channel, result.again_at, ends, actor=result.actor, mediator=contact.mediator)


def _learn(session: Session, results: Sequence[AttemptResult], contacts: Mapping[int, _Contact]) -> None:
    """Who shared no language with us is not sent the same words again: somebody who speaks theirs is looked for."""
    if cases := [contacts[result.contact_id].case_id for result in results if result.code == BARRIER]:
        learn_languages(session, cases)


def _lock_contacts(session: Session, ids: list[int]) -> dict[int, _Contact]:
    rows = kept(session, _LOCK, {"ids": array(ids)}, when=len(ids) <= SMALL).all()
    return {row[0]: _Contact._make(row) for row in rows}


def _check(result: AttemptResult, channel: str) -> None:
    row = DISPOSITIONS.get(result.code)
    if row is None or channel not in row.channels:
        message, mend = _("ce résultat n'existe pas pour ce canal"), _("Choisissez-en un de la liste.")
        raise OutreachError(message, place=result.code, mend=mend)
    if result.again_at is not None and (row.final or not row.human):
        raise OutreachError(
            _("on ne promet de rappeler qu'à qui on a parlé et qui l'accepte"), place=f"contact {result.contact_id}"
        )
    if result.language is not None and (
        result.code != BARRIER or result.language == FRENCH or not LANGUAGE.fullmatch(result.language)
    ):
        message, mend = (
            _("cette langue ne se note pas ici"),
            _("Un code de deux lettres, avec « Langue non parlée » ; le français n'en est pas un."),
        )
        raise OutreachError(message, place=f"contact {result.contact_id}", mend=mend)
    if (result.code == "mediated") != (result.mediation is not None):
        message = _("une médiation réalisée a besoin de sa fiche, et elle seule")
        raise OutreachError(message, place=f"contact {result.contact_id}")
    if result.mediation is not None:
        check(result.mediation)


LANGUAGE = re.compile("[a-z]{2}")
"""A code of ISO 639-1, as the languages of mediators are written."""
PROMISED_FOR = timedelta(minutes=30)
"""How long after the promised moment a call back may still begin."""
_LOCK = """
SELECT k.id, k.case_id, k.channel, k.state, k.appointment_id, s.mediator_id, m.code, c.campaign_id, c.site_id
FROM contact k JOIN "case" c ON c.id = k.case_id LEFT JOIN shift s ON s.id = k.shift_id LEFT JOIN mediator m ON m.id = s.mediator_id
WHERE k.id = ANY(ARRAY(SELECT unnest(CAST(:ids AS bigint[])))) ORDER BY k.id FOR UPDATE OF k
"""
# Also one that counted as missed overnight: a phone without a network tells later that it was kept.
_KEPT = text("""
UPDATE appointment SET state = 'kept', reason = NULL WHERE id = ANY(:ids) AND state IN ('open', 'missed')
""")
# What stands of each attempt: what its last correction says, nothing if that took it back.
_STANDING = text("""
SELECT coalesce(x.code, e.code) FROM event e LEFT JOIN LATERAL (
  SELECT true AS said, o.code FROM event o
  WHERE o.case_id = e.case_id AND o.kind = 'corrected' AND o.data ->> 'event' = CAST(e.id AS text)
  ORDER BY o.occurred_at DESC LIMIT 1) x ON true
WHERE e.contact_id = :contact AND e.kind = 'attempted' AND NOT (coalesce(x.said, false) AND x.code IS NULL)
ORDER BY e.occurred_at, e.id
""")
# The contacts have their results, and their cases, if they are open, are to be planned.
_DONE = """
WITH done AS (
  UPDATE contact k SET state = 'done', disposition = n.code, done_at = n.at, lease_until = NULL
  FROM unnest(CAST(:ids AS bigint[]), CAST(:codes AS text[]), CAST(:moments AS timestamptz[])) AS n (id, code, at)
  WHERE k.id = n.id RETURNING k.case_id, n.at)
UPDATE "case" c SET next_at = done.at, wait_reason = 'to_plan' FROM done WHERE c.id = done.case_id AND c.closed_at IS NULL
"""
# Other campaigns' contacts with who refused, or with whom they live for whose home they did, are taken back; their planner keeps
# the silence.
_SILENCE = text(f"""
WITH said AS MATERIALIZED (
  SELECT k.case_id, k.person_id, o.unit FROM contact k JOIN "case" o ON o.id = k.case_id WHERE k.id = ANY(:refused)),
meant AS MATERIALIZED ({sql_numbers_at_home("said")}),
silenced AS MATERIALIZED (
  SELECT DISTINCT k.id FROM said JOIN meant m ON m.person_id = said.person_id AND (m.own OR said.unit = 'household')
         JOIN contact k ON k.person_id = m.number AND k.case_id <> said.case_id AND k.state = 'planned')
UPDATE contact k SET state = 'cancelled', reason = 'silence', done_at = :now
FROM silenced s WHERE k.id = s.id AND k.state = 'planned'
""")
