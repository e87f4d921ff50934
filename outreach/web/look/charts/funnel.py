"""From all who were meant to those who were helped: a bar a step, with its number and its rates."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from outreach.core.i18n import _
from outreach.web.look.charts.chart import NARROW, WIDTH, Chart, Shape, cut, framed, hover, length, tag, text
from outreach.web.look.written import number, percent

ROW, BAR, LABEL, FIGURES = 40, 24, 190, 150
NARROW_ROW, NARROW_BAR = 52, 16
LEAST = 2.0
SIZE = 14


def funnel(title: str, steps: Sequence[tuple[str, int]]) -> Chart:
    """Steps in their order, each with its count: rates are of the first step, and in the table also of the one before."""
    if not steps or steps[0][1] <= 0:
        return Chart(title, empty=_("Rien à compter pour le moment."))
    first = steps[0][1]
    rows = [(steps[0][0], first, percent(1.0), "")] + [
        (name, count, percent(count / first), percent(count / before if before else None))
        for (_name, before), (name, count) in pairwise(steps)
    ]
    columns = (_("Étape"), (_("Nombre"), "number"), (_("Part du départ"), "number"), (_("Part de l'étape d'avant"), "number"))
    said = _("De {first} à {last}, soit {share}.").format(
        first=f"{number(first)} ({steps[0][0]})",
        last=f"{number(steps[-1][1])} ({steps[-1][0]})",
        share=percent(steps[-1][1] / first),
    )
    return Chart(title, columns, rows, framed("funnel", title, said, _wide(steps), _narrow(steps)))


def _wide(steps: Sequence[tuple[str, int]]) -> Shape:
    first, most = steps[0][1], max(count for _name, count in steps)
    room = WIDTH - LABEL - FIGURES
    parts = []
    for index, (name, count) in enumerate(steps):
        y = index * ROW
        parts += [
            text(cut(name, LABEL - 12, SIZE), LABEL - 12, y + 25, anchor="end"),
            tag("rect", class_="track", x=LABEL, y=y + 8, width=float(room), height=BAR, rx=4),
            tag(
                "rect",
                hover(f"{name} : {number(count)}"),
                class_="bar",
                x=LABEL,
                y=y + 8,
                width=length(count, most, room, LEAST),
                height=BAR,
                rx=4,
            ),
            text(number(count), LABEL + room + 80, y + 25, "strong", "end"),
            text(percent(count / first), WIDTH, y + 25, "soft", "end"),
        ]
    return Shape(parts, WIDTH, len(steps) * ROW)


def _narrow(steps: Sequence[tuple[str, int]]) -> Shape:
    first, most = steps[0][1], max(count for _name, count in steps)
    parts = []
    for index, (name, count) in enumerate(steps):
        y = index * NARROW_ROW
        parts += [
            text(cut(name, NARROW - 135, SIZE), 0, y + 18),
            text(number(count), NARROW - 62, y + 18, "strong", "end"),
            text(percent(count / first), NARROW, y + 18, "soft", "end"),
            tag("rect", class_="track", x=0, y=y + 26, width=NARROW, height=NARROW_BAR, rx=4),
            tag("rect", class_="bar", x=0, y=y + 26, width=length(count, most, NARROW, LEAST), height=NARROW_BAR, rx=4),
        ]
    return Shape(parts, NARROW, len(steps) * NARROW_ROW)
