"""Step 4, messages: what is written and said, language by language, seen as an invented person would get it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from outreach.channels.letters.preview import picture_of, sample_letter
from outreach.channels.sms.preview import text_costs
from outreach.channels.sms.text import places_left
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.labels import language_name
from outreach.core.settings import settings
from outreach.core.words import Channel
from outreach.definitions.loader import Folder, Mistake
from outreach.definitions.texts import PLACEHOLDERS
from outreach.flows.lists import loaded_campaign
from outreach.policy.language import EASY_FRENCH, FRENCH
from outreach.web.access.gate import NotThereError, Visit, Visiting
from outreach.web.manager.wizard import texts_form
from outreach.web.manager.wizard.cadence_form import text_wanted, texts_of, written_texts
from outreach.web.manager.wizard.counted import Counted, counted_of
from outreach.web.manager.wizard.drafts import Draft, draft_of, save, shown, written_of

if TYPE_CHECKING:
    from outreach.policy.language import Readers

router = APIRouter(prefix="/campaigns/{code}/way/messages")
LANGUAGE = re.compile(r"[a-z]{2}|fr-easy")
CHANNELS = ("sms", "letter", "script", "voice")


@router.get("")
def french(visit: Visiting, code: str) -> Response:
    """French first."""
    return _page(visit, draft_of(visit, code), FRENCH, [])


@router.post("")
def other(visit: Visiting, code: str, language: Annotated[str, Form()] = "") -> Response:
    """Go to another language, to write in it."""
    draft = draft_of(visit, code)
    return RedirectResponse(f"{draft.href('messages')}/{_known(language.strip().lower())}", 303)


@router.get("/{language}")
def show(visit: Visiting, code: str, language: str, done: str = "", course: str = "") -> Response:
    """Every text of a language; ``course``: a course of the plan that waits for one of them."""
    return _page(visit, draft_of(visit, code), _known(language), [], done=done, course=course)


@router.post("/{language}/sms/preview")
def try_sms(visit: Visiting, code: str, language: str, text: Annotated[str, Form()] = "") -> Response:
    """The SMS as it would arrive, of a text that is still being written."""
    draft = draft_of(visit, code)
    return visit.page("wizard/sms_preview.html", cost=_cost(draft, _known(language), text, counted_of(visit, draft)))


@router.post("/{language}/{channel}")
async def change(visit: Visiting, request: Request, code: str, language: str, channel: str) -> Response:
    """Keep a text, if it passes the loader's checks."""
    form = {name: str(value) for name, value in (await request.form()).items()}

    def kept() -> Response:
        draft, wanted = draft_of(visit, code), _known(language)
        if channel not in CHANNELS:
            raise NotThereError
        written = written_of(draft)
        texts_form.put(written, channel, wanted, _content(channel, form))
        mistakes = save(visit, draft, written, "messages")
        if mistakes:
            return _page(visit, draft, wanted, mistakes, given={channel: form}, course=form.get("course", ""))
        if form.get("course"):
            return _kept_with_course(visit, code, wanted, form["course"])
        return RedirectResponse(f"{draft.href('messages')}/{wanted}?done={channel}#{channel}", 303)

    return await run_in_threadpool(kept)


def _kept_with_course(visit: Visit, code: str, language: str, course: str) -> Response:
    """The course that waited for a text, now that it is there; one that waits for another leads to that one."""
    draft = draft_of(visit, code)
    written = written_of(draft)
    written["campaign"]["cadence"] = _waiting(course)
    mistakes = save(visit, draft, written, "plan")
    wanted = text_wanted(mistakes, draft.folder)
    if wanted is not None:
        return RedirectResponse(f"{draft.href('messages')}/{language}?course={quote(course)}#{wanted}", 303)
    if mistakes:
        return _page(visit, draft, language, mistakes)
    return RedirectResponse(f"{draft.href('plan')}?done=saved", 303)


def _waiting(course: str) -> list[Any]:
    """The steps of a course that came through a page; none when it is not one."""
    try:
        steps = json.loads(course) if course else []
    except ValueError:
        return []
    return steps if isinstance(steps, list) and all(isinstance(step, dict) and "channel" in step for step in steps) else []


@router.get("/{language}/letter.pdf")
def letter(visit: Visiting, code: str, language: str) -> Response:
    """The letter to an invented person."""
    pdf = _letter(visit, draft_of(visit, code), _known(language))
    return Response(
        pdf, media_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{code}-{language}.pdf"'}
    )


@router.get("/{language}/letter.png")
def picture(visit: Visiting, code: str, language: str, page: int = 0) -> Response:
    """The same as a picture."""
    pdf = _letter(visit, draft_of(visit, code), _known(language))
    return Response(picture_of(pdf, min(max(page, 0), 1)), media_type="image/png", headers={"Cache-Control": "no-store"})


def _letter(visit: Visit, draft: Draft, language: str) -> bytes:
    loaded = loaded_campaign(visit.database, draft.code, drafts=True)
    if loaded.folder.messages.letter is None:
        raise NotThereError
    return sample_letter(loaded, language)


def _known(language: str) -> str:
    if not LANGUAGE.fullmatch(language):
        raise NotThereError
    return language


def _content(channel: str, form: dict[str, str]) -> Any:
    if channel == "letter":
        return texts_form.letter_of(form)
    if channel == "script":
        return texts_form.script_of(form)
    return " ".join(form.get("text", "").split()) or None


def _cost(draft: Draft, language: str, text: str, counted: Counted | None) -> dict[str, Any]:
    """What a text would cost and look like; what is wrong with it instead."""
    plain = " ".join(text.split())
    if not plain:
        return {"wrong": _("pas encore de texte")}
    messages = draft.folder.messages
    try:
        tried = type(messages).model_validate(messages.model_dump() | {"sms": messages.sms | {language: plain}})
        folder = Folder(draft.folder.campaign, draft.folder.agreement, tried, draft.folder.letter_template)
        readers = counted.seen.readers if counted else ()
        found = next(one for one in text_costs(folder, readers, settings().sms_price) if one.language == language)
    except ValueError as error:
        return {"wrong": _why(error)}
    return {"cost": found, "spare": places_left(found.sample), "counted": counted is not None}


def _why(error: ValueError) -> str:
    details: list[Any] = getattr(error, "errors", list)()
    return str(details[0].get("ctx", {}).get("error", details[0]["msg"])) if details else str(error)


def _page(
    visit: Visit,
    draft: Draft,
    language: str,
    mistakes: list[Mistake],
    given: dict[str, Any] | None = None,
    done: str = "",
    course: str = "",
) -> Response:
    messages = draft.folder.messages
    steps = [*(step.model_dump(mode="json") for step in draft.folder.campaign.cadence), *_waiting(course)]
    used = {name for step in steps for name in texts_of(step)}
    awaited = [name for name in CHANNELS if name in used - written_texts(draft.folder)] if course else []
    counted, given = counted_of(visit, draft), given or {}
    letter = messages.letter if language == FRENCH else messages.letters.get(language)
    sms = given.get("sms", {}).get("text", messages.sms.get(language, ""))
    script = messages.scripts.get(language)
    return shown(
        visit, "messages", draft, "messages", 422 if mistakes else 200, language_code=language, languages=_languages(draft, counted, language),
        mistakes=mistakes, done=done, sms=sms, cost=_cost(draft, language, sms, counted) if sms else None, voice=given.get("voice", {}).get("text", messages.voice.get(language, "")),
        letter=given.get("letter") or texts_form.letter_fields(letter), has_letter=letter is not None,
        script=texts_form.sent_script(given["script"]) if "script" in given else texts_form.script_fields(script), ways=texts_form.ways_of(script) if script else [],
        opening=draft.folder.agreement.opening_words, uses={name: name in used for name in CHANNELS}, course=course if awaited else "",
        awaited=awaited, places=sorted(PLACEHOLDERS), unfit=_unfit(visit, draft, language) if letter is not None else "",
    )  # fmt: skip


def _unfit(visit: Visit, draft: Draft, language: str) -> str:
    """Why the letter cannot be set; nothing when it can."""
    try:
        _letter(visit, draft, language)
    except OutreachError as error:
        return str(error)
    return ""


def _languages(draft: Draft, counted: Counted | None, current: str) -> list[dict[str, Any]]:
    """Each language that has texts or readers: how many people, and what is missing for them."""
    messages, channels = draft.folder.messages, draft.folder.campaign.channels
    readers: dict[str, int] = {}
    for group in counted.seen.readers if counted else ():
        code = _read(group)
        readers[code] = readers.get(code, 0) + group.people
    codes = [
        FRENCH,
        *messages.letters,
        *messages.sms,
        *messages.scripts,
        *sorted(readers, key=lambda one: -readers[one]),
        current,
    ]
    has: dict[str, Any] = {
        "sms": messages.sms,
        "letter": {FRENCH: messages.letter} | messages.letters,
        "script": messages.scripts,
    }
    wanted = [("sms", Channel.SMS in channels), ("script", bool(channels & {Channel.CALL, Channel.VISIT}))]
    return [
        {
            "code": code, "name": name_of(code), "people": readers.get(code, 0), "is_current": code == current,
            "missing": [channel for channel, used in wanted if used and code not in has[channel]],
            "letter": code in has["letter"] or code in (messages.letter.call_back_lines if messages.letter else {}),
        }
        for code in dict.fromkeys(codes)
    ]  # fmt: skip


def _read(group: Readers) -> str:
    if group.language not in {None, FRENCH}:
        return str(group.language)
    return EASY_FRENCH if group.reads_french is False else FRENCH


def name_of(code: str) -> str:
    """A language by its name; easy French is one too."""
    return _("français facile") if code == EASY_FRENCH else language_name(code)
