"""Step 5, plan: who is contacted when and how often, what that asks of each day, where people are, what can be measured."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from outreach.core import clock
from outreach.core.i18n import N_, _, language, number
from outreach.core.words import Channel
from outreach.definitions.campaign import Campaign
from outreach.definitions.loader import Mistake
from outreach.definitions.sealing import URGENT
from outreach.definitions.written import Written, as_written
from outreach.planning.dry import dry_load
from outreach.segments.effect import effect_lines
from outreach.web.access.gate import Visit, Visiting
from outreach.web.look.charts.chart import Chart
from outreach.web.look.charts.dots import Place, dots
from outreach.web.look.charts.load_calendar import Load, calendar
from outreach.web.manager.wizard.cadence_form import channels_of, fields_of, rearranged, results, sent_course, text_wanted
from outreach.web.manager.wizard.counted import Counted, counted_of
from outreach.web.manager.wizard.drafts import Draft, draft_of, save, shown, written_of
from outreach.web.manager.wizard.rule_values import typed

if TYPE_CHECKING:
    from starlette.datastructures import FormData

router = APIRouter(prefix="/campaigns/{code}/way/plan")
DAYS = {"starts_on": N_("Premier jour"), "ends_on": N_("Dernier jour")}
DATED = DAYS | {
    "waves.count": N_("Vagues"), "waves.days_apart": N_("Jours entre deux vagues"),
    "pause_after_conversation": N_("Jours de repos après un échange"),
}  # fmt: skip
CAPACITY_FIELDS = {
    "capacity.letters_per_day": N_("Courriers par jour"), "capacity.sms_per_day": N_("SMS par jour"),
    "capacity.recorded_per_day": N_("Messages parlés par jour"), "capacity.minutes_per_call": N_("Minutes par appel"),
    "capacity.minutes_per_door": N_("Minutes par porte"),
    "capacity.minutes_per_reception": N_("Minutes par personne reçue à l'accueil"),
}  # fmt: skip
"""Fields of the plan by their place in campaign.yaml, each with its name."""
TITLES = {
    Channel.LETTER: N_("Courriers, jour par jour"), Channel.SMS: N_("SMS, jour par jour"), Channel.CALL: N_("Appels, jour par jour"),
    Channel.VISIT: N_("Visites, jour par jour"),
}  # fmt: skip


@router.get("")
def show(visit: Visiting, code: str, done: str = "") -> Response:
    """The cadence in words and numbers, and what it comes to."""
    return _page(visit, draft_of(visit, code), [], done=done)


@router.post("")
async def change(visit: Visiting, request: Request, code: str) -> Response:
    """Keep dates, cadence, capacity and waves, the cadence as the pressed button rearranges it."""
    form = await request.form()

    def kept() -> Response:
        draft = draft_of(visit, code)
        written = written_of(draft)
        place = _put(written["campaign"], form)
        mistakes = save(visit, draft, written, "plan")
        wanted = text_wanted(mistakes, draft.folder)
        if wanted is not None:
            return _text_first(visit, draft, written, wanted)
        if mistakes:
            return _page(visit, draft, mistakes, written=written["campaign"])
        return RedirectResponse(f"{draft.href('plan')}?done=saved{f'#step-{place}' if place is not None else ''}", 303)

    return await run_in_threadpool(kept)


def _text_first(visit: Visit, draft: Draft, written: Written, wanted: str) -> Response:
    """Keep all but the course, and lead to the text that it needs: both are kept together there."""
    course = written["campaign"]["cadence"]
    rest = written | {"campaign": written["campaign"] | {"cadence": written_of(draft)["campaign"]["cadence"]}}
    mistakes = save(visit, draft, rest, "plan")
    if mistakes:
        return _page(visit, draft, mistakes, written=written["campaign"])
    return RedirectResponse(f"{draft.href('messages')}/fr?course={quote(json.dumps(course))}#{wanted}", 303)


def _put(campaign: Written, form: FormData) -> int | None:
    """Put a form into a campaign as written; returns the place of the step that its button moved or brought."""
    sent = {name: str(value) for name, value in form.items() if isinstance(value, str)}
    for name in (*DATED, *CAPACITY_FIELDS):
        if name in sent:
            part, _dot, last = name.rpartition(".")
            place = campaign.setdefault(part, {}) if part else campaign
            place[last] = sent[name] if name in DAYS else typed(sent[name])
    course = sent_course(form)
    if course is None:
        return None
    campaign["cadence"], place_of_step = rearranged(course, form)
    return place_of_step


def first_day(draft: Draft) -> date:
    """When it would begin: on its first day, or today once that is past."""
    return max(draft.folder.campaign.starts_on, clock.today())


def waves_of(campaign: Campaign, counted: Counted) -> dict[int, dict[int, float]]:
    """Cases of each wave by priority: the urgent all in the first, the others dealt in equal parts."""
    found: dict[int, dict[int, float]] = {wave: defaultdict(float) for wave in range(campaign.waves.count)}
    for group in counted.seen.segments:
        priority = next((part.priority for part in campaign.segments if part.code == group.code), None)
        if priority is None:
            continue
        if priority <= URGENT:
            found[0][priority] += group.first
        else:
            for dealt in found.values():
                dealt[priority] += group.first / campaign.waves.count
    return found


def _loads(draft: Draft, counted: Counted) -> tuple[list[Chart], int]:
    campaign = draft.folder.campaign
    people = sum(group.people for group in counted.seen.readers)
    share = sum(group.mobiles for group in counted.seen.readers) / people if people else 1.0
    loads, late = dry_load(campaign, waves_of(campaign, counted), mobile_share=share, first=first_day(draft))
    charts = []
    for channel in Channel:
        mine = [Load(load.day, round(load.asked), load.room) for load in loads if load.channel is channel]
        while mine and not mine[-1].planned:
            mine.pop()
        if mine:
            charts.append(calendar(_(TITLES[channel]), mine))
    return charts, round(late)


def _page(visit: Visit, draft: Draft, mistakes: list[Mistake], done: str = "", written: Written | None = None) -> Response:
    counted = counted_of(visit, draft)
    campaign = draft.folder.campaign
    charts, late = _loads(draft, counted) if counted and counted.seen.targeted else ([], 0)
    places = (
        [Place(one["lat"], one["lon"], one["name"], one["people"]) for one in counted.places if one["lat"] is not None]
        if counted
        else []
    )
    given = written or as_written(draft.folder)["campaign"]
    course = given["cadence"]
    return shown(
        visit, "plan", draft, "plan", 422 if mistakes else 200, mistakes=mistakes, tally=counted, charts=charts, late=late,
        places=dots(_("Où sont les personnes de la liste"), places, names=(_("Commune"), _("Personnes"))) if places else None,
        effects=effect_lines(counted.seen) if counted and counted.seen.units else [], done=done,
        late_words=number(late, language()),
        steps=fields_of(course, draft.folder, mistakes, first_day(draft)), channels=channels_of(draft.folder, course),
        results=results(),
        may_record=draft.folder.agreement.automated_calls, dated=_fields(DATED, given, campaign, mistakes),
        capacity=_fields(CAPACITY_FIELDS, given, campaign, mistakes), sites=campaign.sites,
    )  # fmt: skip


def _fields(
    names: Mapping[str, str], given: Written, campaign: Campaign, mistakes: list[Mistake]
) -> list[tuple[str, str, Any, str]]:
    """Name, words, value and what is wrong of each field; what was given stays until it is mended."""
    wrong = {mistake.where: mistake.message for mistake in mistakes}
    return [(name, _(words), _value(name, given, campaign), wrong.get(name, "")) for name, words in names.items()]


def _value(name: str, given: Written, campaign: Campaign) -> Any:
    part, _dot, last = name.rpartition(".")
    place = given.get(part, {}) if part else given
    return place.get(last, getattr(getattr(campaign, part) if part else campaign, last))
