"""What every chart is made of: shapes as SVG, and the same figures as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

WIDTH = 640
"""Of a drawing on a desk, in its own units: it fills whatever stands around it."""
NARROW = 358
"""Of one on a phone of 390 points, whose letters are then of their true size."""
LETTER = 0.56
"""The width of a letter, as a share of its height: enough to keep words apart."""
NARROWER = 0.53
"""The same on average: enough to see whether words fit."""


Column = str | tuple[str, str]
"""The head of a column, or the head and its kind (``number``: to the right)."""


@dataclass(frozen=True)
class Chart:
    """A drawing with its title, and the table of the same figures. Without figures: a sentence (``empty``) in its place."""

    title: str
    columns: Sequence[Column] = ()
    rows: Sequence[Sequence[object]] = ()
    svg: Markup = field(default_factory=Markup)
    empty: str = ""

    def has_table(self) -> bool:
        """Whether there are figures to show behind the drawing."""
        return bool(self.rows)


@dataclass(frozen=True)
class Shape:
    """A drawing before its frame: its parts and its size."""

    parts: Sequence[Markup]
    width: float
    height: float


def framed(kind: str, title: str, description: str, wide: Shape, narrow: Shape | None = None) -> Markup:
    """The drawing as ``<svg>``, said by its title; with a narrow one, the style sheet shows the one that fits."""
    if narrow is None:
        return _svg(kind, title, description, wide, "")
    return _svg(kind, title, description, wide, " is-wide") + _svg(kind, title, description, narrow, " is-narrow")


def tag(name: str, content: object = "", **attributes: object) -> Markup:
    """An element; ``class_`` is its class, ``_`` in other names is a dash, ``None`` leaves an attribute out; all is escaped."""
    written = Markup(" ").join(
        Markup('{}="{}"').format(key.rstrip("_").replace("_", "-"), short(value) if isinstance(value, float) else value)
        for key, value in attributes.items()
        if value is not None
    )
    return Markup("<{0} {1}>{2}</{0}>").format(Markup(name), written, content)  # noqa: S704 - names of ours


def text(words: str, x: float, y: float, class_: str = "", anchor: str | None = None) -> Markup:
    """Words at a place; ``anchor``: ``middle`` or ``end``, else they begin there."""
    return tag("text", words, x=float(x), y=float(y), class_=class_ or None, text_anchor=anchor)


def hover(words: str) -> Markup:
    """What a shape says when pointed at."""
    return Markup("<title>{}</title>").format(words)


def short(value: float) -> str:
    """A coordinate with a decimal at most."""
    return f"{value:.1f}".removesuffix(".0")


def held(words: str, x: float, y: float, class_: str, width: float, size: float) -> Markup:
    """Words about a place, moved as far as it takes to stay inside the drawing."""
    half = wide_as(words, size) / 2
    return text(words, min(max(x, half), width - half), y, class_, "middle")


def wide_as(words: str, size: float) -> float:
    """How wide words are, about, in letters of ``size``."""
    return len(words) * size * LETTER


def cut(words: str, room: float, size: float) -> str:
    """Words that fit in ``room``, the rest as « … »; the whole is in the table."""
    most = max(int(room / (size * NARROWER)), 1)
    return words if len(words) <= most else words[: max(most - 1, 1)].rstrip() + "…"


def length(value: float, most: float, room: float, least: float = 0.0) -> float:
    """How long a bar is: its share of the longest; what is not nothing is drawn at least ``least`` long."""
    return 0.0 if most <= 0 or value <= 0 else max(room * value / most, least)


def joined(parts: Iterable[Markup]) -> Markup:
    """Parts after one another."""
    return Markup("").join(parts)


def _svg(kind: str, title: str, description: str, shape: Shape, variant: str) -> Markup:
    # The same words twice: browsers that know no title of a drawing still read its label.
    return Markup(
        '<svg class="drawing drawing-{}{}" viewBox="0 0 {} {}" role="img" aria-label="{}. {}" focusable="false">'
        "<title>{}</title><desc>{}</desc>{}</svg>"
    ).format(kind, variant, short(shape.width), short(shape.height), title, description, title, description, joined(shape.parts))
