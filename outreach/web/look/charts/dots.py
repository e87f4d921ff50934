"""Places drawn by ourselves, without a map's tiles: communes by how much is there, or the walk of a round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians, sin, sqrt

from markupsafe import Markup

from outreach.core.i18n import _
from outreach.web.look.charts.chart import NARROW, WIDTH, Chart, Shape, framed, hover, tag, text, wide_as
from outreach.web.look.written import counted, number

PAD, LEAST_HIGH = 30, 160
MOST_HIGH = {WIDTH: 400, NARROW: 320}
BIGGEST, SMALLEST, STOP = 26.0, 4.0, 13.0
SIZE = 12
MOST_LABELS = 14
LEAST_SPAN = 0.002
"""Of the ground, in degrees: a single house is not drawn as large as a town."""


@dataclass(frozen=True)
class Place:
    """A place: where, its name, and how much is there."""

    latitude: float
    longitude: float
    name: str
    value: float = 1.0


@dataclass(frozen=True)
class Spot:
    """A place on the drawing."""

    x: float
    y: float
    radius: float
    name: str
    label: str


def dots(title: str, places: Sequence[Place], *, names: tuple[str, str]) -> Chart:
    """A circle a place, its area by its value; the biggest are named where there is room. ``names``: of the table's columns."""
    if not places:
        return Chart(title, empty=_("Aucune adresse à placer."))
    ordered = sorted(places, key=lambda place: -place.value)
    most = ordered[0].value
    rows = [(place.name, number(place.value)) for place in ordered]
    said = _("Le plus : {name}, {value}.").format(name=ordered[0].name, value=number(most))

    def drawn(width: int) -> Shape:
        points, height = _fitted(ordered, width)
        biggest = BIGGEST if width == WIDTH else BIGGEST * 0.75
        spots = [
            Spot(
                x,
                y,
                max(biggest * sqrt(max(place.value, 0) / most), SMALLEST) if most > 0 else SMALLEST,
                place.name,
                f"{place.name} {number(place.value)}",
            )
            for place, (x, y) in zip(ordered, points, strict=True)
        ]
        circles = [tag("circle", hover(spot.label), class_="point", cx=spot.x, cy=spot.y, r=spot.radius) for spot in spots]
        return Shape([*circles, *_labels(spots, width, height)], width, height)

    return Chart(title, (names[0], (names[1], "number")), rows, framed("dots", title, said, drawn(WIDTH), drawn(NARROW)))


def walk(title: str, stops: Sequence[Place]) -> Chart:
    """The stops of a round in their order, numbered; stops too near to tell apart share one circle (« 3–5 »)."""
    if not stops:
        return Chart(title, empty=_("Aucune porte dans cette tournée."))
    rows = [(index, stop.name) for index, stop in enumerate(stops, 1)]
    said = counted(
        len(stops),
        _("De {first} à {last}, {count} arrêt."),
        _("De {first} à {last}, {count} arrêts."),
        first=stops[0].name,
        last=stops[-1].name,
    )

    def drawn(width: int) -> Shape:
        points, height = _fitted(stops, width)
        groups = _together(points)
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (points[group[0]] for group in groups))
        parts = [tag("polyline", class_="walk", points=line)] if len(groups) > 1 else []
        spots = [
            Spot(
                *points[group[0]],
                STOP,
                stops[group[0]].name,
                str(group[0] + 1) if len(group) == 1 else f"{group[0] + 1}–{group[-1] + 1}",
            )
            for group in groups
        ]
        for spot in spots:
            half = max(STOP, wide_as(spot.label, SIZE) / 2 + 7)
            parts += [
                tag(
                    "rect",
                    hover(f"{spot.label} : {spot.name}"),
                    class_="point solid",
                    x=spot.x - half,
                    y=spot.y - STOP,
                    width=half * 2,
                    height=STOP * 2,
                    rx=STOP,
                ),
                text(spot.label, spot.x, spot.y + 4.5, "inside small", "middle"),
            ]
        return Shape(parts, width, height)

    return Chart(title, (_("Arrêt"), _("Adresse")), rows, framed("walk", title, said, drawn(WIDTH), drawn(NARROW)))


def _fitted(places: Sequence[Place], width: int) -> tuple[list[tuple[float, float]], float]:
    """Where places stand in a drawing of a width, and its height: a cylindrical equal-area projection about their middle."""
    middle = radians((min(p.latitude for p in places) + max(p.latitude for p in places)) / 2)
    flat = [(radians(p.longitude) * cos(middle), sin(radians(p.latitude)) / cos(middle)) for p in places]
    west, east = min(x for x, _y in flat), max(x for x, _y in flat)
    south, north = min(y for _x, y in flat), max(y for _x, y in flat)
    least = radians(LEAST_SPAN)
    high = MOST_HIGH[width]
    scale = min((width - 2 * PAD) / max(east - west, least), (high - 2 * PAD) / max(north - south, least))
    height = min(max((north - south) * scale + 2 * PAD, LEAST_HIGH), float(high))
    left = (width - (east - west) * scale) / 2
    top = (height - (north - south) * scale) / 2
    return [(left + (x - west) * scale, top + (north - y) * scale) for x, y in flat], height


def _together(points: Sequence[tuple[float, float]]) -> list[list[int]]:
    """Stops after one another that would cover each other, as one."""
    groups: list[list[int]] = []
    for index, (x, y) in enumerate(points):
        if groups:
            x0, y0 = points[groups[-1][0]]
            if (x - x0) ** 2 + (y - y0) ** 2 < (2 * STOP) ** 2:
                groups[-1].append(index)
                continue
        groups.append([index])
    return groups


def _labels(spots: Sequence[Spot], width: float, height: float) -> list[Markup]:
    """Names beside the biggest circles, where they cover neither each other, nor a circle's middle, nor the edge."""
    taken = [(spot.x - spot.radius, spot.y - spot.radius, spot.x + spot.radius, spot.y + spot.radius) for spot in spots]
    parts: list[Markup] = []
    for index, spot in enumerate(spots):
        if len(parts) == MOST_LABELS:
            break
        long = wide_as(spot.label, SIZE) + 4
        for x, y, anchor in (
            (spot.x + spot.radius + 5, spot.y + 4, None), (spot.x - spot.radius - 5, spot.y + 4, "end"),
            (spot.x, spot.y - spot.radius - 5, "middle"), (spot.x, spot.y + spot.radius + 13, "middle"),
        ):  # fmt: skip
            left = x - (long if anchor == "end" else long / 2 if anchor else 0)
            box = (left, y - SIZE, left + long, y + 3)
            inside = box[0] >= 0 and box[2] <= width and box[1] >= 0 and box[3] <= height
            others = taken[:index] + taken[index + 1 :]
            if inside and not any(_meet(box, other) for other in others):
                taken.append(box)
                parts.append(text(spot.label, x, y, "small", anchor))
                break
    return parts


def _meet(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
