"""Step 3, segments: the rules in words and fields, who falls where, and who falls out and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from outreach.core.i18n import _, language
from outreach.definitions.facts import vocabulary
from outreach.definitions.loader import Mistake
from outreach.flows.counting import count_campaign
from outreach.web.access.gate import NotThereError, Visit, Visiting
from outreach.web.jobs import Outcome, job_kind, start
from outreach.web.look.charts.bars import Bar, bars
from outreach.web.look.charts.share import share
from outreach.web.manager.wizard import rule_values, rules_form
from outreach.web.manager.wizard.begin import proposed_code
from outreach.web.manager.wizard.counted import Counted, counted_of
from outreach.web.manager.wizard.drafts import Draft, draft_of, save, shown, written_of

if TYPE_CHECKING:
    from outreach.core.database import Database
    from outreach.segments.preview import Preview
    from outreach.web.look.charts.chart import Chart

router = APIRouter(prefix="/campaigns/{code}/way/segments")
KIND = "count a campaign"


@router.get("")
def show(visit: Visiting, code: str, done: str = "") -> Response:
    """The rules, and what they make of the lists as it was counted last."""
    return _page(visit, draft_of(visit, code), [], done=done)


@router.post("")
async def change(visit: Visiting, request: Request, code: str) -> Response:
    """Change values, labels, priorities and order."""
    sent = await request.form()
    form = {name: ", ".join(map(str, sent.getlist(name))) for name in sent}

    def kept() -> Response:
        draft = draft_of(visit, code)
        written, campaign = written_of(draft), draft.folder.campaign
        rules_form.changed(written, campaign, vocabulary(campaign, draft.folder.agreement), form)
        return _saved(visit, draft, written)

    return await run_in_threadpool(kept)


@router.post("/add")
def add(
    visit: Visiting, code: str, part: Annotated[str, Form()] = "segments", label: Annotated[str, Form()] = "", fact: Annotated[str, Form()] = "",
    operator: Annotated[str, Form()] = "is", value: Annotated[str, Form()] = "", priority: Annotated[str, Form()] = "5",
) -> Response:  # fmt: skip
    """A new segment, or a new reason to leave somebody out, with one condition; it comes first, so that it takes effect."""
    draft = draft_of(visit, code)
    if part not in rules_form.PARTS or not label.strip():
        return _page(visit, draft, [Mistake("campaign.yaml", 1, "add", _("donnez un nom à cette règle"))])
    written, campaign = written_of(draft), draft.folder.campaign
    rules = written["campaign"].setdefault(part, [])
    taken = {one["code"] for one in rules}
    name = proposed_code(label)
    number = next(at for at in range(1, len(taken) + 2) if (name if at == 1 else f"{name}-{at}") not in taken)
    one: dict[str, Any] = {"code": name if number == 1 else f"{name}-{number}", "label": label.strip()}
    if part == "segments":
        one["priority"] = rule_values.typed(priority)
    one["when"] = rule_values.first_rule(fact, operator, value, vocabulary(campaign, draft.folder.agreement))
    rules.insert(0, one)
    return _saved(visit, draft, written)


@router.post("/remove")
def remove(visit: Visiting, code: str, part: Annotated[str, Form()] = "", rule: Annotated[str, Form()] = "") -> Response:
    """Take a rule out."""
    draft = draft_of(visit, code)
    written = written_of(draft)
    if part not in rules_form.PARTS or rule not in {one["code"] for one in written["campaign"].get(part, [])}:
        raise NotThereError
    written["campaign"][part] = [one for one in written["campaign"][part] if one["code"] != rule]
    return _saved(visit, draft, written)


@router.post("/count")
def count(visit: Visiting, code: str, back: Annotated[str, Form()] = "segments") -> Response:
    """Count again, as a job; then come back to the step that asked."""
    draft = draft_of(visit, code)
    way = draft.href(back if back in {"segments", "plan", "messages", "launch"} else "segments")
    job = start(visit.database, KIND, visit.viewer.id, language(), way, campaign=draft.code, back=way)
    visit.request.app.state.jobs.wake()
    return RedirectResponse(f"/jobs/{job}", 303)


@job_kind(KIND)
def _count(database: Database, arguments: dict[str, Any], actor: str) -> Outcome:  # noqa: ARG001
    count_campaign(database, arguments["campaign"])
    return Outcome(arguments["back"])


def _saved(visit: Visit, draft: Draft, written: Any) -> Response:
    mistakes = save(visit, draft, written, "segments")
    if mistakes:
        return _page(visit, draft, mistakes)
    return RedirectResponse(f"{draft.href('segments')}?done=saved", 303)


def _page(visit: Visit, draft: Draft, mistakes: list[Mistake], done: str = "") -> Response:
    facts = vocabulary(draft.folder.campaign, draft.folder.agreement)
    counted = counted_of(visit, draft)
    return shown(
        visit, "segments", draft, "segments", 422 if mistakes else 200, rules=rules_form.ruled(draft.folder.campaign, facts), mistakes=mistakes,
        tally=counted, charts=_charts(counted) if counted else [], facts=rules_form.vocabulary_of(facts), done=done,
        operators=[(code, _(word)) for code, word in rules_form.OPERATOR_WORDS.items()], first=_first(counted),
    )  # fmt: skip


def _first(counted: Counted | None) -> dict[str, int]:
    """For each rule, whom it decides."""
    groups = (*counted.seen.segments, *counted.seen.excluded) if counted else ()
    return {group.code: group.first for group in groups}


def _charts(counted: Counted) -> list[Chart]:
    seen = counted.seen
    if not seen.units:
        return []
    left = [(_(group.label), group.first) for group in seen.excluded if group.first]
    found = [
        share(_("De la liste, qui serait contacté"), [(_("contactés"), seen.targeted), *sorted(left, key=lambda one: -one[1])]),
        bars(
            _("Contactés, par segment"), [Bar(_(group.label), group.first, group.any) for group in seen.segments],
            names=(_("Segment"), _("contactés"), _("répondent à la règle")),
        ),
        bars(
            _("Laissés de côté"), [Bar(_(group.label), group.first, group.any) for group in seen.excluded if group.any],
            names=(_("Raison"), _("première raison"), _("ont cette raison")),
        ),
    ]  # fmt: skip
    return [*found, *_details(seen, counted)]


def _details(seen: Preview, counted: Counted) -> list[Chart]:
    labels = {group.code: _(group.label) for group in seen.segments}
    overlaps = [Bar(" + ".join(labels[code] for code in pair.split("+")), count) for pair, count in seen.overlaps.items()]
    unknown = [Bar(counted.fact_names.get(name, name), count) for name, count in seen.unknown.items() if count]
    found = []
    if overlaps:
        found.append(
            bars(_("Répondent à deux segments (le premier l'emporte)"), overlaps, names=(_("Segments"), _("Nombre"), ""))
        )
    if unknown:
        found.append(bars(_("On ne sait pas"), unknown, names=(_("Donnée"), _("Nombre"), "")))
    return found
