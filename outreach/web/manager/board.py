"""The planning board: a week of a site; moving a call or a visit, shifts, absences, planning anew. All of it is plain forms."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import text

from outreach.core.errors import OutreachError, PolicyError
from outreach.core.i18n import _, language
from outreach.core.words import ShiftKind
from outreach.flows import pipeline
from outreach.planning import record_absence
from outreach.planning.absences import lift_absence
from outreach.planning.move import move_contact
from outreach.planning.reasons import reason_in_words
from outreach.planning.register import add_shifts
from outreach.policy.territories import territory_of, zone_of
from outreach.web.access.gate import NotThereError, Visit, Visiting
from outreach.web.forms import Chosen
from outreach.web.jobs import Outcome, job_kind, start
from outreach.web.look.written import clock_time, moment
from outreach.web.manager.board_changes import changed, moved, not_kept
from outreach.web.manager.board_week import opened_shift, week_of

if TYPE_CHECKING:
    from outreach.core.database import Database

router = APIRouter(prefix="/board")
KIND = "plan"
MEDIATOR = "SELECT m.id, m.code, m.name, m.site_id, s.insee FROM mediator m JOIN site s ON s.id = m.site_id WHERE m.code = :code"
PLACE = """
SELECT k.shift_id, s.site_id, s.day FROM contact k LEFT JOIN shift s ON s.id = k.shift_id WHERE k.id = :contact
"""
SHIFT = "SELECT id, site_id, day FROM shift WHERE id = :id"
ABSENCE = """
SELECT a.id, m.site_id, s.insee
FROM absence a JOIN mediator m ON m.id = a.mediator_id JOIN site s ON s.id = m.site_id
WHERE a.id = :id
"""


@router.get("")
def show(
    visit: Visiting,
    site: Chosen[int] = None,
    week: Chosen[date] = None,
    shift: int | None = None,
    contact: int | None = None,
    done: str = "",
) -> Response:
    """A week of a site. ``shift``: the one that is open; ``contact``: the one that has just been moved."""
    return _page(visit, site, week, shift, contact=contact, done=done)


@router.post("/move")
def move(
    visit: Visiting,
    contact: Annotated[int, Form()],
    shift: Annotated[int, Form()],
    near: Annotated[datetime | None, Form()] = None,
) -> Response:
    """Move one contact into a shift (at about its hour, or ``near``); where a rule refuses, the same page says which."""
    where = _seen(visit, contact, shift)
    try:
        with visit.database.session() as session:
            move_contact(session, contact, shift, actor=visit.actor, near=near if near and near.tzinfo else None)
    except PolicyError as error:
        return _page(
            visit, where.site_id, where.day, where.shift_id, refused=" ".join(filter(None, (error.message, error.mend))), code=409
        )
    with visit.reading() as session:
        there = session.execute(text(SHIFT), {"id": shift}).one()
    return _back(there.site_id, week=there.day, shift=shift, contact=contact)


@router.post("/shifts")
def add_shift(
    visit: Visiting, mediator: Annotated[str, Form()], kind: Annotated[ShiftKind, Form()], day: Annotated[date, Form()],
    begins: Annotated[time, Form()], ends: Annotated[time, Form()],
) -> Response:  # fmt: skip
    """Add a shift that the weekly pattern does not know, or give one that begins then its new end."""
    who = _mediator(visit, mediator)
    row = {"mediator": who.code, "kind": kind.value, "day": day.isoformat(), "start": begins.isoformat(), "end": ends.isoformat()}
    with visit.database.session() as session:
        add_shifts(session, {who.code: row}, source=f"mediator/{who.id}", actor=visit.actor)
    return _back(who.site_id, week=day, done="shift")


@router.post("/absences")
def absent(
    visit: Visiting, mediator: Annotated[str, Form()], since: Annotated[date, Form()], begins: Annotated[time, Form()],
    until: Annotated[date, Form()], ends: Annotated[time, Form()], reason: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Record that somebody does not work; the campaigns that counted on them are planned anew at once."""
    who = _mediator(visit, mediator)
    zone = zone_of(territory_of(who.insee))
    starts_at, ends_at = datetime.combine(since, begins, zone), datetime.combine(until, ends, zone)
    with visit.database.session() as session:
        concerned = record_absence(session, who.code, starts_at, ends_at, reason.strip() or _("absence"), actor=visit.actor)
    return (
        _planned(visit, concerned, who.site_id, since, "absence") if concerned else _back(who.site_id, week=since, done="absence")
    )


@router.post("/absences/{number}/lift")
def lift(visit: Visiting, number: int) -> Response:
    """They work after all: the next plan uses their time again."""
    with visit.reading() as session:
        row = session.execute(text(ABSENCE), {"id": number}).first()
    if row is None:
        raise NotThereError
    with visit.database.session() as session:
        began = lift_absence(session, number, actor=visit.actor)
    return _back(row.site_id, week=began.astimezone(zone_of(territory_of(row.insee))).date(), done="lifted")


@router.post("/plan")
def plan_anew(visit: Visiting, campaign: Annotated[str, Form()], site: Annotated[int | None, Form()] = None) -> Response:
    """Plan a campaign now, as the night would."""
    with visit.reading() as session:
        if (
            session.execute(text("SELECT 1 FROM campaign WHERE code = :code AND state = 'launched'"), {"code": campaign}).first()
            is None
        ):
            raise NotThereError
    return _planned(visit, [campaign], site, None, "asked")


@job_kind(KIND)
def _plan(database: Database, arguments: dict[str, Any], actor: str) -> Outcome:
    for code in arguments["campaigns"]:
        pipeline.plan(database, pipeline.loaded_campaign(database, code), actor=actor, cause=arguments["cause"])
    return Outcome(arguments["next"])


def _planned(visit: Visit, campaigns: list[str], site: int | None, week: date | None, cause: str) -> Response:
    """Plan campaigns beside the page, then come back to the board."""
    back = _address(site, week=week)
    job = start(
        visit.database, KIND, visit.viewer.id, language(), back, campaigns=campaigns, cause=cause, back=back,
        next=_address(site, week=week, done="planned"),
    )  # fmt: skip
    visit.request.app.state.jobs.wake()
    return RedirectResponse(f"/jobs/{job}", 303)


def _page(
    visit: Visit, site: int | None, day: date | None, shift: int | None, *, contact: int | None = None, refused: str = "", done: str = "",
    code: int = 200,
) -> Response:  # fmt: skip
    with visit.reading() as session:
        week = week_of(session, site, day, shift)
        if week is None:
            raise OutreachError(_("votre association n'a pas encore de site"))
        opened = opened_shift(session, shift, week) if shift is not None else None
        lost, changes = not_kept(session, week.site.id), changed(session, week.site.id)
        just = moved(session, contact) if contact is not None else None
    visit.note_reading(
        f"site/{week.site.id}/board",
        shift=shift,
        contacts=len(opened.contacts) if opened else 0,
        changes=len(changes) + len(lost),
    )
    return visit.page(
        "manager/board.html", status=code, week=week, opened=opened, lost=lost, changes=changes, just=just, refused=refused, done=done,
        before=week.first - timedelta(days=7), after=week.first + timedelta(days=7), why=reason_in_words, kinds=list(ShiftKind),
        when=partial(moment, zone=week.zone), hours=partial(clock_time, zone=week.zone),
    )  # fmt: skip


def _seen(visit: Visit, contact: int, shift: int) -> Any:
    """Where a contact is now; it and the shift are both the viewer's to see. Raises ``NotThereError``."""
    with visit.reading() as session:
        row = session.execute(text(PLACE), {"contact": contact}).first()
        if row is None or session.execute(text(SHIFT), {"id": shift}).first() is None:
            raise NotThereError
    return row


def _mediator(visit: Visit, code: str) -> Any:
    with visit.reading() as session:
        row = session.execute(text(MEDIATOR), {"code": code}).first()
    if row is None:
        raise NotThereError
    return row


def _back(site: int | None, **values: Any) -> Response:
    anchor = "#shift" if values.get("shift") else ""
    return RedirectResponse(_address(site, **values) + anchor, 303)


def _address(site: int | None, **values: Any) -> str:
    """The board with what is chosen: numbers and days only."""
    chosen = {name: value for name, value in ({"site": site} | values).items() if value}
    return f"/board?{urlencode(chosen)}" if chosen else "/board"
