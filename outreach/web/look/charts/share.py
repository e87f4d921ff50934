"""A whole and its parts on one line: who stays, who falls out, and why."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from outreach.core.i18n import _
from outreach.web.look.charts.chart import NARROW, WIDTH, Chart, Shape, cut, framed, hover, tag, text, wide_as
from outreach.web.look.written import number, percent

BAR, ROW, GAP = 36, 28, 2
COLOURS = 6
DARK = 3
"""Colours dark enough for words on them."""
SIZE = 14


def share(title: str, parts: Sequence[tuple[str, int]]) -> Chart:
    """Parts in the order given, the one that matters first; after the sixth, all others together."""
    shown = [part for part in parts if part[1] > 0]
    whole = sum(count for _name, count in shown)
    if not whole:
        return Chart(title, empty=_("Rien à compter pour le moment."))
    if len(shown) > COLOURS:
        shown = [*shown[: COLOURS - 1], (_("autres raisons"), sum(count for _name, count in shown[COLOURS - 1 :]))]
    rows = [(name, count, percent(count / whole)) for name, count in parts]
    columns = (_("Part"), (_("Nombre"), "number"), (_("Sur l'ensemble"), "number"))
    said = _("{name} : {count} sur {whole}.").format(name=shown[0][0], count=number(shown[0][1]), whole=number(whole))
    return Chart(title, columns, rows, framed("share", title, said, _drawn(shown, whole, WIDTH), _drawn(shown, whole, NARROW)))


def _drawn(shown: Sequence[tuple[str, int]], whole: int, width: int) -> Shape:
    # Nothing is narrower than the gap beside it, or it would not be seen.
    room = width - GAP * (len(shown) - 1)
    sizes = [max(room * count / whole, 2.0) for _name, count in shown]
    scale = room / sum(sizes)
    parts: list[Markup] = []
    x = 0.0
    for index, ((name, count), size) in enumerate(zip(shown, sizes, strict=True)):
        part = size * scale
        words = percent(count / whole)
        parts.append(
            tag("rect", hover(f"{name} : {number(count)}"), class_=f"part-{index}", x=x, y=0, width=part, height=BAR, rx=4)
        )
        if index < DARK and wide_as(words, SIZE) + 12 < part:
            parts.append(text(words, x + part / 2, BAR / 2 + 5, "inside", "middle"))
        x += part + GAP
        y = BAR + 12 + index * ROW
        parts += [
            tag("rect", class_=f"part-{index}", x=0, y=y + 4, width=12, height=12, rx=3),
            text(cut(name, width - 140, SIZE), 20, y + 15),
            text(number(count), width - 66, y + 15, "strong", "end"),
            text(words, width, y + 15, "soft", "end"),
        ]
    return Shape(parts, width, BAR + 12 + len(shown) * ROW)
