"""One case: who, why they are contacted or not, all that was done and said, and what may be done about it.

Every reading is on record.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import OutreachError, PolicyError
from outreach.core.i18n import _
from outreach.core.words import Channel
from outreach.models.base import PHONE, SealedText
from outreach.planning.reasons import reason_in_words
from outreach.policy.territories import territory_of, zone_of
from outreach.segments.letter import paragraph
from outreach.segments.why import why_case
from outreach.tracking import promise, record_objection, snooze
from outreach.web.access.gate import NotThereError, Visit, Visiting
from outreach.web.access.scope import LIVING
from outreach.web.look.written import day as day_of
from outreach.web.look.written import moment

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

router = APIRouter(prefix="/cases")
CASE = f"""
SELECT c.id, c.status, c.opened_at, c.closed_at, c.next_at, c.wait_reason, c.letter_code, c.amount_due, c.anonymised_at,
       m.code AS campaign_code, m.name AS campaign, s.name AS site, l.id AS person_id, l.household_id,
       concat_ws(' ', l.title, l.given_name, upper(l.family_name)) AS name, l.birth_date, l.mobile, l.fixed, l.language, l.reads_french,
       h.staircase, h.floor, h.door, h.building_name, h.residence, h.care_of,
       concat_ws(' ', b.house_number, b.repetition, coalesce(b.street, b.place)) AS address,
       concat_ws(' ', b.postal_code, b.city) AS city, coalesce(b.insee, s.insee) AS insee
FROM "case" c JOIN campaign m ON m.id = c.campaign_id JOIN site s ON s.id = c.site_id JOIN person p ON p.id = c.person_id
     JOIN person l ON l.id = {LIVING} LEFT JOIN household h ON h.id = l.household_id
     LEFT JOIN building b ON b.id = h.building_id
WHERE c.id = :id
"""
HOUSEHOLD = """
SELECT concat_ws(' ', p.title, p.given_name, upper(p.family_name)) AS name, p.birth_date FROM person p
WHERE p.household_id = :household AND p.merged_into IS NULL ORDER BY p.birth_date NULLS LAST, p.id
"""
EVENTS = """
SELECT e.kind, e.code, e.occurred_at, e.actor, k.channel FROM event e
LEFT JOIN contact k ON k.id = e.contact_id WHERE e.case_id = :id ORDER BY e.occurred_at DESC, e.recorded_at DESC LIMIT 200
"""
CONTACTS = """
SELECT k.channel, k.state, k.due_at, k.done_at, k.disposition, m.name AS mediator
FROM contact k LEFT JOIN shift s ON s.id = k.shift_id LEFT JOIN mediator m ON m.id = s.mediator_id
WHERE k.case_id = :id ORDER BY coalesce(k.done_at, k.due_at) DESC LIMIT 100
"""
MEDIATIONS = """
SELECT d.kind, d.minutes, d.occurred_at, d.recorded_by, n.body AS note
FROM mediation d LEFT JOIN private_note n ON n.mediation_id = d.id
WHERE d.case_id = :id AND d.superseded_at IS NULL ORDER BY d.occurred_at DESC
"""
REPLANNED = """
SELECT x.change, x.reason, x.before_at, x.after_at, r.planned_at, coalesce(mb.name, x.before_mediator) AS before_name,
       coalesce(ma.name, x.after_mediator) AS after_name
FROM plan_change x JOIN plan_run r ON r.id = x.run_id LEFT JOIN mediator mb ON mb.code = x.before_mediator
     LEFT JOIN mediator ma ON ma.code = x.after_mediator
WHERE x.case_id = :id ORDER BY x.id DESC LIMIT 20
"""
# As ``policy.kin`` says it, for who reads through the wall.
OTHERS = """
SELECT c.id, m.name AS campaign, c.status, c.opened_at FROM (
  SELECT n.id, true AS own FROM person n WHERE n.id = :person OR n.merged_into = :person
  UNION ALL
  SELECT n.id, false FROM person o JOIN person n ON n.id = o.id OR n.merged_into = o.id
  WHERE o.household_id = :household AND o.merged_into IS NULL AND o.id <> :person) n
  JOIN "case" c ON c.person_id = n.id AND (n.own OR c.unit = 'household') JOIN campaign m ON m.id = c.campaign_id
WHERE c.id <> :id ORDER BY c.opened_at DESC LIMIT 20
"""
SEALED = {"mediations": {"note": SealedText("private_note.body")}}


@router.get("/{number}")
def show(visit: Visiting, number: int, done: str = "") -> Response:
    """The page of a case."""
    with visit.reading() as session:
        case = _case(session, number)
        about = {"id": number, "household": case.household_id, "person": case.person_id}
        shown: dict[str, Any] = {
            name: session.execute(text(query).columns(**SEALED.get(name, {})), about).all()
            for name, query in (
                ("household", HOUSEHOLD), ("events", EVENTS), ("contacts", CONTACTS), ("mediations", MEDIATIONS),
                ("others", OTHERS), ("replanned", REPLANNED),
            )
        }  # fmt: skip
    visit.note_reading(f"case {number}")
    return visit.page(
        "manager/case.html", case=case, why=_why(visit, number), done=done, said=reason_in_words,
        when=partial(moment, zone=_zone(case)), on=partial(day_of, zone=_zone(case)), **shown,
    )  # fmt: skip


@router.post("/{number}/objection")
def object_(visit: Visiting, number: int) -> Response:
    """The person does not want to be contacted: stops everything, at once."""
    case = seen(visit, number)
    with visit.database.session() as session:
        record_objection(session, case.person_id, source="desk", actor=visit.actor, occurred_at=clock.now())
    return RedirectResponse(f"/cases/{number}?done=objection", 303)


@router.post("/{number}/promise")
def promise_(
    visit: Visiting, number: int, day: Annotated[date, Form()], at: Annotated[str, Form()],
    channel: Annotated[Channel, Form()] = Channel.CALL,
    note: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Promise a call or a visit at a time of the place where they live; the rules are asked at once."""
    case = seen(visit, number)
    try:
        begins = datetime.combine(day, time.fromisoformat(at), _zone(case))
    except ValueError:
        raise OutreachError(_("cette heure ne se lit pas"), place=at, mend=_("Écrivez par exemple 14:30.")) from None
    with visit.database.session() as session:
        promise(session, number, channel, begins, begins + HALF_AN_HOUR, actor=visit.actor, note=note.strip() or None)
    return RedirectResponse(f"/cases/{number}?done=promise", 303)


@router.post("/{number}/snooze")
def snooze_(visit: Visiting, number: int, until: Annotated[date, Form()], reason: Annotated[str, Form()] = "") -> Response:
    """Leave them alone until a day."""
    case = seen(visit, number)
    if not reason.strip():
        raise PolicyError(_("dites pourquoi"))
    with visit.database.session() as session:
        snooze(session, number, datetime.combine(until, MORNING, _zone(case)), reason.strip(), actor=visit.actor)
    return RedirectResponse(f"/cases/{number}?done=snooze", 303)


HALF_AN_HOUR = timedelta(minutes=30)
MORNING = time(8)


def seen(visit: Visit, number: int) -> Any:
    """A case that the viewer may see. Raises ``NotThereError``."""
    with visit.reading() as session:
        return _case(session, number)


def _zone(case: Any) -> ZoneInfo:
    return zone_of(territory_of(case.insee))


def _case(session: Session, number: int) -> Any:
    row = session.execute(text(CASE).columns(mobile=PHONE, fixed=PHONE), {"id": number}).first()
    if row is None:
        raise NotThereError
    return row


def _why(visit: Visit, number: int) -> dict[str, Any] | None:
    """Why they are contacted, in a paragraph for them and the rules for us; nothing for a case that no rule opened."""
    try:
        with visit.database.session() as session:
            told = why_case(session, f"0{number}", actor=visit.actor)
            return {
                "paragraph": paragraph(told),
                "rules": told.rules,
                "version": told.version,
                "same": told.same,
                "earlier": told.earlier,
            }
    except OutreachError:
        return None
