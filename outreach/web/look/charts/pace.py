"""Day by day: what was done and is planned, against what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date
from markupsafe import Markup

from outreach.core.i18n import _, language
from outreach.web.look.charts.chart import NARROW, WIDTH, Chart, Shape, framed, held, hover, length, tag, text
from outreach.web.look.written import day as day_written
from outreach.web.look.written import number

HEAD, HEIGHT, FOOT = 28, 170, 26
FROM_LABEL = 34
"""Room between two labels of the days."""


@dataclass(frozen=True)
class Day:
    """A day: ``done`` when it is over, else ``planned``; ``capacity``: what people and lines could do (``None``: not known)."""

    day: date
    done: int | None = None
    planned: int | None = None
    capacity: int | None = None

    @property
    def load(self) -> int:
        """What stands for the day."""
        return self.done if self.done is not None else self.planned or 0


def pace(title: str, days: Sequence[Day], today: date) -> Chart:
    """The last days and the next; capacity is a mark over each bar, and a bar above it is coloured as too much."""
    if not any(one.load or one.capacity for one in days):
        return Chart(title, empty=_("Rien de fait ni de prévu ces jours-ci."))
    rows = [(day_written(one.day), one.done, one.planned, one.capacity) for one in days]
    columns = (_("Jour"), (_("Faits"), "number"), (_("Prévus"), "number"), (_("Possibles"), "number"))
    done = sum(one.done or 0 for one in days)
    planned = sum(one.planned or 0 for one in days if one.done is None)
    said = _("Faits : {done}, prévus : {planned}.").format(done=number(done), planned=number(planned))
    return Chart(title, columns, rows, framed("pace", title, said, _drawn(days, today, WIDTH), _drawn(days, today, NARROW)))


def _drawn(days: Sequence[Day], today: date, width: int) -> Shape:
    most = max(max(one.load, one.capacity or 0) for one in days)
    step = width / len(days)
    bar = step * (0.72 if width == WIDTH else 0.8)
    base = HEAD + HEIGHT
    parts: list[Markup] = [_key(), tag("line", class_="axis", x1=0, x2=width, y1=base, y2=base)]
    label_every = max(round(FROM_LABEL * 2 / step), 1)
    shown = 0
    for index, one in enumerate(days):
        x = index * step + (step - bar) / 2
        parts += _bar(one, x, bar, base, most)
        if one.day == today:
            parts.append(held(_("aujourd'hui"), index * step + step / 2, base + 18, "small strong", width, 13))
            shown = index
        elif (
            one.day.weekday() == 0 and index - shown >= label_every * 0.6 and abs((one.day - today).days) * step > FROM_LABEL * 2
        ):
            parts.append(held(_short(one.day), index * step + step / 2, base + 18, "small soft", width, 12))
            shown = index
    return Shape(parts, width, base + FOOT)


def _bar(one: Day, x: float, bar: float, base: float, most: int) -> list[Markup]:
    size = length(one.load, most, HEIGHT - 16, 1.0)
    too_much = one.capacity is not None and one.load > one.capacity
    kind = ("over" if too_much else "bar") if one.done is not None else ("over" if too_much else "planned")
    words = f"{day_written(one.day)} : {number(one.load)}"
    if one.capacity is not None:
        words += " / " + number(one.capacity)
    parts = [tag("rect", hover(words), class_=kind, x=x, y=base - size, width=bar, height=size, rx=min(2.0, bar / 4))]
    if one.capacity:
        top = base - length(one.capacity, most, HEIGHT - 16)
        parts.append(tag("line", class_="room", x1=x - bar * 0.1, x2=x + bar * 1.1, y1=top, y2=top))
    if one.load == most:
        parts.append(text(number(one.load), x + bar / 2, base - size - 5, "small strong", "middle"))
    return parts


def _key() -> Markup:
    parts: list[Markup] = []
    x = 0.0
    for kind, words in (("bar", _("Faits")), ("planned", _("Prévus")), ("over", _("Au-delà du possible"))):
        parts += [tag("rect", class_=kind, x=x, y=2, width=12, height=12, rx=3), text(words, x + 17, 12, "small soft")]
        x += 28 + len(words) * 6.6
    parts += [tag("line", class_="room", x1=x, x2=x + 12, y1=8, y2=8), text(_("Possibles"), x + 17, 12, "small soft")]
    return Markup("").join(parts)


def _short(day: date) -> str:
    return str(format_date(day, "d MMM", locale="en_GB" if language() == "en" else "fr"))
