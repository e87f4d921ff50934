"""Step 7, launch: what will happen and when, in sentences; then, and only as it was rehearsed, the launch."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import text

from outreach.core.errors import PolicyError
from outreach.core.i18n import _, language
from outreach.core.labels import CHANNELS, label
from outreach.core.settings import settings
from outreach.core.words import Channel
from outreach.definitions.rehearsing import launch_rehearsed
from outreach.definitions.sealing import URGENT
from outreach.flows import pipeline
from outreach.segments.wording import units_of
from outreach.web.access.gate import Visit, Visiting
from outreach.web.jobs import Outcome, job_kind, start
from outreach.web.look.written import long_day, number
from outreach.web.manager.wizard.cadence_form import steps_in_words
from outreach.web.manager.wizard.counted import Counted, counted_of
from outreach.web.manager.wizard.drafts import Draft, draft_of, require_agreement, shown
from outreach.web.manager.wizard.plan import first_day, waves_of
from outreach.web.manager.wizard.rehearsal import is_of, last_of

if TYPE_CHECKING:
    from outreach.core.database import Database

router = APIRouter(prefix="/campaigns/{code}/way/launch")
KIND = "prepare a launched campaign"
LAUNCHED = "SELECT v.launched_at, v.launched_by FROM campaign c JOIN campaign_version v ON v.id = c.version_id WHERE c.id = :id"


@router.get("")
def show(visit: Visiting, code: str) -> Response:
    """What is ready, what is missing, and what the button would do."""
    draft = draft_of(visit, code)
    last = last_of(visit, draft)
    checks = _checks(visit, draft, last)
    counted = counted_of(visit, draft)
    size = units_of(draft.unit, last.contacts) if last is not None else ""
    return shown(
        visit, "launch", draft, "launch", checks=checks, is_ready=draft.is_open and all(done for done, _words, _href in checks), size=size,
        sentences=_sentences(visit, draft, last, counted), last=last,
    )  # fmt: skip


@router.post("")
def launch(visit: Visiting, code: str) -> Response:
    """Launch the campaign exactly as it was rehearsed, open its cases and plan its first days as a job."""
    draft = draft_of(visit, code)
    if not draft.is_open:
        raise PolicyError(_("cette campagne est déjà lancée"))
    missing = next((words for done, words, _href in _checks(visit, draft, last_of(visit, draft)) if not done), None)
    if missing is not None:
        raise PolicyError(_("la campagne ne peut pas être lancée"), place=missing, mend=_("Voyez l'étape « Lancement »."))
    require_agreement(visit, draft.folder)
    with visit.database.session() as session:
        launch_rehearsed(session, draft.folder, actor=visit.actor)
    way = f"/campaigns/{draft.code}"
    job = start(visit.database, KIND, visit.viewer.id, language(), way, campaign=draft.code, back=way)
    visit.request.app.state.jobs.wake()
    return RedirectResponse(f"/jobs/{job}", 303)


@job_kind(KIND)
def _prepare(database: Database, arguments: dict[str, Any], actor: str) -> Outcome:
    pipeline.prepare(database, pipeline.loaded_campaign(database, arguments["campaign"]), actor=actor)
    return Outcome(arguments["back"])


def _checks(visit: Visit, draft: Draft, last: Any) -> list[tuple[bool, str, str]]:
    """What a launch asks for: whether it is so, what, and where it is done."""
    steps = {step.id: step for step in draft.way}
    most = settings().approval_above
    present = last is not None and is_of(visit, draft, last)
    small = last is not None and 0 < last.contacts <= most
    approved = last is not None and last.approved_at is not None
    return [
        (bool(steps["list"].count), _("Une liste est en vigueur"), draft.href("list")),
        (steps["duplicates"].state == "done", _("On sait qui est derrière chaque ligne"), draft.href("duplicates")),
        (last is not None, _("La campagne a été répétée"), draft.href("rehearsal")),
        (present, _("Rien n'a changé depuis : ni la définition, ni les listes"), draft.href("rehearsal")),
        (
            approved or small,
            _("Une deuxième personne a approuvé") if approved or not small
            else _("Jusqu'à {most} dossiers, personne d'autre n'a besoin d'approuver").format(most=number(most)),
            draft.href("rehearsal"),
        ),
    ]  # fmt: skip


def _sentences(visit: Visit, draft: Draft, last: Any, counted: Counted | None) -> list[str]:
    """What will happen and when; of a campaign that is launched, since when it does."""
    campaign = draft.folder.campaign
    found = [
        *(_ahead(draft, last, counted) if draft.is_open else _behind(visit, draft)),
        *(f"{words}." for words in steps_in_words(campaign)),
    ]
    capacity = campaign.capacity
    rates = {Channel.LETTER: capacity.letters_per_day, Channel.SMS: capacity.sms_per_day}
    found += [
        _("Au plus {count} {channel} par jour.").format(count=number(most), channel=label(CHANNELS, channel))
        for channel, most in rates.items()
        if channel in campaign.channels
    ]
    found.append(
        _("Tout s'arrête au plus tard le {day}, et à tout moment par le bouton « Suspendre ».").format(
            day=long_day(campaign.ends_on)
        )
    )
    found.append(_("La définition est figée et l'ordre des contacts est scellé : personne ne choisit qui vient en premier."))
    return found


def _behind(visit: Visit, draft: Draft) -> list[str]:
    with visit.database.session() as session:
        row = session.execute(text(LAUNCHED), {"id": draft.id}).one()
    return [_("Lancée le {day} par {who}.").format(day=long_day(row.launched_at), who=row.launched_by)]


def _ahead(draft: Draft, last: Any, counted: Counted | None) -> list[str]:
    campaign = draft.folder.campaign
    first = first_day(draft)
    found = []
    if last is not None:
        found.append(
            _("{units} seront contactés ; rien ne part avant le {day}.").format(
                units=units_of(draft.unit, last.contacts), day=long_day(first)
            )
        )
    if counted is not None and counted.is_present and campaign.waves.count > 1:
        for wave, cases in waves_of(campaign, counted).items():
            day = long_day(first + timedelta(days=wave * campaign.waves.days_apart))
            words = _("Vague {wave}, à partir du {day} : {units}, tirés au sort.")
            if wave == 0 and any(priority <= URGENT for priority in cases):
                words = _("Vague {wave}, à partir du {day} : {units}, les plus urgents et une part tirée au sort.")
            found.append(words.format(
                wave=wave + 1, day=day, units=units_of(draft.unit, sum(cases.values()))
            ))  # fmt: skip
    return found
