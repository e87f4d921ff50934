"""The picture of a pair: a waterfall from the first guess to the verdict, as SVG for screens and as bars for a terminal."""

from __future__ import annotations

from html import escape

from outreach.core.i18n import _, language, number
from outreach.matching.explained.explain import START, Step, Waterfall
from outreach.matching.explained.wording import agreement

WIDEST = 20.0
"""Odds of a million to one, in bits: what is surer is drawn as sure."""
HALF_BAR = 12
ROW, LABEL, CHART, FIGURES, PAD = 30, 310, 220, 130, 10


def factor(weight: float) -> str:
    """What a step did to the chances, in words: « × 1 000 », « ÷ 8 », « – » for nothing."""
    if abs(weight) < 0.07:  # noqa: PLR2004 - less than a twentieth more or less
        return "–"
    times = 2 ** abs(weight)
    rounded = number(round(times) if times >= 10 else round(times, 1), language())  # noqa: PLR2004
    return f"× {rounded}" if weight > 0 else f"÷ {rounded}"


def percent(p: float) -> str:
    """A probability as people read it: never 0 or 100 % of what is not certain."""
    if p >= 0.9995:  # noqa: PLR2004
        return _("plus de {percent} %").format(percent=number(99.9, language()))
    if p < 0.0005:  # noqa: PLR2004
        return _("moins de {percent} %").format(percent=number(0.1, language()))
    return _("{percent} %").format(percent=number(round(100 * p, 1), language()))


def bar(weight: float) -> str:
    """A bar to the right for what speaks for one person, to the left for what speaks against."""
    size = min(HALF_BAR, max(1, round(abs(weight)))) if abs(weight) >= 0.5 else 0  # noqa: PLR2004
    left = ("░" * size).rjust(HALF_BAR) if weight < 0 else " " * HALF_BAR
    return f"{left}│{'█' * size if weight > 0 else ''}"


def weighed(step: Step) -> float:
    """How far a step is drawn; the first guess is where the others start from."""
    return 0.0 if step.field == START else step.weight


def svg(why: Waterfall) -> str:
    """The waterfall as an SVG element with a title and a text for each step; colours come from the page's own tokens.

    Bars lie on a scale of odds, from a million to one against to a million to one for; the middle line is evens.
    """
    steps = why.telling
    height = PAD * 2 + ROW * (len(steps) + 1)
    width = LABEL + CHART + FIGURES
    parts = [_axis(height)]
    at = _clipped(steps[0].weight)
    for index, step in enumerate(steps):
        start = 0.0 if index == 0 else at
        at = _clipped(step.weight if index == 0 else at + step.weight)
        parts.append(_step(index, step, start, at))
    parts.append(_verdict(len(steps), why, at))
    title = escape(
        _("De la première supposition à la probabilité d'une seule personne : {percent}").format(percent=percent(why.p_same))
    )
    return (
        f'<svg class="waterfall" role="img" aria-label="{title}" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' xmlns="http://www.w3.org/2000/svg"><title>{title}</title>{"".join(parts)}</svg>'
    )


def _clipped(bits: float) -> float:
    return min(max(bits, -WIDEST), WIDEST)


def _x(bits: float) -> float:
    return LABEL + CHART * (bits + WIDEST) / (2 * WIDEST)


def _axis(height: int) -> str:
    x = _x(0)
    return f'<line class="evens" x1="{x:.1f}" x2="{x:.1f}" y1="{PAD}" y2="{height - PAD}"/>'


def _step(index: int, step: Step, start: float, end: float) -> str:
    y = PAD + ROW * index
    kind = "start" if step.field == START else "for" if end > start else "against" if end < start else "nothing"
    left, right = sorted((_x(start), _x(end)))
    words = escape(agreement(step.field, step.level))
    figure = percent(step.p_after) if step.field == START else factor(step.weight)
    return (
        f'<text class="label" x="{LABEL - 12}" y="{y + 20}" text-anchor="end">{words}</text>'
        f'<rect class="{kind}" x="{left:.1f}" y="{y + 6}" width="{max(right - left, 1.5):.1f}" height="{ROW - 12}" rx="2"/>'
        f'<line class="carry" x1="{_x(end):.1f}" x2="{_x(end):.1f}" y1="{y + 6}" y2="{y + ROW + 6}"/>'
        f'<text class="figure" x="{LABEL + CHART + 12}" y="{y + 20}">{escape(figure)}</text>'
    )


def _verdict(index: int, why: Waterfall, at: float) -> str:
    y = PAD + ROW * index
    return (
        f'<text class="label verdict" x="{LABEL - 12}" y="{y + 20}" text-anchor="end">{escape(_("Une seule personne ?"))}</text>'
        f'<circle class="verdict" cx="{_x(at):.1f}" cy="{y + ROW / 2:.1f}" r="6"/>'
        f'<text class="figure verdict" x="{LABEL + CHART + 12}" y="{y + 20}">{escape(percent(why.p_same))}</text>'
    )
