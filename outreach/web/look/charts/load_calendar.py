"""The weeks to come as a calendar: how full each day is, in colour and in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from babel.dates import format_date
from markupsafe import Markup

from outreach.core.i18n import _, language
from outreach.web.look.charts.chart import NARROW, WIDTH, Chart, Shape, framed, hover, tag, text
from outreach.web.look.written import day as day_written
from outreach.web.look.written import number, percent

HEAD, GAP, WEEK = 26, 4, 7
FULL = (0.25, 0.5, 0.75, 1.0)
"""Where a colour ends: the last is a full day, beyond it one with too much."""


@dataclass(frozen=True)
class Load:
    """A day: what is planned, and what is possible (0: closed)."""

    day: date
    planned: int
    capacity: int

    @property
    def heat(self) -> int:
        """From 0 (nothing planned) over 4 (nearly full or full) to 5 (more than is possible)."""
        if not self.planned:
            return 0
        share = self.planned / self.capacity if self.capacity else 2.0
        return next((level for level, end in enumerate(FULL, 1) if share <= end), 5)


def calendar(title: str, loads: Sequence[Load]) -> Chart:
    """A row a week, a column a day; days of the week that nobody works are left out."""
    if not any(load.planned or load.capacity for load in loads):
        return Chart(title, empty=_("Aucun jour de travail dans ces semaines."))
    rows = [
        (day_written(load.day), load.planned, load.capacity, percent(load.planned / load.capacity) if load.capacity else None)
        for load in loads
    ]
    columns = (_("Jour"), (_("Prévus"), "number"), (_("Possibles"), "number"), (_("Rempli à"), "number"))
    over = sum(load.heat > len(FULL) for load in loads)
    said = _("Jours avec plus que le possible : {days}.").format(days=number(over))
    wide, narrow = _drawn(loads, WIDTH, 44, 76), _drawn(loads, NARROW, 46, 0)
    return Chart(title, columns, rows, framed("calendar", title, said, wide, narrow))


def _drawn(loads: Sequence[Load], width: int, height: int, margin: int) -> Shape:
    weekdays = sorted({load.day.weekday() for load in loads if load.planned or load.capacity})
    first = min(load.day for load in loads)
    monday = first - timedelta(days=first.weekday())
    weeks = (max(load.day for load in loads) - monday).days // WEEK + 1
    column = (width - margin + GAP) / len(weekdays)
    parts: list[Markup] = [
        text(_weekday(monday + timedelta(days=weekday)), margin + index * column + (column - GAP) / 2, 16, "small soft", "middle")
        for index, weekday in enumerate(weekdays)
    ]
    if margin:
        parts += [
            text(
                _date(monday + timedelta(weeks=week)),
                margin - 10,
                HEAD + week * (height + GAP) + height / 2 + 5,
                "small soft",
                "end",
            )
            for week in range(weeks)
        ]
    for load in loads:
        if load.day.weekday() in weekdays:
            x = margin + weekdays.index(load.day.weekday()) * column
            y = HEAD + (load.day - monday).days // WEEK * (height + GAP)
            parts += _cell(load, float(x), float(y), column - GAP, height)
    return Shape(parts, width, HEAD + weeks * (height + GAP))


def _cell(load: Load, x: float, y: float, width: float, height: int) -> list[Markup]:
    if load.capacity or load.planned:
        words = _("{day} : {planned} prévus sur {capacity} possibles").format(
            day=day_written(load.day), planned=number(load.planned), capacity=number(load.capacity)
        )
        kind, figure = f"heat-{load.heat}", number(load.planned)
    else:
        words, kind, figure = _("{day} : fermé").format(day=day_written(load.day)), "closed", ""
    ink = "inside" if load.heat >= len(FULL) else "strong"
    too_much = load.planned - load.capacity
    return [
        tag("rect", hover(words), class_=kind, x=x, y=y, width=width, height=height, rx=6),
        text(str(load.day.day), x + 6, y + 15, f"small {'inside-soft' if ink == 'inside' else 'soft'}"),
        text(figure, x + width / 2, y + height / 2 + 12, ink, "middle"),
        *([text(f"+{number(too_much)}", x + width - 6, y + 15, "small inside-soft", "end")] if too_much > 0 else []),
    ]


def _weekday(day: date) -> str:
    return str(format_date(day, "EEE", locale=_locale()))


def _date(day: date) -> str:
    return str(format_date(day, "d MMM", locale=_locale()))


def _locale() -> str:
    return "en_GB" if language() == "en" else "fr"
