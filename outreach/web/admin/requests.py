"""Requests of persons: what they asked, by when they must have an answer, who they are, and what was done."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import text

from outreach.core import audit, clock
from outreach.core.errors import OutreachError, PolicyError
from outreach.core.i18n import _
from outreach.core.words import RequestKind, RequestState
from outreach.flows.forgetting import ask_providers, erase_person
from outreach.flows.records import person_record
from outreach.models import Person, PersonRequest
from outreach.models.base import WAYS
from outreach.policy.local_time import zones_of
from outreach.privacy.record import write_record
from outreach.tracking import identify, record_objection
from outreach.web.access.gate import NotThereError, Visit, Visiting
from outreach.web.admin.privacy import KINDS, downloaded

router = APIRouter(prefix="/requests")
LONGEST = 2_000
LISTED = """
SELECT r.*, concat_ws(' ', p.title, p.given_name, upper(p.family_name)) AS name
FROM person_request r LEFT JOIN person p ON p.id = r.person_id
ORDER BY r.state <> 'open', r.due_on, r.id DESC LIMIT 300
"""
CASES = """
SELECT c.id, m.name AS campaign, g.definition -> 'partner' ->> 'name' AS partner, c.status, c.opened_at, s.name AS site
FROM "case" c
  JOIN campaign m ON m.id = c.campaign_id JOIN agreement g ON g.id = m.agreement_id JOIN site s ON s.id = c.site_id
  JOIN person q ON q.id = c.person_id WHERE coalesce(q.merged_into, q.id) = :person ORDER BY c.opened_at
"""
ROWS = """
SELECT t.file_name, t.imported_at, t.delivered_by, r.row_number, r.title, r.given_name, r.family_name, r.birth_date,
       r.mobile, r.fixed, r.email,
       concat_ws(' ', r.house_number, r.repetition, r.street, r.postal_code, r.city) AS address, r.language, r.amount_due
FROM list_row r JOIN target_list t ON t.id = r.list_id JOIN person q ON q.id = r.person_id
WHERE coalesce(q.merged_into, q.id) = :person AND t.state = 'committed' ORDER BY t.imported_at
"""
EVENTS = """
SELECT e.occurred_at, e.kind, e.code, e.source, e.case_id, m.name AS campaign FROM event e JOIN "case" c ON c.id = e.case_id
  JOIN campaign m ON m.id = c.campaign_id JOIN person q ON q.id = c.person_id
WHERE coalesce(q.merged_into, q.id) = :person ORDER BY e.occurred_at LIMIT 500
"""


@router.get("")
def listed(visit: Visiting) -> Response:
    """Open ones first, the most pressing at the top."""
    with visit.database.session() as session:
        rows = session.execute(text(LISTED)).all()
    return visit.page("admin/requests.html", requests=rows, kinds=list(RequestKind), today=clock.today())


@router.post("")
def record(
    visit: Visiting, kind: Annotated[RequestKind, Form()], received_on: Annotated[date, Form()], through: Annotated[str, Form()],
    note: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Write a request down; a month to answer begins on the day it came (RGPD, article 12.3)."""
    if received_on > clock.today():
        raise OutreachError(_("une demande ne peut pas être reçue dans l'avenir"), place=f"{received_on:%d/%m/%Y}")
    with visit.database.session() as session:
        made = PersonRequest(
            kind=kind.value, state=RequestState.OPEN.value, received_on=received_on, due_on=clock.months_after(received_on, 1),
            through=through.strip()[:80],
            note=note.strip()[:LONGEST], recorded_at=clock.now(), recorded_by=visit.actor,
        )  # fmt: skip
        session.add(made)
        session.flush()
        number = made.id
        audit.record(session, visit.actor, "request.record", f"person_request/{number}", {"kind": kind.value})
    return RedirectResponse(f"/requests/{number}", 303)


@router.get("/{number}")
def show(visit: Visiting, number: int) -> Response:
    """One request: who it is about, and what we hold of them and where it came from."""
    return _page(visit, number)


@router.post("/{number}/find")
def find(visit: Visiting, number: int, asked: Annotated[str, Form()] = "") -> Response:
    """Look for the person in the whole register."""
    problem, found = "", []
    try:
        with visit.database.session() as session:
            found = identify(session, asked, actor=visit.actor)
    except OutreachError as error:
        problem = str(error)
    return _page(visit, number, asked=asked, found=found, problem=problem)


@router.post("/{number}/person")
def choose(visit: Visiting, number: int, person: Annotated[int, Form()]) -> Response:
    """Say who it is; an objection takes effect at once, so does the part of an erasure that stops all contact."""
    with visit.database.session() as session:
        request, chosen = session.get(PersonRequest, number), session.get(Person, person)
        if request is None or chosen is None:
            raise NotThereError
        request.person_id = chosen.merged_into or chosen.id
        audit.record(session, visit.actor, "request.person", f"person_request/{number}", {"person": request.person_id})
        if request.kind in {RequestKind.OBJECTION, RequestKind.ERASURE}:
            record_objection(session, request.person_id, source="request", actor=visit.actor, occurred_at=clock.now())
    return RedirectResponse(f"/requests/{number}", 303)


@router.post("/{number}/settle")
def settle(visit: Visiting, number: int, state: Annotated[RequestState, Form()], answer: Annotated[str, Form()] = "") -> Response:
    """Say what was answered, and when; a refusal says why (article 12.4)."""
    if state is RequestState.OPEN or not answer.strip():
        raise PolicyError(_("dites ce qui a été répondu"))
    with visit.database.session() as session:
        request = session.get(PersonRequest, number, with_for_update=True)
        if request is None:
            raise NotThereError
        if request.state != RequestState.OPEN:
            raise PolicyError(_("cette demande a déjà sa réponse"), place=f"{request.answered_at:%d/%m/%Y}")
        request.state, request.answer = state.value, answer.strip()[:LONGEST]
        request.answered_at, request.answered_by = clock.now(), visit.actor
        audit.record(session, visit.actor, "request.settle", f"person_request/{number}", {"state": state.value})
    return RedirectResponse("/requests", 303)


@router.get("/{number}/record.{kind}")
def record_file(visit: Visiting, number: int, kind: str) -> Response:
    """Everything that is known of the person, for them: to read (PDF) or to take along (JSON)."""
    person = _person_of(visit, number)
    if kind not in KINDS:
        raise NotThereError
    told = person_record(visit.database, person, actor=visit.actor, request=number)
    return downloaded(told, write_record, f"dossier-{number}", kind)


@router.post("/{number}/erase")
def erase(visit: Visiting, number: int, sure: Annotated[str, Form()] = "") -> Response:
    """Erase the person, everywhere and for good; providers are asked to delete their records at once, or later."""
    person = _person_of(visit, number)
    if sure != "yes":
        raise PolicyError(_("cochez la case : un effacement ne se défait pas"))
    erase_person(visit.database, person, actor=visit.actor, request=number)
    ask_providers(visit.database)
    return RedirectResponse(f"/requests/{number}", 303)


def _person_of(visit: Visit, number: int) -> int:
    """Who a request is about, once that is known. Raises ``NotThereError``."""
    with visit.database.session() as session:
        request = session.get(PersonRequest, number)
        if request is None or request.person_id is None:
            raise NotThereError
        return request.person_id


def _page(visit: Visit, number: int, **more: Any) -> Response:
    held: dict[str, Any] = {"person": None, "cases": [], "rows": [], "events": [], "zones": {}}
    with visit.database.session() as session:
        request = session.get(PersonRequest, number)
        if request is None:
            raise NotThereError
        if request.person_id is not None:
            # Matching may have found since that they are somebody else too.
            named = session.get_one(Person, request.person_id)
            living = session.get_one(Person, named.merged_into or named.id)
            asked = {"person": living.id}
            cases = session.execute(text(CASES), asked).all()
            held = {
                "person": living, "cases": cases, "zones": zones_of(session, [one.id for one in cases]),
                "rows": session.execute(text(ROWS).columns(**WAYS), asked).all(), "events": session.execute(text(EVENTS), asked).all(),
            }  # fmt: skip
            audit.record(session, visit.actor, "read", f"person {living.id}", {"request": number})
    values = {"asked": "", "found": None, "problem": ""} | more
    return visit.page("admin/request.html", request_=request, states=list(RequestState), **held, **values)
