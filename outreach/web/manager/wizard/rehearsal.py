"""Step 6, rehearsal: its play, its report, the approval of a second person.

The whole campaign is played for guests, without anything leaving unless it shall reach them.
"""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import text
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from outreach.core import audit
from outreach.core.errors import OutreachError, PolicyError
from outreach.core.i18n import _, language
from outreach.core.labels import ONE_CHANNEL, STATES, label
from outreach.core.settings import settings
from outreach.core.words import Channel
from outreach.definitions.guests import COLUMNS, read_guests
from outreach.definitions.registry import find_campaign
from outreach.definitions.rehearsing import approve, lists_hash
from outreach.flows.rehearsal_apart import rehearse_apart
from outreach.flows.rehearsal_guests import guest_lines
from outreach.web.access import limits
from outreach.web.access.gate import Visit, Visiting
from outreach.web.jobs import Outcome, job_kind, start
from outreach.web.manager.wizard.drafts import Draft, draft_of, require_agreement, shown, written_of
from outreach.web.uploads import new_folder

if TYPE_CHECKING:
    from outreach.core.database import Database

router = APIRouter(prefix="/campaigns/{code}/way/rehearsal")
KIND = "rehearse a campaign"
LAST = """
SELECT id, content_hash, lists_hash, contacts, report, rehearsed_at, rehearsed_by, approved_at, approved_by FROM rehearsal
WHERE campaign_id = :campaign ORDER BY id DESC LIMIT 1
"""
GUESTS_ASKED = 3
LARGEST = 100_000
TAKEN = "taken.csv"
"""The name of a list of guests to whom a rehearsal has begun to send."""


@router.get("")
def show(visit: Visiting, code: str) -> Response:
    """Invite, and read what the last rehearsal found."""
    return _page(visit, draft_of(visit, code))


@router.post("")
async def rehearse(visit: Visiting, request: Request, code: str) -> Response:
    """Start it, as a job."""
    async with request.form() as form:
        upload = form.get("file")
        content = await upload.read(LARGEST + 1) if isinstance(upload, UploadFile) and upload.filename else b""
        given = {name: str(value) for name, value in form.items() if isinstance(value, str)}
    send = given.get("send") == "yes"

    def started() -> Response:
        draft = draft_of(visit, code)
        written_of(draft)
        require_agreement(visit, draft.folder)
        try:
            path = _kept(content or _as_csv(given), typed=not content)
            if send:
                _require_sendable(visit, draft, path)
        except OutreachError as error:
            return _page(visit, draft, given=given, wrong=error)
        back = draft.href("rehearsal")
        job = start(
            visit.database, KIND, visit.viewer.id, language(), back, campaign=draft.code, guests=str(path), back=back, send=send
        )
        visit.request.app.state.jobs.wake()
        return RedirectResponse(f"/jobs/{job}", 303)

    return await run_in_threadpool(started)


@job_kind(KIND)
def _rehearse(database: Database, arguments: dict[str, Any], actor: str) -> Outcome:
    guests, send = Path(arguments["guests"]), bool(arguments.get("send"))
    if send and guests.with_name(TAKEN).exists():
        message = _("cette répétition s'est arrêtée alors qu'elle envoyait ; elle n'est pas refaite d'elle-même")
        raise OutreachError(message, mend=_("Demandez à vos invités ce qu'ils ont reçu, puis répétez."))
    if not guests.exists():
        raise OutreachError(_("la liste d'invités n'est plus là"), mend=_("Donnez-la encore une fois."))
    if send:
        # A job is done again when a server stops in the middle; what was sent is not.
        guests = guests.rename(guests.with_name(TAKEN))
    try:
        rehearse_apart(database, arguments["campaign"], guests, actor=actor, send=send)
    finally:
        shutil.rmtree(guests.parent, ignore_errors=True)
    return Outcome(arguments["back"])


@router.post("/approve")
def agree(visit: Visiting, code: str) -> Response:
    """A second person has read the report, and agrees."""
    draft = draft_of(visit, code)
    last = last_of(visit, draft)
    if last is None or not is_of(visit, draft, last):
        raise PolicyError(_("la campagne a changé depuis sa répétition"), mend=_("Répétez-la encore une fois."))
    if last.rehearsed_by == visit.actor:
        raise PolicyError(
            _("une deuxième personne doit approuver"), mend=_("Vous avez fait la répétition : demandez à quelqu'un d'autre.")
        )
    with visit.database.session() as session:
        approve(session, draft.code, actor=visit.actor)
    return RedirectResponse(draft.href("launch"), 303)


def last_of(visit: Visit, draft: Draft) -> Any:
    """The latest rehearsal; ``None`` when there is none."""
    with visit.reading() as session:
        return session.execute(text(LAST), {"campaign": draft.id}).first()


def is_of(visit: Visit, draft: Draft, last: Any) -> bool:
    """Whether a rehearsal is of the definition and the lists as they are."""
    with visit.database.session() as session:
        lists = lists_hash(session, find_campaign(session, draft.code, drafts=True).campaign)
    return bool(last.content_hash == draft.hash and last.lists_hash == lists)


def _as_csv(given: dict[str, str]) -> bytes:
    """The guests of the form as the file that they may come in as well, each on the line of theirs, whichever were left blank."""
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(COLUMNS)
    for at in range(GUESTS_ASKED):
        rows.writerow([given.get(f"guest.{at}.{name}", "").strip() for name in COLUMNS])
    return written.getvalue().encode()


def _kept(content: bytes, *, typed: bool) -> Path:
    """The guests in a file of their own until the rehearsal has read them. Raises ``OutreachError`` for what cannot be read.

    ``typed``: they come from the form, which calls them by number, and not from a file with its lines.
    """
    if len(content) > LARGEST:
        raise OutreachError(
            _("cette liste d'invités est trop longue"),
            mend=_("Quelques invités suffisent : {size} ko au plus.").format(size=LARGEST // 1000),
        )
    folder = new_folder()
    path = folder / "guests.csv"
    path.write_bytes(content)
    try:
        read_guests(path)
    except OutreachError as error:
        shutil.rmtree(folder)
        # The place names a file of ours: only the line of it is of any use to who reads.
        line = (error.place or "").rpartition(":")[2]
        place = None
        if line.isdigit():
            place = _("Invité {number}").format(number=int(line) - 1) if typed else _("ligne {row}").format(row=line)
        raise OutreachError(error.message, place=place, mend=error.mend) from error
    return path


def _require_sendable(visit: Visit, draft: Draft, path: Path) -> None:
    """Refuse at once what the rehearsal would refuse; who it sends to is written down by their number only."""
    guests = read_guests(path)
    try:
        guest_lines(visit.database, draft.folder, guests)
        if not limits.take(visit.database, limits.REHEARSAL, visit.actor):
            raise PolicyError(_("trop de répétitions envoyées en une heure"), mend=_("Attendez, ou répétez sans envoyer."))
    except OutreachError:
        shutil.rmtree(path.parent, ignore_errors=True)
        raise
    with visit.database.session() as session:
        audit.record(session, visit.actor, "campaign.rehearse_to_guests", draft.code, {"guests": len(guests)})


def _page(visit: Visit, draft: Draft, given: dict[str, str] | None = None, wrong: OutreachError | None = None) -> Response:
    last = last_of(visit, draft)
    report = last.report if last is not None else {}
    made = report.get("steps", {})
    steps = [
        [label(ONE_CHANNEL, step.channel), label(STATES, state), count]
        for step in draft.folder.campaign.cadence
        for state, count in made.get(step.code, {}).items()
    ]
    missing: dict[str, tuple[int, list[str]]] = {}
    for channel, code, people in report.get("missing", []):
        missing.setdefault(code, (people, []))[1].append(label(ONE_CHANNEL, channel))
    return shown(
        visit, "rehearsal", draft, "rehearsal", 422 if wrong else 200, last=last, report=report, steps=steps, missing=missing, given=given or {}, wrong=wrong,
        is_present=last is not None and is_of(visit, draft, last), guests_asked=range(GUESTS_ASKED),
        most=settings().approval_above,
        needs_second=last is not None and not 0 < last.contacts <= settings().approval_above,
        may_send=Channel.SMS in draft.folder.campaign.channels or any(step.recorded for step in draft.folder.campaign.cadence),
        is_own=last is not None and last.rehearsed_by == visit.actor,
    )  # fmt: skip
