"""The course of a case as a form: every step with all its fields, so that what is sent is the whole course, in its order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from babel.dates import format_time, get_day_names
from pydantic import ValidationError

from outreach.core.i18n import _, language
from outreach.core.labels import ONE_CHANNEL, label
from outreach.core.words import Channel
from outreach.definitions.campaign import Campaign, Step
from outreach.definitions.written import Written
from outreach.policy.dispositions import DISPOSITIONS
from outreach.policy.windows import window_on
from outreach.web.manager.wizard.rule_values import typed

if TYPE_CHECKING:
    from starlette.datastructures import FormData

    from outreach.definitions.loader import Folder, Mistake

NUMBERS = {"days_after_previous": 0, "attempts": 1, "days_between_attempts": 2, "priorities_up_to": 9}
"""Numbers of a step, and what they are when nobody says."""
RESULTS = ("only_after", "not_after")
LAST_PRIORITY = 9
TEXTS = {"letter": "letter", "sms.fr": "sms", "scripts.fr": "script", "voice.fr": "voice"}
"""By its place in messages.yaml, where on the page of messages a text is written that a step cannot do without."""


@dataclass(frozen=True)
class StepFields:
    """A step as its form shows it.

    Its fields as they were given, what is wrong with each, in which hours, and with which text.
    """

    at: int
    given: Written
    words: str
    wrong: Mapping[str, str]
    hours: str
    text: str
    has_text: bool

    @property
    def name(self) -> str:
        """What the names of its fields begin with."""
        return f"step.{self.at}"

    def value(self, field: str) -> Any:
        """What a field holds."""
        return self.given.get(field, NUMBERS.get(field, ""))

    def error(self, field: str) -> str:
        """What is wrong with a field."""
        return self.wrong.get(field, "")


def sent_course(form: FormData) -> list[Written] | None:
    """The course that a form holds, before its button is looked at; none of a form that has no course."""
    course: list[Written] = []
    while f"step.{len(course)}.code" in form:
        course.append(_sent_step(form, f"step.{len(course)}"))
    return course or None


def _sent_step(form: FormData, name: str) -> Written:
    def said(field: str) -> str:
        return str(form.get(f"{name}.{field}", "")).strip()

    step: Written = {"code": said("code"), "channel": said("channel")}
    step |= {field: typed(said(field)) for field in NUMBERS if said(field)}
    step |= {field: [str(code) for code in form.getlist(f"{name}.{field}")] for field in RESULTS}
    if said("recorded"):
        step["recorded"] = True
    if said("instead_of"):
        step["instead_of"] = said("instead_of")
    return step


def rearranged(course: list[Written], form: FormData) -> tuple[list[Written], int | None]:
    """The course after the button that was pressed, and the place of the step that moved or came.

    Buttons are called ``up.2``, ``remove.0``, ``add``.
    """
    act, _dot, which = str(form.get("act", "")).partition(".")
    at = int(which) if which.isdigit() and int(which) < len(course) else None
    if act == "add":
        return _with_new(course, form)
    if at is None or act not in {"up", "down", "remove"}:
        return course, None
    rest = [step for place, step in enumerate(course) if place != at]
    if act == "remove":
        return rest, None
    to = min(max(at + (1 if act == "down" else -1), 0), len(rest))
    return [*rest[:to], course[at], *rest[to:]], to


def _with_new(course: list[Written], form: FormData) -> tuple[list[Written], int]:
    channel, after = str(form.get("new.channel", "")), str(form.get("new.after", ""))
    taken = {step["code"] for step in course}
    names = (channel if number == 1 else f"{channel}-{number}" for number in range(1, len(taken) + 2))
    code = next(name for name in names if name not in taken)
    step = {"code": code, "channel": channel, "days_after_previous": typed(str(form.get("new.days", "")) or "0")}
    to = next((at + 1 for at, one in enumerate(course) if one["code"] == after), 0)
    return [*course[:to], step, *course[to:]], to


def fields_of(course: list[Written], folder: Folder, mistakes: list[Mistake], first: date) -> list[StepFields]:
    """Every step of a course as its form shows it, also of one that is not stored for its mistakes."""
    found = []
    for at, given in enumerate(course):
        head = f"cadence.{at}."
        wrong = {one.where.removeprefix(head): one.message for one in mistakes if one.where.startswith(head)}
        text = texts_of(given)[0]
        found.append(
            StepFields(at, given, _words(course, at), wrong, _hours(given, folder, first), text, text in written_texts(folder))
        )
    return found


def texts_of(step: Written) -> list[str]:
    """The texts of a step, its own first, by where on the page of messages they are written."""
    own = {"letter": "letter", "sms": "sms"}.get(str(step["channel"]), "script")
    return ["voice", own] if step.get("recorded") else [own]


def written_texts(folder: Folder) -> set[str]:
    """The texts that are there in French, in which each is needed."""
    messages = folder.messages
    there = {
        "letter": messages.letter,
        "sms": messages.sms.get("fr"),
        "script": messages.scripts.get("fr"),
        "voice": messages.voice.get("fr"),
    }
    return {name for name, text in there.items() if text is not None}


def text_wanted(mistakes: list[Mistake], folder: Folder) -> str | None:
    """The text to be written first, when nothing else is wrong than that texts are missing."""
    places = [TEXTS.get(mistake.where) if mistake.file == "messages.yaml" else None for mistake in mistakes]
    there = written_texts(folder)
    return places[0] if places and all(place is not None and place not in there for place in places) else None


def steps_in_words(campaign: Campaign) -> list[str]:
    """The cadence, a sentence a step."""
    course = [step.model_dump(mode="json") for step in campaign.cadence]
    return [_words(course, at) for at in range(len(course))]


def _words(course: list[Written], at: int) -> str:
    """A step as a sentence; of one that cannot be read its code."""
    try:
        step = Step.model_validate(course[at])
    except ValidationError:
        return str(course[at]["code"])
    other = next((one for one in course[:at] if one["code"] == step.instead_of), None)
    return _sentence(step, label(ONE_CHANNEL, str(other["channel"])) if other else "", first=at == 0)


def _sentence(step: Step, other: str, *, first: bool) -> str:
    what = label(ONE_CHANNEL, step.channel)
    if other:
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
    if step.priorities_up_to < LAST_PRIORITY:
        words += _(", pour les priorités 1 à {last}").format(last=step.priorities_up_to)
    return words


def _hours(step: Written, folder: Folder, first: date) -> str:
    """In which hours a channel may be used: the network's, narrowed by the agreement; no campaign has hours of its own."""
    if step["channel"] not in list(Channel):
        return ""
    window = window_on(Channel(step["channel"]), first, folder.agreement.terms.hours)
    names = get_day_names("abbreviated", locale=language())
    days = ", ".join(names[day] for day in sorted(window.weekdays))
    spans = ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in window.hours)
    return f"{days} · {spans}"


def _clock(moment: Any) -> str:
    return str(format_time(moment, "HH:mm", locale=language()))


def channels_of(folder: Folder, course: list[Written]) -> list[tuple[str, str]]:
    """The channels that a step may have: those of the agreement, and those that are there."""
    allowed = {str(channel) for channel in folder.agreement.allowed_channels} | {str(step["channel"]) for step in course}
    return [(channel.value, label(ONE_CHANNEL, channel)) for channel in Channel if channel.value in allowed]


def results() -> list[tuple[str, str]]:
    """The results that a step may depend on, by what they are called."""
    return [(code, row.label) for code, row in DISPOSITIONS.items()]
