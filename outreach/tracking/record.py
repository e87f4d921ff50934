"""What people record: the result of a call or visit, and the mediation that it may have been.

These are the functions that a mediator's screen calls.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.words import Channel, EventKind
from outreach.definitions.registry import campaign_of_contact
from outreach.policy.dispositions import DISPOSITIONS, REFUSALS
from outreach.policy.kin import sql_numbers_at_home
from outreach.policy.language import FRENCH
from outreach.policy.told import BARRIER
from outreach.tracking.events import NewEvent, append_events
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


def record_attempts(session: Session, results: Sequence[AttemptResult]) -> int:
    """Results of calls and visits. A contact that has its result keeps it: recording twice changes nothing.

    Raises ``OutreachError`` for a code that does not exist for the channel, or a mediation without its record.
    Returns the number recorded.
    """
    contacts = _lock_contacts(session, [result.contact_id for result in results])
    fresh = [
        _resolved(session, result, contacts[result.contact_id])
        for result in results
        if contacts[result.contact_id]["state"] != "done"
    ]
    if not fresh:
        return 0
    done = {
        "ids": [result.contact_id for result, _own in fresh],
        "codes": [result.code for result, _own in fresh],
        "moments": [result.occurred_at for result, _own in fresh],
    }
    session.execute(_DONE, done)
    session.execute(_TO_PLAN, done)
    refused = [result.contact_id for result, _own in fresh if result.code in REFUSALS]
    session.execute(_SILENCE, {"refused": refused, "now": clock.now()})
    told = [(result, _events(result, own, contacts[result.contact_id])) for result, own in fresh]
    store_all(session, [kept for result, events in told for kept in _record_of(result, events, contacts)])
    append_events(session, [event for _result, events in told for event in events])
    _learn(session, [result for result, _own in fresh], contacts)
    _keep_promises(session, [result for result, _own in fresh], contacts)
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
        session.execute(_SILENCE, {"refused": [result.contact_id], "now": clock.now()})
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


def _events(result: AttemptResult, own: str | None, contact: Any) -> list[NewEvent]:
    """What is appended for one result: the attempt, and the mediation that it was."""
    case, channel = contact["case_id"], contact["channel"]
    said = {**result.told, **({"result": own} if own else {}), **({"language": result.language} if result.language else {})}
    key = f"phone:{result.key}" if result.key else f"contact:{result.contact_id}"
    events = [
        NewEvent(case, EventKind.ATTEMPTED, key, result.occurred_at, result.actor, channel, result.code, result.contact_id, said)
    ]
    if result.mediation is not None:
        key = f"mediation:{result.key or result.contact_id}"
        events.append(told_by(result.mediation, _setting(result, contact), key=key))
    return events


def _record_of(result: AttemptResult, events: Sequence[NewEvent], contacts: Mapping[int, Any]) -> list[Kept]:
    """The record that goes with the mediation among the events of a result, if it was one."""
    if result.mediation is None:
        return []
    return [Kept(events[-1].id, result.mediation, _setting(result, contacts[result.contact_id]))]


def _setting(result: AttemptResult, contact: Any) -> Setting:
    return Setting(
        contact["campaign_id"], contact["site_id"], contact["case_id"], contact["channel"], result.actor, result.occurred_at,
        result.contact_id, contact["mediator_id"],
    )  # fmt: skip


def _resolved(session: Session, result: AttemptResult, contact: Any) -> tuple[AttemptResult, str | None]:
    """The result under its common code, and the campaign's own name for it, if it was given that."""
    if result.code in DISPOSITIONS:
        _check(result, contact["channel"])
        return result, None
    own = campaign_of_contact(session, result.contact_id).folder.campaign.result(result.code)
    if own is None or (own.channels and contact["channel"] not in own.channels):
        message, mend = _("ce résultat n'existe pas pour ce canal"), _("Choisissez-en un de la liste.")
        raise OutreachError(message, place=result.code, mend=mend)
    common = replace(result, code=own.same_as)
    _check(common, contact["channel"])
    return common, own.code


def _keep_promises(session: Session, fresh: Sequence[AttemptResult], contacts: dict[int, Any]) -> None:
    """A promised contact that was made has kept its promise; a new promise is written down."""
    session.execute(_KEPT, {"ids": [result.contact_id for result in fresh]})
    for result in fresh:
        if result.again_at is not None:
            contact = contacts[result.contact_id]
            ends = result.again_at + PROMISED_FOR
            channel = Channel(contact["channel"])
            promise(session, contact["case_id"], channel, result.again_at, ends, actor=result.actor, mediator=contact["mediator"])


def _learn(session: Session, results: Sequence[AttemptResult], contacts: Mapping[int, Any]) -> None:
    """Who shared no language with us is not sent the same words again: somebody who speaks theirs is looked for."""
    if cases := [contacts[result.contact_id]["case_id"] for result in results if result.code == BARRIER]:
        learn_languages(session, cases)


def _lock_contacts(session: Session, ids: list[int]) -> dict[int, Any]:
    query = text(
        "SELECT k.id, k.case_id, k.channel, k.state, s.mediator_id, m.code AS mediator, c.campaign_id, c.site_id FROM contact k"
        ' JOIN "case" c ON c.id = k.case_id LEFT JOIN shift s ON s.id = k.shift_id LEFT JOIN mediator m ON m.id = s.mediator_id'
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
# Also one that counted as missed overnight: a phone without a network tells later that it was kept.
_KEPT = text("""
UPDATE appointment a SET state = 'kept', reason = NULL FROM contact k
WHERE k.id = ANY(:ids) AND a.id = k.appointment_id AND a.state IN ('open', 'missed')
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
_RESULTS = " FROM unnest(CAST(:ids AS bigint[]), CAST(:codes AS text[]), CAST(:moments AS timestamptz[])) AS n (id, code, at)"
_DONE = text(
    f"UPDATE contact k SET state = 'done', disposition = n.code, done_at = n.at, lease_until = NULL {_RESULTS} WHERE k.id = n.id"
)
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
_TO_PLAN = text(
    f"UPDATE \"case\" c SET next_at = n.at, wait_reason = 'to_plan' {_RESULTS} JOIN contact k ON k.id = n.id"
    " WHERE c.id = k.case_id AND c.closed_at IS NULL"
)
