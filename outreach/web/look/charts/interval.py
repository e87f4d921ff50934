"""An estimate with its interval: what is likely, what is still possible, and where no effect would stand."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup

from outreach.core.i18n import _
from outreach.web.look.charts.chart import NARROW, WIDTH, Chart, Shape, framed, held, tag, wide_as
from outreach.web.look.written import number

HEIGHT, LINE, PAD, SIZE = 92, 46, 24, 14
MARGIN = 0.12
"""Of the span, left free at both ends."""


def interval(
    title: str,
    estimate: float | None,
    low: float | None,
    high: float | None,
    *,
    zero: tuple[float, str] | None = None,
    written: Callable[[float], str] = number,
) -> Chart:
    """The estimate as a point on the line from ``low`` to ``high``; ``zero``: a value all are held against, and its name."""
    if estimate is None or low is None or high is None:
        return Chart(title, empty=_("Pas assez de données pour estimer."))
    said = _("Estimation {estimate}, sans doute entre {low} et {high}.").format(
        estimate=written(estimate), low=written(low), high=written(high)
    )
    rows = [(_("Au plus bas"), written(low)), (_("Estimation"), written(estimate)), (_("Au plus haut"), written(high))]
    rows += [(zero[1], written(zero[0]))] if zero else []
    shapes = [_drawn(estimate, low, high, zero, written, width) for width in (WIDTH, NARROW)]
    return Chart(title, (_("Valeur"), (_("Mesure"), "number")), rows, framed("interval", title, said, *shapes))


def _drawn(
    estimate: float, low: float, high: float, zero: tuple[float, str] | None, written: Callable[[float], str], width: int
) -> Shape:
    ends = [low, high, estimate] + ([zero[0]] if zero else [])
    span = (max(ends) - min(ends)) or abs(estimate) or 1.0
    start, whole = min(ends) - span * MARGIN, span * (1 + 2 * MARGIN)

    def at(value: float) -> float:
        return PAD + (width - 2 * PAD) * (value - start) / whole

    parts: list[Markup] = [
        tag("line", class_="axis", x1=PAD, x2=width - PAD, y1=LINE, y2=LINE),
        tag("rect", class_="planned", x=at(low), y=LINE - 6, width=max(at(high) - at(low), 1.0), height=12, rx=6),
        tag("circle", class_="bar", cx=at(estimate), cy=LINE, r=9),
        held(written(estimate), at(estimate), LINE - 20, "strong", width, SIZE),
    ]
    if at(high) - at(low) > wide_as(written(low) + written(high), 12) + 16:
        parts += [
            held(written(low), at(low), LINE + 24, "small soft", width, SIZE), held(written(high), at(high), LINE + 24, "small soft", width, SIZE),
        ]  # fmt: skip
    if zero:
        x = at(zero[0])
        parts += [
            tag("line", class_="mark-line", x1=x, x2=x, y1=LINE - 24, y2=LINE + 28),
            held(zero[1], x, LINE + 42, "small soft", width, SIZE),
        ]
    return Shape(parts, width, HEIGHT)
