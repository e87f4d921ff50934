"""Things compared: a bar each, perhaps a second one beside it, perhaps a line that all are measured against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from outreach.core.i18n import _
from outreach.web.look.charts.chart import NARROW, WIDTH, Chart, Column, Shape, cut, framed, hover, length, tag, text
from outreach.web.look.written import number

SIZE, LEAST, BAR, SECOND = 14, 2.0, 18, 8
LABEL, FIGURES = 210, 84
HEAD = 24


@dataclass(frozen=True)
class Bar:
    """One thing: its name, its value, and the value beside it (last year's, another group's …)."""

    name: str
    value: float
    second: float | None = None


def bars(
    title: str,
    items: Sequence[Bar],
    *,
    names: tuple[str, str, str],
    reference: tuple[str, float] | None = None,
    written: Callable[[float], str] = number,
) -> Chart:
    """``names``: what the things are, what the value is, what the second is (may be empty).

    ``reference``: a line and its name.
    """
    if not items:
        return Chart(title, empty=_("Rien à compter pour le moment."))
    has_second = any(item.second is not None for item in items)
    columns: tuple[Column, ...] = (names[0], (names[1], "number")) + (((names[2], "number"),) if has_second else ())
    rows = [
        (item.name, written(item.value)) + ((written(item.second) if item.second is not None else None,) if has_second else ())
        for item in items
    ]
    most = max([item.value for item in items] + [item.second or 0 for item in items] + [reference[1] if reference else 0])
    top = max(items, key=lambda item: item.value)
    said = _("Le plus : {name}, {value}.").format(name=top.name, value=written(top.value))
    shapes = [_drawn(items, names, most, reference, written, narrow=narrow) for narrow in (False, True)]
    return Chart(title, columns, rows, framed("bars", title, said, *shapes))


def _drawn(
    items: Sequence[Bar],
    names: tuple[str, str, str],
    most: float,
    reference: tuple[str, float] | None,
    written: Callable[[float], str],
    *,
    narrow: bool,
) -> Shape:
    width = NARROW if narrow else WIDTH
    start = 0 if narrow else LABEL
    room = width - start - FIGURES
    has_second = any(item.second is not None for item in items)
    head = HEAD if reference or has_second else 0
    row = (22 if narrow else 0) + BAR + 14 + (SECOND + 2 if has_second else 0)
    parts: list[Markup] = [_key(names, start)] if has_second else []
    for index, item in enumerate(items):
        y = head + index * row
        top = y + (24 if narrow else 6)
        label = (
            text(cut(item.name, width, SIZE), 0, y + 16)
            if narrow
            else text(cut(item.name, LABEL - 12, SIZE), LABEL - 12, top + 14, anchor="end")
        )
        end = start + length(item.value, most, room, LEAST)
        parts += [
            label,
            tag(
                "rect",
                hover(f"{item.name} : {written(item.value)}"),
                class_="bar",
                x=start,
                y=top,
                width=end - start,
                height=BAR,
                rx=3,
            ),
            text(written(item.value), end + 8, top + 14, "strong"),
        ]
        if item.second is not None:
            size = length(item.second, most, room, LEAST)
            said = hover(f"{item.name}, {names[2]} : {written(item.second)}")
            parts.append(tag("rect", said, class_="second", x=start, y=top + BAR + 2, width=size, height=SECOND, rx=2))
    height = head + len(items) * row
    if reference:
        parts.append(_line(reference, written, start, room, most, height, after=_key_width(names) if has_second else 0))
    return Shape(parts, width, height)


def _key(names: tuple[str, str, str], start: float) -> Markup:
    return Markup("").join(
        [
            tag("rect", class_="bar", x=start, y=4, width=12, height=12, rx=3), text(names[1], start + 18, 14, "small soft"),
            tag("rect", class_="second", x=start + 30 + _words(names[1]), y=4, width=12, height=12, rx=3),
            text(names[2], start + 48 + _words(names[1]), 14, "small soft"),
        ]
    )  # fmt: skip


def _key_width(names: tuple[str, str, str]) -> float:
    return 60 + _words(names[1]) + _words(names[2])


def _words(words: str) -> float:
    return len(words) * 7.0


def _line(
    reference: tuple[str, float],
    written: Callable[[float], str],
    start: float,
    room: float,
    most: float,
    height: float,
    after: float,
) -> Markup:
    name, value = reference
    x = start + length(value, most, room)
    words = f"{name} : {written(value)}"
    end = x > start + room / 2
    if (x - _words(words) if end else x) < start + after:
        # The key stands where these words would: they go into the line's own title.
        words_shown = Markup("")
    else:
        words_shown = text(words, x + (0 if end else 4), 14, "small soft", "end" if end else None)
    return Markup("").join([words_shown, tag("line", hover(words), class_="mark-line", x1=x, x2=x, y1=20, y2=float(height))])
