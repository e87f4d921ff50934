"""Step 5, plan: who is contacted when and how often, what that asks of each day, where people are, what can be measured."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from outreach.core import clock
from outreach.core.i18n import N_, _, language, number
from outreach.core.labels import ONE_CHANNEL, label
from outreach.core.words import Channel
from outreach.definitions.campaign import Campaign, Step
from outreach.definitions.loader import Mistake
from outreach.definitions.sealing import URGENT
from outreach.planning.dry import dry_load
from outreach.segments.effect import effect_lines
from outreach.web.access.gate import Visit, Visiting
from outreach.web.look.charts.chart import Chart
from outreach.web.look.charts.dots import Place, dots
from outreach.web.look.charts.load_calendar import Load, calendar
from outreach.web.manager.wizard.counted import Counted, counted_of
from outreach.web.manager.wizard.drafts import Draft, draft_of, save, shown, written_of
from outreach.web.manager.wizard.rules_form import typed

router = APIRouter(prefix="/campaigns/{code}/way/plan")
STEP_FIELDS = {"days_after_previous": 0, "attempts": 1, "days_between_attempts": 2, "priorities_up_to": 9}
CAPACITY = {
    "letters_per_day": N_("Courriers par jour"), "sms_per_day": N_("SMS par jour"), "minutes_per_call": N_("Minutes par appel"),
    "minutes_per_door": N_("Minutes par porte"), "minutes_per_reception": N_("Minutes par personne reçue à l'accueil"),
}  # fmt: skip
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
    """Keep dates, cadence, capacity and waves."""
    form = {name: str(value) for name, value in (await request.form()).items()}

    def kept() -> Response:
        draft = draft_of(visit, code)
        written = written_of(draft)
        _put(written["campaign"], form)
        mistakes = save(visit, draft, written, "plan")
        return _page(visit, draft, mistakes) if mistakes else RedirectResponse(f"{draft.href('plan')}?done=saved", 303)

    return await run_in_threadpool(kept)


def _put(campaign: dict[str, Any], form: dict[str, str]) -> None:
    campaign |= {name: form[name] for name in ("starts_on", "ends_on") if name in form}
    for at, step in enumerate(campaign["cadence"]):
        step |= {name: typed(form[f"step.{at}.{name}"]) for name in STEP_FIELDS if f"step.{at}.{name}" in form}
    campaign["capacity"] |= {name: typed(form[f"capacity.{name}"]) for name in CAPACITY if f"capacity.{name}" in form}
    waves = {name: typed(form[f"waves.{name}"]) for name in ("count", "days_apart") if f"waves.{name}" in form}
    campaign["waves"] = campaign.get("waves", {}) | waves
    if "pause_after_conversation" in form:
        campaign["pause_after_conversation"] = typed(form["pause_after_conversation"])


def steps_in_words(campaign: Campaign) -> list[str]:
    """The cadence, a sentence a step."""
    return [
        _sentence(step, label(ONE_CHANNEL, campaign.step(step.instead_of).channel) if step.instead_of else "", first=at == 0)
        for at, step in enumerate(campaign.cadence)
    ]


def _sentence(step: Step, other: str, *, first: bool) -> str:
    what = label(ONE_CHANNEL, step.channel)
    if step.instead_of:
        words = _("Si l'étape « {other} » n'est pas possible, {days} jours après : {what}")
        words = words.format(other=other, days=step.days_after_previous, what=what)
    elif first:
        words = _("D'abord : {what}").format(what=what)
    else:
        words = _("{days} jours après : {what}").format(days=step.days_after_previous, what=what)
    if step.attempts > 1:
        words += _(", jusqu'à {attempts} fois, à {days} jours d'intervalle").format(
            attempts=step.attempts, days=step.days_between_attempts
        )
    if step.priorities_up_to < 9:  # noqa: PLR2004 - the last one: everybody
        words += _(", pour les priorités 1 à {last}").format(last=step.priorities_up_to)
    return words


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


def _page(visit: Visit, draft: Draft, mistakes: list[Mistake], done: str = "") -> Response:
    counted = counted_of(visit, draft)
    campaign = draft.folder.campaign
    charts, late = _loads(draft, counted) if counted and counted.seen.targeted else ([], 0)
    places = (
        [Place(one["lat"], one["lon"], one["name"], one["people"]) for one in counted.places if one["lat"] is not None]
        if counted
        else []
    )
    return shown(
        visit, "plan", draft, "plan", 422 if mistakes else 200, campaign=campaign, mistakes=mistakes, counted=counted, charts=charts, late=late,
        places=dots(_("Où sont les personnes de la liste"), places, names=(_("Commune"), _("Personnes"))) if places else None,
        effects=effect_lines(counted.seen) if counted and counted.seen.units else [], sentences=steps_in_words(campaign), done=done,
        capacity=[(name, _(words), getattr(campaign.capacity, name)) for name, words in CAPACITY.items()], late_words=number(late, language()),
    )  # fmt: skip
